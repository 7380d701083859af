import { type ParticipantContextId, participantContextId, type Role, scopeAllows } from '@weft/foundation/access'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import { identityProviderErrors } from '../errors.ts'

/** An OAuth2 client: who may ask for tokens, and what they will say. */
export interface Client {
  readonly clientId: string
  readonly role: Role
  /** Set for participants and for nobody else. */
  readonly participantContextId: ParticipantContextId | null
  readonly scopes: readonly string[]
}

/** A client that the deployment's settings name, with the secret that they give it. */
export interface SeededClient {
  readonly clientId: string
  /** At least 32 characters: it is kept as a plain hash, which only suits secrets that nobody can guess. */
  readonly clientSecret: string
  readonly role: Role
  readonly participantContextId?: string
  readonly scopes: readonly string[]
}

export interface ClientText {
  readonly clientId: string
  readonly role: Role
  readonly participantContextId?: string | undefined
  readonly scopes: readonly string[]
}

const idShape = /^[A-Za-z0-9._-]{1,128}$/
const minSecretLength = 32

/**
 * Checks what a client is to be.
 * @throws `request.invalid-field`, `identity-provider.client-id-is-context`
 */
export function clientFrom(text: ClientText): Client {
  if (!idShape.test(text.clientId))
    throw invalid('clientId', 'A client id has 1 to 128 letters, digits, ".", "_" or "-".')
  const malformed = text.scopes.find((scope) => !scopeAllows(scope, scope))
  if (malformed !== undefined) {
    throw invalid('scopes', `"${malformed}" is not a scope: it has the form prefix:action or prefix:resource:action.`)
  }
  const scopes = [...new Set(text.scopes)].sort()
  if (text.role !== 'participant') {
    if (text.participantContextId !== undefined) {
      throw invalid('participantContextId', `A client with the role ${text.role} has no participant context.`)
    }
    return { clientId: text.clientId, role: text.role, participantContextId: null, scopes }
  }
  if (text.participantContextId === undefined) {
    throw invalid('participantContextId', 'A client with the role participant has a participant context.')
  }
  if (text.participantContextId === text.clientId) {
    throw new WeftError(identityProviderErrors['client-id-is-context'], { field: 'clientId' })
  }
  const own = participantContextId(text.participantContextId)
  return { clientId: text.clientId, role: 'participant', participantContextId: own, scopes }
}

/** Checks a client of the settings. @throws as `clientFrom`, and `request.invalid-field` for a secret that is too short. */
export function seededClientFrom(seed: SeededClient): { readonly client: Client; readonly secret: string } {
  if (seed.clientSecret.length < minSecretLength) {
    throw invalid(
      'clientSecret',
      `The secret of the client ${seed.clientId} has fewer than ${minSecretLength} characters.`,
    )
  }
  return { client: clientFrom(seed), secret: seed.clientSecret }
}

/** Whether two clients are the same in all that a token shows. */
export function sameClient(one: Client, other: Client): boolean {
  return (
    one.clientId === other.clientId &&
    one.role === other.role &&
    one.participantContextId === other.participantContextId &&
    one.scopes.length === other.scopes.length &&
    one.scopes.every((scope, index) => scope === other.scopes[index])
  )
}

/**
 * Whether a caller may see and change a client: an administrator all, our own services only those of participants.
 * Otherwise the agent that makes participants' clients could make itself an administrator.
 */
export function mayManage(caller: Role, client: Pick<Client, 'role'>): boolean {
  return caller === 'admin' || client.role === 'participant'
}

function invalid(field: string, message: string): WeftError {
  return new WeftError(requestErrors['invalid-field'], { field, message })
}

import { toWeftError, WeftError } from '@weft/foundation/errors'
import { type Did, serviceEndpoint } from '../trust/index.ts'
import { queryPresentations } from './client/credential-service.ts'
import type { Send } from './client/exchange.ts'
import { dcpErrors } from './errors.ts'
import type { ReceivedPresentation } from './presentation-messages.ts'
import { authenticationFailure } from './refusal.ts'
import type { ReleasableReplayGuard } from './replay-guard.ts'
import { parseScope } from './scope.ts'
import {
  bearerToken,
  type SelfIssuedTokenCheck,
  type VerifiedToken,
  verifySelfIssuedToken,
} from './self-issued-token.ts'
import { type PresentationCheck, type VerifiedCredential, verifyPresentations } from './verify-presentations.ts'

export interface SenderCheck extends SelfIssuedTokenCheck, Pick<PresentationCheck, 'trusted' | 'statuses' | 'schemas'> {
  readonly replay: ReleasableReplayGuard
  /** The `Authorization` header of the message. */
  readonly authorization: string | undefined
  readonly scopes: {
    /** A credential for each, or the sender is refused. */
    readonly required: readonly string[]
    /** Asked for as well; whether one may be missing is decided by policy later. */
    readonly optional: readonly string[]
  }
  /** Makes our own self-issued token for the sender, with the sender's access token in it (DCP-14). */
  readonly ownToken: (audience: Did, accessToken: string) => Promise<string>
  readonly send: Send
}

export interface AuthenticatedSender {
  readonly did: Did
  readonly token: VerifiedToken
  readonly credentials: readonly VerifiedCredential[]
}

/**
 * Authenticates the sender of a protocol message: steps V3 to V9 of section 5.2, with one presentation query; with
 * a second one, for the required credentials alone, where the first is refused for what else it asks for. Where no
 * credential is asked for, the self-issued token is all that is checked.
 * @throws `dcp.*`, `trust.*`: a 401 for whatever is wrong with or at the sender; what `ownToken` and the replay guard
 * throw, as it is, after which the token may be used again
 */
export async function authenticateSender(check: SenderCheck): Promise<AuthenticatedSender> {
  const token = await verifySelfIssuedToken(bearerToken(check.authorization), check)
  try {
    return { did: token.did, token, credentials: await credentialsOf(token, check) }
  } catch (error) {
    if (toWeftError(error).status >= 500) await check.replay.release(token.use)
    throw error
  }
}

async function credentialsOf(token: VerifiedToken, check: SenderCheck): Promise<readonly VerifiedCredential[]> {
  const { required, optional } = check.scopes
  const scopes = [...new Set([...required, ...optional])]
  if (scopes.length === 0) return []
  const presentations = await askSender(token, scopes, check).catch((error: unknown) => {
    if (!isRefusal(error) || optional.every((scope) => required.includes(scope))) throw error
    // EDC's hub refuses the whole query where it goes beyond what was granted (section 10); DCP would have it answer with less.
    return required.length === 0 ? [] : askSender(token, required, check)
  })
  return verifyPresentations({ ...check, presentations, holder: token.did, required: required.map(parseScope) })
}

function isRefusal(error: unknown): boolean {
  return error instanceof WeftError && toWeftError(error.cause).code === dcpErrors['counterparty-refused'].code
}

/** DCP-14: our own token carries the access token back. */
async function askSender(
  { did, accessToken }: VerifiedToken,
  scopes: readonly string[],
  check: SenderCheck,
): Promise<readonly ReceivedPresentation[]> {
  if (accessToken === undefined) throw new WeftError(dcpErrors['access-token-missing'])
  const credentialService = await credentialServiceOf(did, check)
  const ownToken = await check.ownToken(did, accessToken)
  try {
    return (await queryPresentations({ send: check.send, credentialService, token: ownToken, scopes })).presentations
  } catch (cause) {
    // The cause may say where the request went: it stays in our log.
    throw new WeftError(dcpErrors['presentation-unavailable'], { cause })
  }
}

async function credentialServiceOf(did: Did, { resolver }: SenderCheck): Promise<string> {
  try {
    return serviceEndpoint(await resolver.resolve(did), 'CredentialService')
  } catch (error) {
    throw authenticationFailure(error, dcpErrors['presentation-unavailable'])
  }
}

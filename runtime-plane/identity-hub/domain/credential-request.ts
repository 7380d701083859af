import type { ParticipantContextId } from '@weft/foundation/access'
import { WeftError } from '@weft/foundation/errors'
import { type CredentialDelivery, dcpErrors } from '@weft/protocols/dcp'
import type { CredentialProfile, Did } from '@weft/protocols/trust'
import { hubErrors } from '../errors.ts'

/**
 * A request for credentials as a process: CREATED (kept), REQUESTING (being sent), REQUESTED (the issuer has it), ISSUED
 * or ERROR. A delivery may come while we are still REQUESTING: the issuer can be faster than its own answer.
 */
export type CredentialRequestState = 'CREATED' | 'REQUESTING' | 'REQUESTED' | 'ISSUED' | 'ERROR'

/** Names this kind of process in the engine's tables. */
export const credentialRequestProcess = 'credential_request'

/** One credential that is asked for; `id` names it in the issuer's metadata. */
export interface RequestedCredential {
  readonly id: string
  readonly credentialType: string
  readonly profile: CredentialProfile
}

export interface CredentialRequest {
  readonly participantContextId: ParticipantContextId
  /** Our id of the request; the issuer sends it back with the delivery. */
  readonly holderPid: string
  readonly issuerDid: Did
  /** The issuer's id of the request, once known. */
  readonly issuerPid: string | null
  readonly requested: readonly RequestedCredential[]
  /** The held credential that the outcome replaces; null for a new one. */
  readonly renews: string | null
  readonly state: CredentialRequestState
  /** Why it is in ERROR: a stable code and a sentence. */
  readonly error: { readonly code: string; readonly reason: string } | null
  readonly createdAt: Date
}

/** States from which a request may still go on. */
export const openStates: readonly CredentialRequestState[] = ['CREATED', 'REQUESTING', 'REQUESTED']

/** States in which the issuer's delivery is taken: from the moment we began to send. */
const deliverableStates: readonly CredentialRequestState[] = ['REQUESTING', 'REQUESTED']

/** Whether two requests ask the same issuer for the same credentials, in whatever order. */
export function asksTheSame(
  a: Pick<CredentialRequest, 'issuerDid' | 'requested'>,
  b: Pick<CredentialRequest, 'issuerDid' | 'requested'>,
): boolean {
  return a.issuerDid === b.issuerDid && JSON.stringify(keysOf(a.requested)) === JSON.stringify(keysOf(b.requested))
}

function keysOf(requested: readonly RequestedCredential[]): string[] {
  return requested.map((one) => JSON.stringify([one.id, one.credentialType, one.profile])).toSorted()
}

/**
 * DCP-40: the sender is the issuer that we asked, and the request waits for an outcome. Another sender learns nothing:
 * its answer is that of an unknown holderPid. `repeat` is the outcome that we have already.
 * @throws `identity-hub.delivery-foreign`, `identity-hub.request-closed`
 */
export function checkDelivery(
  request: CredentialRequest | undefined,
  sender: Did,
  delivery: CredentialDelivery,
): { readonly request: CredentialRequest; readonly repeat: boolean } {
  if (request === undefined || request.issuerDid !== sender) {
    throw new WeftError(hubErrors['delivery-foreign'], { field: 'holderPid' })
  }
  if (isRepeat(request, delivery)) return { request, repeat: true }
  if (!deliverableStates.includes(request.state)) throw new WeftError(hubErrors['request-closed'])
  return { request, repeat: false }
}

function isRepeat(request: CredentialRequest, delivery: CredentialDelivery): boolean {
  if (delivery.status === 'ISSUED') return request.state === 'ISSUED'
  return request.state === 'ERROR' && request.error?.code === hubErrors['issuer-refused'].code
}

/**
 * DCP-40: what is delivered is what was asked for, at least one credential of each requested type and none of another.
 * `delivered` are the types that the containers declare and the credentials have.
 * @throws `dcp.delivery-mismatch`
 */
export function checkDeliveredTypes(requested: readonly RequestedCredential[], delivered: readonly string[]): void {
  const wanted = new Set(requested.map((one) => one.credentialType))
  const found = new Set(delivered)
  if (delivered.some((type) => !wanted.has(type)))
    refuse('A credential of a type was delivered that was not requested.')
  if (requested.some((one) => !found.has(one.credentialType)))
    refuse('A requested credential is missing from the delivery.')
}

/** The request for one credential among those of a process: what a renewal asks for again. */
export function requestedAs(
  requested: readonly RequestedCredential[],
  credential: { readonly types: readonly string[]; readonly profile: CredentialProfile },
): RequestedCredential | undefined {
  const fitting = requested.filter((one) => credential.types.includes(one.credentialType))
  return fitting.find((one) => one.profile === credential.profile) ?? fitting[0]
}

function refuse(message: string): never {
  throw new WeftError(dcpErrors['delivery-mismatch'], { field: 'credentials', message })
}

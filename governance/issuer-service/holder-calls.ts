import { toWeftError, WeftError } from '@weft/foundation/errors'
import { createSelfIssuedToken, dcpErrors, type Send } from '@weft/protocols/dcp'
import { type Clock, type Did, type DidResolver, type SigningKey, serviceEndpoint } from '@weft/protocols/trust'
import { issuerErrors } from './domain/errors.ts'

export interface HolderCallOptions {
  readonly resolver: DidResolver
  readonly send: Send
  readonly clock: Clock
}

interface HolderCall {
  readonly issuer: Did
  readonly key: SigningKey
  readonly holder: Did
  /** The holder's own, sent back (DCP-35). */
  readonly accessToken?: string | undefined
}

/**
 * Calls the credential service that the DID document of a holder names, with a fresh token of the issuer.
 * @throws `issuer.delivery-failed` where another try may be answered otherwise, `dcp.*`, `trust.*`, `outbound.*`
 */
export async function callHolder(
  { resolver, send, clock }: HolderCallOptions,
  { issuer, key, holder, accessToken }: HolderCall,
  call: (to: { readonly send: Send; readonly credentialService: string; readonly token: string }) => Promise<void>,
): Promise<void> {
  const document = await resolver.resolve(holder)
  const more = accessToken === undefined ? {} : { accessToken }
  const { token } = await createSelfIssuedToken({ did: issuer, audience: holder, key, clock, ...more })
  try {
    await call({ send, credentialService: serviceEndpoint(document, 'CredentialService'), token })
  } catch (error) {
    throw mayPass(error) ? new WeftError(issuerErrors['delivery-failed'], { cause: error }) : error
  }
}

/** Refusals that another try may cure: a document of ours not yet readable there, a request not yet committed. */
const passingRefusals: readonly unknown[] = [401, 404, 409, 425]

function mayPass(error: unknown): boolean {
  const { entry, detail } = toWeftError(error)
  if (entry.code !== dcpErrors['counterparty-refused'].code) return false
  return typeof detail === 'object' && detail !== null && 'status' in detail && passingRefusals.includes(detail.status)
}

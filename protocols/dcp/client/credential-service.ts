import {
  buildCredentialMessage,
  buildCredentialOffer,
  type CredentialDelivery,
  type CredentialOffer,
} from '../issuance-messages.ts'
import {
  buildPresentationQuery,
  parsePresentationResponse,
  type ReceivedPresentation,
} from '../presentation-messages.ts'
import { exchange, readAnswer, type Send } from './exchange.ts'

interface CredentialServiceCall {
  readonly send: Send
  /** `serviceEndpoint` of the holder's `CredentialService`. */
  readonly credentialService: string
  /** A fresh self-issued token for the holder, with the holder's access token in it where one came (DCP-14). */
  readonly token: string
}

/** Asks a holder for credentials. @throws `dcp.counterparty-*`, `outbound.*` */
export async function queryPresentations(
  call: CredentialServiceCall & { readonly scopes: readonly string[] },
): Promise<{ readonly presentations: readonly ReceivedPresentation[] }> {
  const response = await post(
    call,
    '/presentations/query',
    buildPresentationQuery(call.scopes),
    'dcp.presentation-query',
  )
  return readAnswer(response, parsePresentationResponse)
}

/** Delivers what a holder asked for, or the refusal of it (DCP-35). @throws `dcp.counterparty-*`, `outbound.*` */
export async function deliverCredentials(
  call: CredentialServiceCall & { readonly delivery: CredentialDelivery },
): Promise<void> {
  await post(call, '/credentials', buildCredentialMessage(call.delivery), 'dcp.credential-delivery')
}

/** Tells a holder which credentials it may ask for (DCP-41). @throws `dcp.counterparty-*`, `outbound.*` */
export async function offerCredentials(
  call: CredentialServiceCall & { readonly offer: CredentialOffer },
): Promise<void> {
  await post(call, '/offers', buildCredentialOffer(call.offer), 'dcp.credential-offer')
}

function post(
  { send, credentialService, token }: CredentialServiceCall,
  path: string,
  message: Readonly<Record<string, unknown>>,
  purpose: string,
) {
  return exchange({ send, method: 'POST', base: credentialService, path, token, message, purpose })
}

import {
  buildCredentialRequest,
  type CredentialRequest,
  type CredentialRequestStatus,
  type IssuerMetadata,
  parseCredentialStatus,
  parseIssuerMetadata,
} from '../issuance-messages.ts'
import { answerInvalid, exchange, readAnswer, type Send } from './exchange.ts'

interface IssuerServiceCall {
  readonly send: Send
  /** `serviceEndpoint` of the issuer's `IssuerService`. */
  readonly issuerService: string
}

/**
 * Asks an issuer for credentials, which it delivers later (DCP-32).
 * @returns the issuer's id of the request: the last segment of `Location`
 * @throws `dcp.counterparty-*`, `outbound.*`
 */
export async function requestCredentials(
  call: IssuerServiceCall & { readonly token: string; readonly request: CredentialRequest },
): Promise<{ readonly issuerPid: string }> {
  const { send, issuerService: base, token, request } = call
  const message = buildCredentialRequest(request)
  const response = await exchange({
    send,
    method: 'POST',
    base,
    path: '/credentials',
    token,
    message,
    purpose: 'dcp.credential-request',
  })
  return { issuerPid: lastSegment(response.headers.location) }
}

/** @throws `dcp.counterparty-*`, `outbound.*` */
export async function getCredentialRequestStatus(
  call: IssuerServiceCall & { readonly token: string; readonly issuerPid: string },
): Promise<CredentialRequestStatus> {
  const { send, issuerService: base, token, issuerPid } = call
  const path = `/requests/${encodeURIComponent(issuerPid)}`
  const response = await exchange({ send, method: 'GET', base, path, token, purpose: 'dcp.credential-request-status' })
  return readAnswer(response, parseCredentialStatus)
}

/** What an issuer supports; asked without a token. @throws `dcp.counterparty-*`, `outbound.*` */
export async function getIssuerMetadata({ send, issuerService: base }: IssuerServiceCall): Promise<IssuerMetadata> {
  const response = await exchange({ send, method: 'GET', base, path: '/metadata', purpose: 'dcp.issuer-metadata' })
  return readAnswer(response, parseIssuerMetadata)
}

/** Absolute or relative; only its last segment is used, so that our token goes nowhere but to the issuer service. */
function lastSegment(location: string | string[] | undefined): string {
  const text = [location].flat()[0]
  const segment = text?.split(/[?#]/, 1)[0]?.replace(/\/+$/, '').split('/').at(-1)
  if (segment === undefined || segment === '') throw answerInvalid()
  try {
    return decodeURIComponent(segment)
  } catch {
    throw answerInvalid()
  }
}

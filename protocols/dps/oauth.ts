import { errorCatalogue } from '@weft/foundation/errors'

/** Refusals of the token endpoint of a data plane; what the wire says is the error code of OAuth (RFC 6749 section 5.2). */
export const oauthErrors = errorCatalogue('renewal', {
  'invalid-request': {
    status: 400,
    side: 'caller',
    title: 'The renewal request is not complete.',
    remedy: 'Send a form with grant_type=refresh_token and the refresh token.',
  },
  'unsupported-grant-type': {
    status: 400,
    side: 'caller',
    title: 'Only refresh tokens are exchanged here.',
    remedy: 'Send grant_type=refresh_token.',
  },
  'invalid-grant': {
    status: 400,
    side: 'caller',
    title: 'The refresh token is not valid, was used before, or its data flow is not running.',
    remedy: 'Use the newest refresh token; suspend and resume the transfer to get a new data address.',
  },
  'invalid-client': {
    status: 401,
    side: 'caller',
    title: 'The client token does not prove that the consumer of this data flow asks.',
    remedy:
      'Sign with a key of the consumer’s DID document; issuer and subject are its DID, the audience is the provider’s.',
  },
})

/** The error code of OAuth for one of the refusals above; anything else is said to be a fault of the server. */
export function oauthErrorCode(code: string): string {
  const [area, name] = code.split('.')
  return area === 'renewal' && name !== undefined ? name.replaceAll('-', '_') : 'server_error'
}

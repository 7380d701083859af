import { errorCatalogue } from '@weft/foundation/errors'

/** What the identity hub refuses, beside what any request and the protocols refuse. */
export const hubErrors = errorCatalogue('identity-hub', {
  'context-unknown': {
    status: 404,
    side: 'caller',
    title: 'There is no active participant context here.',
    remedy: 'Check the address that the DID document of the participant names.',
  },
  'context-inactive': {
    status: 409,
    side: 'caller',
    title: 'The participant context is not active.',
    remedy: 'Activate the participant context first.',
  },
  'did-elsewhere': {
    status: 400,
    side: 'caller',
    title: 'The DID does not lie below the public URL of this hub.',
    remedy: 'Choose a did:web of this deployment: its public host, then one to three path segments.',
  },
  'did-not-own': {
    status: 400,
    side: 'caller',
    title: 'The DID is not one of a domain of the customer.',
    remedy: 'Choose a did:web of another host than the one of this deployment, with at most three path segments.',
  },
  'did-follows-context': {
    status: 409,
    side: 'caller',
    title: 'The DID document is published while its participant context is active, and only then.',
    remedy: 'Activate or deactivate the participant context.',
  },
  'key-taken': {
    status: 409,
    side: 'caller',
    title: 'The participant context has a key with this keyId, or had one.',
    remedy: 'Choose another keyId; one is never used for a second key.',
  },
  'key-over': {
    status: 409,
    side: 'caller',
    title: 'The key pair was rotated or revoked, or it does not sign yet.',
    remedy: 'List the key pairs and name an active one.',
  },
  'keys-full': {
    status: 409,
    side: 'caller',
    title: 'The participant context has as many keys as it may have.',
    remedy: 'Revoke keys that are not needed, or wait until rotated ones are no longer published.',
  },
  'did-taken': {
    status: 409,
    side: 'caller',
    title: 'Another participant context has this DID.',
    remedy: 'Choose another DID.',
  },
  'participant-differs': {
    status: 409,
    side: 'caller',
    title: 'The participant context exists with other content.',
    remedy: 'Read the participant context, then decide; or choose another id.',
  },
  'request-differs': {
    status: 409,
    side: 'caller',
    title: 'A credential request with this holderPid exists with other content.',
    remedy: 'Choose another holderPid for another request.',
  },
  'request-closed': {
    status: 409,
    side: 'counterparty',
    title: 'The credential request waits for no delivery any more, or not yet.',
    remedy: 'Send the outcome once, after the request was received and before its deadline.',
  },
  'delivery-foreign': {
    status: 404,
    side: 'counterparty',
    title: 'The sender has no open credential request with this holderPid.',
    remedy: 'Send the holderPid of a request that this participant made to you.',
  },
  'offer-foreign': {
    status: 401,
    side: 'counterparty',
    title: 'The offer names another issuer than the one who sent it.',
    remedy: 'Send offers in your own name only.',
  },
  'offers-full': {
    status: 429,
    side: 'counterparty',
    title: 'This participant keeps no further offers.',
    remedy: 'Try again after the participant has dealt with the offers that it holds.',
    retryable: true,
  },
  'offer-unresolved': {
    status: 502,
    side: 'counterparty',
    title: 'The issuer offers credentials that its metadata does not describe.',
    remedy: 'Ask the issuer what it offers.',
  },
  'offer-not-open': {
    status: 409,
    side: 'caller',
    title: 'The offer is not open.',
    remedy: 'Read the offer: it may be still being looked at, or there is nothing to accept in it.',
  },
  'issuer-refused': {
    status: 502,
    side: 'counterparty',
    title: 'The issuer refused the credential request.',
    remedy: 'Ask the issuer; then make a new request.',
  },
  'issuer-silent': {
    status: 504,
    side: 'counterparty',
    title: 'The issuer delivered nothing before the deadline.',
    remedy: 'Ask the issuer; then make a new request.',
  },
  'key-missing': {
    status: 500,
    side: 'ours',
    title: 'The participant context has no usable signing key.',
    remedy: 'The operator checks the key pairs and the vault partition of the participant context.',
  },
  'client-invalid': {
    status: 401,
    side: 'caller',
    title: 'Unknown client, or the credentials of the client are wrong.',
    remedy:
      'Send the client id and its secret, in the form or by Basic authentication; our own services send their token.',
  },
  'client-locked': {
    status: 429,
    side: 'caller',
    title: 'The client has failed too often.',
    remedy: 'Check its id and secret, and try again after the time that Retry-After names.',
    retryable: true,
  },
  'grant-unsupported': {
    status: 400,
    side: 'caller',
    title: 'The grant type is not supported.',
    remedy: 'Use client_credentials.',
  },
  'token-request-invalid': {
    status: 400,
    side: 'caller',
    title: 'The token request lacks a parameter or has one too many.',
    remedy: 'Send grant_type, client_id and audience, and at most one of bearer_access_scope and token.',
  },
  'audience-invalid': {
    status: 400,
    side: 'caller',
    title: 'The audience is not a DID.',
    remedy: 'Send the DID of the receiver.',
  },
  'scope-unknown': {
    status: 400,
    side: 'caller',
    title: 'A scope is not known here.',
    remedy: 'Use scopes of the aliases org.eclipse.dspace.dcp.vc.type and org.eclipse.dspace.dcp.vc.id.',
  },
})

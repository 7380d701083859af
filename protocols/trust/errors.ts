import { errorCatalogue } from '@weft/foundation/errors'

/** What can be wrong with DIDs, keys, tokens, credentials and status lists. */
export const trustErrors = errorCatalogue('trust', {
  'did-invalid': {
    status: 400,
    side: 'caller',
    title: 'This is not a well-formed did:web identifier.',
    remedy: 'Give a DID such as did:web:example.com:name, with the port, if any, written as %3A and its number.',
  },
  'did-method-unsupported': {
    status: 400,
    side: 'caller',
    title: 'This DID method is not supported.',
    remedy: 'Use a did:web identifier.',
  },
  'did-not-found': {
    status: 502,
    side: 'counterparty',
    title: 'There is no DID document at the address that the DID stands for.',
    remedy: 'Check the DID for typing errors, and ask its owner whether the document is published.',
    retryable: true,
  },
  'did-unresolvable': {
    status: 502,
    side: 'network',
    title: 'The DID document cannot be fetched at the moment.',
    remedy: 'Check that the host of the DID is reachable from here and that its origin is allowed, then try again.',
    retryable: true,
  },
  'did-document-invalid': {
    status: 502,
    side: 'counterparty',
    title: 'The DID document is not valid.',
    remedy: 'Ask the owner of the DID to publish a DID document whose id is exactly the DID.',
  },
  'service-not-found': {
    status: 502,
    side: 'counterparty',
    title: 'The DID document does not publish the service that is needed.',
    remedy: 'Ask the owner of the DID to add the service to the DID document, with an https endpoint.',
  },
  'key-invalid': {
    status: 400,
    side: 'caller',
    title: 'This is not a key that can be used here.',
    remedy: 'Use a JWK of P-256, P-384, P-521 or Ed25519, or a public RSA key of at least 2048 bits.',
  },
  'key-not-found': {
    status: 401,
    side: 'caller',
    title: 'The DID document does not hold the key that the token names.',
    remedy: 'Sign with a key that is in the DID document, and name it with its full DID URL as kid.',
  },
  'key-foreign': {
    status: 401,
    side: 'caller',
    title: 'The token names a key of another DID than the one that it speaks for.',
    remedy: "Sign with a key of the token issuer's own DID document.",
  },
  'key-not-permitted': {
    status: 401,
    side: 'caller',
    title: 'The DID document does not permit this key for this use.',
    remedy: 'List the key under the verification relationship that the message names.',
  },
  'key-unsupported': {
    status: 401,
    side: 'caller',
    title: 'The DID document gives the key in a form that is not understood.',
    remedy: 'Publish the key as publicKeyJwk with a supported curve, or RSA of at least 2048 bits.',
  },
  'token-malformed': {
    status: 401,
    side: 'caller',
    title: 'The token is not a well-formed compact JWS.',
    remedy: 'Send a JWT of three base64url parts whose header has only alg, kid and typ.',
  },
  'algorithm-refused': {
    status: 401,
    side: 'caller',
    title: 'The signature algorithm of the token is not accepted for this key.',
    remedy: 'Sign with ES256, ES384, ES512, EdDSA, RS* or PS*, as fits the type of the published key.',
  },
  'signature-invalid': {
    status: 401,
    side: 'caller',
    title: 'The signature of the token is wrong.',
    remedy: 'Sign with the private key that belongs to the published key; check for a key that was rotated.',
  },
  'credential-malformed': {
    status: 400,
    side: 'caller',
    title: 'The verifiable credential is not well-formed.',
    remedy: 'Send a credential of data model 1.1 or 2.0 as a JWT with context, issuer, types, subject and dates.',
  },
  'profile-unsupported': {
    status: 400,
    side: 'caller',
    title: 'The format of the verifiable credential is not supported.',
    remedy:
      'Use the profile vc11-sl2021/jwt (data model 1.1, a JWT with a claim vc) or vc20-bssl/jwt (data model 2.0 with JOSE).',
  },
  'status-entry-unsupported': {
    status: 401,
    side: 'caller',
    title: 'The credential has a status entry that is not understood, so it counts as not valid.',
    remedy: 'Use credentials with BitstringStatusListEntry or StatusList2021Entry for revocation or suspension.',
  },
  'status-list-unavailable': {
    status: 401,
    side: 'network',
    title: 'The status list of the credential cannot be fetched, so the credential counts as not valid.',
    remedy:
      "Check that the issuer's status list is reachable from here and that its origin is allowed, then try again.",
    retryable: true,
  },
  'status-list-invalid': {
    status: 401,
    side: 'counterparty',
    title: 'The status list of the credential is not valid, so the credential counts as not valid.',
    remedy: 'Ask the issuer of the credential to publish a well-formed, current status list credential.',
  },
  'status-list-unsigned': {
    status: 401,
    side: 'counterparty',
    title: 'The status list of the credential is not signed, so the credential counts as not valid.',
    remedy: 'Ask the issuer to publish the list as a JWT, or let the trust profile allow unsigned lists for it.',
  },
  'status-list-foreign': {
    status: 401,
    side: 'counterparty',
    title: 'The status list was issued by somebody else than the credential, so the credential counts as not valid.',
    remedy: 'Ask the issuer of the credential to publish the list under its own DID.',
  },
  'status-purpose-mismatch': {
    status: 401,
    side: 'counterparty',
    title: 'The status list is not for the purpose that the credential names, so the credential counts as not valid.',
    remedy: 'Ask the issuer of the credential to correct the status entry or the list.',
  },
  'status-index-out-of-range': {
    status: 401,
    side: 'counterparty',
    title: 'The credential points beyond its status list, so the credential counts as not valid.',
    remedy: 'Ask the issuer of the credential to correct the status entry or the list.',
  },
})

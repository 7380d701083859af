import { errorCatalogue } from '@weft/foundation/errors'

/** What can go wrong at an issuer. */
export const issuerErrors = errorCatalogue('issuer', {
  'issuer-unknown': {
    status: 404,
    side: 'caller',
    title: 'There is no such issuer here.',
    remedy: 'Check the participant context id in the path.',
  },
  'issuer-conflict': {
    status: 409,
    side: 'caller',
    title: 'This issuer, or its DID, exists with other content.',
    remedy: 'Read the issuer that exists, or choose another participant context id and DID.',
  },
  'did-not-ours': {
    status: 400,
    side: 'caller',
    title: 'The DID is not one that this service can publish.',
    remedy: "Use did:web with the host and port of this service's public URL and one name after it.",
  },
  'holder-unknown': {
    status: 404,
    side: 'caller',
    title: 'This issuer has no such holder.',
    remedy: 'Register the holder first, or check its id.',
  },
  'holder-conflict': {
    status: 409,
    side: 'caller',
    title: 'The holder id or its DID is registered with other content.',
    remedy: 'Read the holder that exists; change it with PUT.',
  },
  'attestation-unknown': {
    status: 404,
    side: 'caller',
    title: 'This issuer has no such attestation.',
    remedy: 'Check the id, or create the attestation first.',
  },
  'attestation-conflict': {
    status: 409,
    side: 'caller',
    title: 'The attestation exists with other content, or credential definitions use it.',
    remedy: 'Choose another id, or delete the credential definitions that use it first.',
  },
  'definition-unknown': {
    status: 404,
    side: 'caller',
    title: 'This issuer has no such credential definition.',
    remedy: 'Check the id, or create the definition first.',
  },
  'definition-conflict': {
    status: 409,
    side: 'caller',
    title: 'The credential definition exists with other content.',
    remedy: 'Change it with PUT, or choose another id.',
  },
  'issuance-unknown': {
    status: 404,
    side: 'caller',
    title: 'There is no such issuance process.',
    remedy: 'Check the id.',
  },
  'issuance-not-waiting': {
    status: 409,
    side: 'caller',
    title: 'The request does not wait for approval.',
    remedy: 'Read the issuance process: its state says what became of the request.',
  },
  'approval-impossible': {
    status: 409,
    side: 'caller',
    title: 'The request cannot be approved: a rule is not met, or a claim is missing.',
    remedy: 'Correct the record of the holder or the credential definition, or reject the request.',
  },
  'not-approved': {
    status: 422,
    side: 'caller',
    title: 'The issuer did not approve the request.',
    remedy: 'Ask the issuer.',
  },
  'credential-unknown': {
    status: 404,
    side: 'caller',
    title: 'This issuer has issued no such credential.',
    remedy: 'Use the id of a query answer, not the id inside the credential.',
  },
  'suspension-unsupported': {
    status: 409,
    side: 'caller',
    title:
      'The credential has no place in a list of suspended ones: its definition was not suspendable when it was issued.',
    remedy: 'Revoke the credential; set suspendable in the definition for those that are issued from now on.',
  },
  'credential-revoked': {
    status: 409,
    side: 'caller',
    title: 'The credential is revoked, which is for good.',
    remedy: 'Have the holder request a new credential.',
  },
  'requester-unknown': {
    status: 401,
    side: 'caller',
    title: 'The sender is no holder of this issuer.',
    remedy: 'Have the DID registered as a holder at the issuer first.',
  },
  'pre-authorization-invalid': {
    status: 401,
    side: 'caller',
    title:
      'The pre-authorized code is not known, has expired or was used, or is for another holder or other credentials.',
    remedy: 'Ask the issuer for a new code, or request without one.',
  },
  'request-conflict': {
    status: 409,
    side: 'caller',
    title: 'A request with this holderPid and other content is open.',
    remedy: 'Use a new holderPid for a new request, or wait for the outcome of the open one.',
  },
  'credential-not-offered': {
    status: 400,
    side: 'caller',
    title: 'A requested credential is not among those that the issuer offers.',
    remedy: 'Request ids of the metadata of the issuer.',
  },
  'request-unknown': {
    status: 404,
    side: 'caller',
    title: 'There is no such request, or it is not yours.',
    remedy: 'Check the Location that the request was answered with.',
  },
  'status-list-unknown': {
    status: 404,
    side: 'caller',
    title: 'There is no such status list.',
    remedy: 'Use the statusListCredential of the credential as it is.',
  },
  'not-acceptable': {
    status: 406,
    side: 'caller',
    title: 'The status list comes in none of the accepted types.',
    remedy: 'Accept application/vc+jwt, application/jwt or application/json.',
  },
  'claims-missing': {
    status: 422,
    side: 'caller',
    title: 'The issuer does not hold every claim that the credential needs.',
    remedy: 'Have the record of the holder completed at the issuer, then request again.',
  },
  'rule-not-met': {
    status: 422,
    side: 'caller',
    title: 'A rule of the credential is not met by the claims that the issuer holds.',
    remedy: 'Ask the issuer what the credential demands.',
  },
  'definition-gone': {
    status: 422,
    side: 'ours',
    title: 'A credential definition or attestation was removed while the request waited.',
    remedy: 'Read the metadata of the issuer and request again.',
  },
  'delivery-failed': {
    status: 502,
    side: 'counterparty',
    title: 'The credential service of the holder did not take the credentials.',
    remedy: 'The holder checks that its credential service runs and that the request is open there.',
    retryable: true,
  },
  'key-unknown': {
    status: 404,
    side: 'caller',
    title: 'This issuer has no such key.',
    remedy: 'Use a keyId of the list of keys.',
  },
  'keys-full': {
    status: 409,
    side: 'caller',
    title: 'The DID document names as many keys as verifiers can be expected to read.',
    remedy: 'Wait until credentials of old keys have expired, or revoke old keys.',
  },
  'offer-unknown': {
    status: 404,
    side: 'caller',
    title: 'This issuer has made no such offer, or it ended long ago.',
    remedy: 'Check the id.',
  },
  'key-missing': {
    status: 500,
    side: 'ours',
    title: 'The signing key of the issuer is not in the vault.',
    remedy: 'The operator restores the vault that belongs to this database.',
  },
})

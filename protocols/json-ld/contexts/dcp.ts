import {
  type ContextDefinition,
  idTerm,
  jsonTerm,
  sameNames,
  setOf,
  type TermDefinition,
  wordTerm,
} from './term-definitions.ts'

const dcpNamespace = 'https://w3id.org/dspace-dcp/v1.0/'
export const dcpContext = `${dcpNamespace}dcp.jsonld`

const pids = { holderPid: idTerm('dcp:holderPid'), issuerPid: idTerm('dcp:issuerPid') }
const issuer = { issuer: idTerm('cred:issuer') }

const text = (iri: string): TermDefinition => ({ '@id': iri, '@type': 'xsd:string' })

function message(name: string, terms: ContextDefinition) {
  return { [name]: { '@id': `dcp:${name}`, '@context': terms } }
}

/** The context of DCP 1.0 (3.13). */
export const dcpTerms: ContextDefinition = {
  '@version': 1.1,
  '@protected': true,
  dcp: dcpNamespace,
  cred: 'https://www.w3.org/2018/credentials#',
  xsd: 'http://www.w3.org/2001/XMLSchema#',
  id: '@id',
  type: '@type',
  ...sameNames('dcp', 'CredentialService', 'IssuerService'),
  ...message('PresentationQueryMessage', {
    presentationDefinition: jsonTerm('dcp:presentationDefinition'),
    scope: setOf(text('dcp:scope')),
  }),
  ...message('PresentationResponseMessage', {
    presentation: setOf(jsonTerm('dcp:presentation')),
    presentationSubmission: jsonTerm('dcp:presentationSubmission'),
  }),
  ...message('CredentialRequestMessage', {
    holderPid: pids.holderPid,
    credentials: jsonTerm('dcp:credentials'),
  }),
  ...message('CredentialMessage', {
    ...pids,
    credentials: setOf(jsonTerm('dcp:credentials')),
    status: idTerm('dcp:status'),
    rejectionReason: 'dcp:rejectionReason',
  }),
  ...message('CredentialContainer', { payload: text('dcp:payload') }),
  ...message('CredentialOfferMessage', { ...issuer, credentials: setOf('dcp:credentials') }),
  ...message('CredentialObject', {
    ...sameNames('dcp', 'credentialType', 'credentialSchema'),
    offerReason: text('dcp:offerReason'),
    bindingMethods: setOf(text('dcp:bindingMethods')),
    profile: text('dcp:profile'),
    issuancePolicy: jsonTerm('dcp:issuancePolicy'),
  }),
  ...message('CredentialStatus', {
    ...pids,
    status: wordTerm('dcp:status'),
    ...sameNames('dcp', 'RECEIVED', 'REJECTED', 'ISSUED'),
  }),
  ...message('IssuerMetadata', { ...issuer, credentialsSupported: setOf('dcp:credentialsSupported') }),
}

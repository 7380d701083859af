import { odrlNamespace, odrlProfile } from './odrl-profile.ts'
import { type ContextDefinition, idTerm, sameNames, setOf, type TermDefinition, wordTerm } from './term-definitions.ts'

export const dspNamespace = 'https://w3id.org/dspace/2025/1/'
export const dspContext = `${dspNamespace}context.jsonld`
export const odrlProfileContext = `${dspNamespace}odrl-profile.jsonld`

const pids = { providerPid: idTerm('dspace:providerPid'), consumerPid: idTerm('dspace:consumerPid') }
const explanation = { code: 'dspace:code', reason: setOf('dspace:reason') }
const callbackAddress = { callbackAddress: 'dspace:callbackAddress' }
const dataAddress = { dataAddress: 'dspace:dataAddress' }
const distribution = { distribution: setOf('dcat:distribution') }
const format = { format: wordTerm('dct:format') }
const negotiated = { ...pids, ...callbackAddress, offer: idTerm('dspace:offer') }

/** A class whose terms mean what they mean only inside it; none may be defined anew by a later context. */
function scoped(iri: string, terms: ContextDefinition): TermDefinition {
  return { '@id': iri, '@context': { '@version': 1.1, '@protected': true, ...terms } }
}

/**
 * A class that holds policies: the terms of ODRL hold in it and in whatever it holds. They are written into it: `@import`,
 * which would say the same, confuses the expander's cache of imported contexts.
 */
function withPolicies(iri: string, terms: ContextDefinition): TermDefinition {
  return scoped(iri, { '@propagate': true, ...odrlProfile, ...terms })
}

function messages(terms: ContextDefinition, ...names: readonly string[]) {
  return Object.fromEntries(names.map((name) => [name, scoped(`dspace:${name}`, terms)]))
}

/** The context of DSP 2025-1 (2.10). */
export const dspTerms: ContextDefinition = {
  '@version': 1.1,
  '@protected': true,
  xsd: 'http://www.w3.org/2001/XMLSchema#',
  dct: 'http://purl.org/dc/terms/',
  dcat: 'http://www.w3.org/ns/dcat#',
  odrl: odrlNamespace,
  dspace: dspNamespace,
  ...sameNames('dspace', 'REQUESTED', 'OFFERED', 'ACCEPTED', 'AGREED', 'VERIFIED', 'FINALIZED', 'TERMINATED'),
  ...sameNames('dspace', 'STARTED', 'COMPLETED', 'SUSPENDED'),
  ...messages({ filter: setOf('dspace:filter') }, 'CatalogRequestMessage'),
  ...messages({ dataset: 'dspace:dataset' }, 'DatasetRequestMessage'),
  ...messages(explanation, 'CatalogError', 'VersionsError'),
  ContractRequestMessage: withPolicies('dspace:ContractRequestMessage', negotiated),
  ContractOfferMessage: withPolicies('dspace:ContractOfferMessage', negotiated),
  ContractAgreementMessage: withPolicies('dspace:ContractAgreementMessage', {
    ...pids,
    agreement: idTerm('dspace:agreement'),
    timestamp: 'dspace:timestamp',
  }),
  ...messages(pids, 'ContractAgreementVerificationMessage', 'TransferCompletionMessage'),
  ...messages({ ...pids, eventType: wordTerm('dspace:eventType') }, 'ContractNegotiationEventMessage'),
  ...messages({ ...pids, ...explanation }, 'ContractNegotiationTerminationMessage', 'ContractNegotiationError'),
  ...messages({ ...pids, ...explanation }, 'TransferTerminationMessage', 'TransferSuspensionMessage'),
  ...messages({ ...pids, state: wordTerm('dspace:state') }, 'ContractNegotiation', 'TransferProcess'),
  ...messages(
    {
      ...callbackAddress,
      ...dataAddress,
      ...format,
      consumerPid: pids.consumerPid,
      agreementId: idTerm('dspace:agreementId'),
    },
    'TransferRequestMessage',
  ),
  ...messages({ ...pids, ...dataAddress }, 'TransferStartMessage'),
  // Here the pids are plain texts, other than everywhere else.
  ...messages(
    { consumerPid: 'dspace:consumerPid', providerPid: 'dspace:providerPid', ...explanation },
    'TransferError',
  ),
  ...messages(
    {
      endpointType: wordTerm('dspace:endpointType'),
      endpoint: 'dspace:endpoint',
      endpointProperties: setOf('dspace:endpointProperties'),
    },
    'DataAddress',
  ),
  ...messages(sameNames('dspace', 'name', 'value'), 'EndpointProperty'),
  Catalog: scoped('dcat:Catalog', {
    service: setOf('dcat:service'),
    participantId: idTerm('dspace:participantId'),
    catalog: setOf('dcat:catalog'),
    dataset: setOf('dcat:dataset'),
    ...distribution,
  }),
  Dataset: withPolicies('dcat:Dataset', { ...distribution, hasPolicy: setOf('odrl:hasPolicy') }),
  DataService: scoped('dcat:DataService', sameNames('dcat', 'endpointDescription', 'endpointURL')),
  Distribution: scoped('dcat:Distribution', { ...format, accessService: 'dcat:accessService' }),
  CatalogService: {
    '@id': 'dspace:CatalogService',
    '@context': { id: '@id', type: '@type', serviceEndpoint: idTerm('https://www.w3.org/ns/did#serviceEndpoint') },
  },
}

import type { Json } from './json-mutations.ts'

/** What the samples are about: things that exist on the platform. */
export interface SampleSubjects {
  readonly providerDid: string
  readonly consumerDid: string
  readonly consumerAddress: string
  readonly assetId: string
  readonly offer: Json
  readonly negotiationIds: readonly string[]
  readonly transferIds: readonly string[]
  readonly agreementId: string
}

const dsp = ['https://w3id.org/dspace/2025/1/context.jsonld']
const dcp = ['https://w3id.org/dspace-dcp/v1.0/dcp.jsonld']
const credentialContexts = ['https://www.w3.org/2018/credentials/v1']

/** A valid message, or one that is close to it, for each protocol route; by the end of the route's path. */
export function protocolSamples(subjects: SampleSubjects): ReadonlyMap<string, Json> {
  const { providerDid, consumerDid, consumerAddress, offer, agreementId } = subjects
  const [providerPid = 'p', consumerPid = 'c'] = subjects.negotiationIds
  const [transferPid = 't', otherTransferPid = 'u'] = subjects.transferIds
  const negotiation = (type: string, more: { readonly [member: string]: Json } = {}): Json => ({
    '@context': dsp,
    '@type': type,
    providerPid,
    consumerPid,
    ...more,
  })
  const transfer = (type: string, more: { readonly [member: string]: Json } = {}): Json => ({
    '@context': dsp,
    '@type': type,
    providerPid: transferPid,
    consumerPid: otherTransferPid,
    ...more,
  })
  const agreement = {
    '@type': 'Agreement',
    '@id': agreementId,
    target: subjects.assetId,
    assigner: providerDid,
    assignee: consumerDid,
    timestamp: '2026-03-01T12:00:00Z',
    permission: [{ action: 'use' }],
  }
  const container = (type: string, more: { readonly [member: string]: Json }): Json => ({
    '@context': dcp,
    type,
    ...more,
  })
  const flow = { messageId: 'm-1', participantId: providerDid, counterPartyId: consumerDid, dataspaceContext: 'x' }
  const started = {
    ...flow,
    processId: transferPid,
    agreementId,
    datasetId: subjects.assetId,
    callbackAddress: consumerAddress,
    profile: 'HttpData-PULL',
    transferType: 'HttpData-PULL',
    metadata: { dataAddress: { type: 'HttpData', baseUrl: 'http://127.0.0.1:9/' } },
    dataAddress: {
      '@type': 'DataAddress',
      endpointType: 'HttpData',
      endpoint: 'http://127.0.0.1:9',
      endpointProperties: [],
    },
  }
  return new Map<string, Json>([
    ['/catalog/request', { '@context': dsp, '@type': 'CatalogRequestMessage', filter: [{ limit: 10 }] }],
    [
      '/negotiations/request',
      { '@context': dsp, '@type': 'ContractRequestMessage', consumerPid, callbackAddress: consumerAddress, offer },
    ],
    [
      '/negotiations/offers',
      { '@context': dsp, '@type': 'ContractOfferMessage', providerPid, callbackAddress: consumerAddress, offer },
    ],
    ['/:pid/request', negotiation('ContractRequestMessage', { offer, callbackAddress: consumerAddress })],
    ['/:pid/offers', negotiation('ContractOfferMessage', { offer, callbackAddress: consumerAddress })],
    ['/:pid/events', negotiation('ContractNegotiationEventMessage', { eventType: 'ACCEPTED' })],
    ['/:pid/agreement', negotiation('ContractAgreementMessage', { agreement })],
    ['/agreement/verification', negotiation('ContractAgreementVerificationMessage')],
    [
      '/negotiations/:pid/termination',
      negotiation('ContractNegotiationTerminationMessage', { code: 'x', reason: ['y'] }),
    ],
    [
      '/transfers/request',
      {
        '@context': dsp,
        '@type': 'TransferRequestMessage',
        consumerPid: otherTransferPid,
        agreementId,
        format: 'HttpData-PULL',
        callbackAddress: consumerAddress,
      },
    ],
    ['/:pid/start', transfer('TransferStartMessage')],
    ['/:pid/completion', transfer('TransferCompletionMessage')],
    ['/:pid/suspension', transfer('TransferSuspensionMessage', { code: 'x', reason: ['y'] })],
    ['/transfers/:pid/termination', transfer('TransferTerminationMessage', { code: 'x', reason: ['y'] })],
    [
      '/presentations/query',
      container('PresentationQueryMessage', { scope: ['org.eclipse.dspace.dcp.vc.type:MembershipCredential:read'] }),
    ],
    [
      '/:participantContextId/credentials',
      container('CredentialMessage', {
        issuerPid: 'i-1',
        holderPid: 'h-1',
        status: 'ISSUED',
        credentials: [{ credentialType: 'MembershipCredential', format: 'jwt', payload: 'e30.e30.e30' }],
        vc: { '@context': credentialContexts },
      }),
    ],
    [
      '/issuance/v1beta/participants/:participantContextId/credentials',
      container('CredentialRequestMessage', { holderPid: 'h-2', credentials: [{ id: 'membership' }] }),
    ],
    [
      '/:participantContextId/offers',
      container('CredentialOfferMessage', { issuer: providerDid, credentials: [{ id: 'x' }] }),
    ],
    [
      '/:participantContextId/dataplanes',
      { dataplaneId: 'fuzz', endpoint: 'http://127.0.0.1:9/x', profiles: ['HttpData-PULL'], labels: [] },
    ],
    ['/dataflow/started', { messageId: 'm-2', dataFlowId: transferPid, state: 'STARTED' }],
    ['/dataflow/completed', { messageId: 'm-3', dataFlowId: transferPid, state: 'COMPLETED' }],
    ['/dataflows/start', started],
    ['/dataflows/prepare', started],
    ['/terminate', { messageId: 'm-4', reason: 'x' }],
    ['/suspend', { messageId: 'm-5', reason: 'x' }],
    ['/resume', { messageId: 'm-6' }],
  ])
}

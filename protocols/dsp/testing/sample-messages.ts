import type { DspMessage, MessageOffer } from '../messages.ts'

export const providerPid = 'urn:uuid:0b9f0b6e-0000-4000-8000-000000000001'
export const consumerPid = 'urn:uuid:0b9f0b6e-0000-4000-8000-000000000002'
export const messageId = 'urn:uuid:0b9f0b6e-0000-4000-8000-000000000003'
const callbackAddress = 'https://consumer.example/dsp/c/p'
const pids = { providerPid, consumerPid }
const explained = { code: 'policy.not-satisfied', reason: ['The policy is not satisfied.'] }

const rules = {
  profile: [],
  permission: [
    {
      action: 'use',
      constraint: [
        { kind: 'atomic' as const, leftOperand: 'MembershipCredential', operator: 'eq', rightOperand: 'active' },
        {
          kind: 'or' as const,
          constraints: [
            { kind: 'atomic' as const, leftOperand: 'dateTime', operator: 'lt', rightOperand: '2030-01-01T00:00:00Z' },
            { kind: 'atomic' as const, leftOperand: 'A.b', operator: 'isAnyOf', rightOperand: [{ '@value': 5 }, 'x'] },
          ],
        },
      ],
      duty: [],
    },
  ],
  prohibition: [],
  obligation: [],
}

export const sampleOffer: MessageOffer = { kind: 'Offer', id: 'def:asset:1', target: 'asset', ...rules }

export const sampleAgreement = {
  kind: 'Agreement' as const,
  id: 'urn:uuid:0b9f0b6e-0000-4000-8000-000000000004',
  target: 'asset',
  assigner: 'did:web:provider.example',
  assignee: 'did:web:consumer.example',
  timestamp: '2026-03-01T12:00:00.000Z',
  ...rules,
}

const dataAddress = {
  endpointType: 'https://w3id.org/dspace-sig/profile/http-pull',
  endpoint: 'https://provider.example/data/1',
  properties: { authorization: 'token', authType: 'bearer' },
}

/** One of each message and each of its shapes, with the path of its published schema. */
export const sampleMessages: readonly (readonly [schema: string, message: DspMessage])[] = [
  ['catalog/catalog-request-message', { type: 'CatalogRequestMessage', messageId, filter: [] }],
  ['catalog/catalog-request-message', { type: 'CatalogRequestMessage', filter: [{ limit: 10 }] }],
  ['catalog/dataset-request-message', { type: 'DatasetRequestMessage', messageId, dataset: 'asset' }],
  ['catalog/catalog-error', { type: 'CatalogError', ...explained }],
  [
    'negotiation/contract-request-message',
    { type: 'ContractRequestMessage', messageId, consumerPid, offer: sampleOffer, callbackAddress },
  ],
  [
    'negotiation/contract-request-message',
    { type: 'ContractRequestMessage', messageId, consumerPid, offer: sampleOffer, providerPid },
  ],
  [
    'negotiation/contract-offer-message',
    { type: 'ContractOfferMessage', messageId, providerPid, offer: sampleOffer, callbackAddress },
  ],
  [
    'negotiation/contract-offer-message',
    { type: 'ContractOfferMessage', messageId, providerPid, offer: sampleOffer, consumerPid },
  ],
  [
    'negotiation/contract-agreement-message',
    { type: 'ContractAgreementMessage', messageId, ...pids, agreement: sampleAgreement },
  ],
  [
    'negotiation/contract-agreement-verification-message',
    { type: 'ContractAgreementVerificationMessage', messageId, ...pids },
  ],
  [
    'negotiation/contract-negotiation-event-message',
    { type: 'ContractNegotiationEventMessage', messageId, ...pids, eventType: 'ACCEPTED' },
  ],
  [
    'negotiation/contract-negotiation-event-message',
    { type: 'ContractNegotiationEventMessage', messageId, ...pids, eventType: 'FINALIZED' },
  ],
  [
    'negotiation/contract-negotiation-termination-message',
    { type: 'ContractNegotiationTerminationMessage', messageId, ...pids, ...explained },
  ],
  [
    'negotiation/contract-negotiation-termination-message',
    { type: 'ContractNegotiationTerminationMessage', messageId, ...pids, reason: [] },
  ],
  ['negotiation/contract-negotiation', { type: 'ContractNegotiation', ...pids, state: 'REQUESTED' }],
  ['negotiation/contract-negotiation-error', { type: 'ContractNegotiationError', ...pids, ...explained }],
  [
    'transfer/transfer-request-message',
    {
      type: 'TransferRequestMessage',
      messageId,
      consumerPid,
      agreementId: sampleAgreement.id,
      format: 'HttpData-PULL',
      callbackAddress,
    },
  ],
  [
    'transfer/transfer-request-message',
    {
      type: 'TransferRequestMessage',
      messageId,
      consumerPid,
      agreementId: sampleAgreement.id,
      format: 'https://w3id.org/dspace-sig/profile/http-push',
      callbackAddress,
      dataAddress,
    },
  ],
  ['transfer/transfer-start-message', { type: 'TransferStartMessage', messageId, ...pids, dataAddress }],
  ['transfer/transfer-start-message', { type: 'TransferStartMessage', messageId, ...pids }],
  ['transfer/transfer-completion-message', { type: 'TransferCompletionMessage', messageId, ...pids }],
  ['transfer/transfer-suspension-message', { type: 'TransferSuspensionMessage', messageId, ...pids, ...explained }],
  ['transfer/transfer-termination-message', { type: 'TransferTerminationMessage', messageId, ...pids, reason: [] }],
  ['transfer/transfer-process', { type: 'TransferProcess', ...pids, state: 'SUSPENDED' }],
  ['transfer/transfer-error', { type: 'TransferError', ...pids, ...explained }],
]

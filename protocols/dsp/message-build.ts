import { createHash } from 'node:crypto'
import { dspContext } from '../json-ld/index.ts'
import { canonicalJson, type JsonObject, serialisePolicy } from '../policy/index.ts'
import { buildDataAddress } from './data-address.ts'
import type { DspMessage, MessageOffer } from './messages.ts'

/**
 * A message as JSON that is valid under its schema of DSP 2025-1 (DSP-05), with the type's context and its `@id`, if it has
 * one: messages that open or change a process need one, kept over retries, so that the receiver knows a repeat by it.
 */
export function buildDspMessage(message: DspMessage): JsonObject {
  const { messageId, type } = { messageId: undefined, ...message }
  return {
    '@context': [dspContext],
    ...(messageId === undefined ? {} : { '@id': messageId }),
    '@type': type,
    ...members(message),
  }
}

/**
 * A digest of what a message says, its id left out: tells whether a peer that sends no ids has sent the same message again.
 * Base64url of SHA-256.
 */
export function messageDigest(message: DspMessage): string {
  return createHash('sha256')
    .update(canonicalJson([message.type, members(message)]))
    .digest('base64url')
}

function members(message: DspMessage): JsonObject {
  switch (message.type) {
    case 'CatalogRequestMessage':
      return message.filter.length === 0 ? {} : { filter: message.filter }
    case 'DatasetRequestMessage':
      return { dataset: message.dataset }
    case 'ContractRequestMessage':
    case 'ContractOfferMessage':
      return { ...pids(message), offer: offerJson(message.offer), ...callback(message) }
    case 'ContractAgreementMessage':
      return { ...pids(message), agreement: serialisePolicy(message.agreement) }
    case 'ContractAgreementVerificationMessage':
    case 'TransferCompletionMessage':
      return pids(message)
    case 'ContractNegotiationEventMessage':
      return { ...pids(message), eventType: message.eventType }
    case 'TransferRequestMessage':
      return {
        ...pids(message),
        agreementId: message.agreementId,
        format: message.format,
        ...callback(message),
        ...(message.dataAddress ? { dataAddress: buildDataAddress(message.dataAddress) } : {}),
      }
    case 'TransferStartMessage':
      return {
        ...pids(message),
        ...(message.dataAddress ? { dataAddress: buildDataAddress(message.dataAddress) } : {}),
      }
    case 'ContractNegotiation':
    case 'TransferProcess':
      return { ...pids(message), state: message.state }
    case 'VersionsError':
    case 'CatalogError':
      return explanation(message)
    case 'ContractNegotiationTerminationMessage':
    case 'TransferSuspensionMessage':
    case 'TransferTerminationMessage':
    case 'ContractNegotiationError':
    case 'TransferError':
      return { ...pids(message), ...explanation(message) }
  }
}

/** DSP 2025-1 names parties in agreements only, so an offer travels without them. */
function offerJson(offer: MessageOffer): JsonObject {
  const { id, target, profile, permission, prohibition, obligation } = offer
  return serialisePolicy({ kind: 'Offer', id, target, profile, permission, prohibition, obligation })
}

function pids(message: {
  readonly providerPid?: string | undefined
  readonly consumerPid?: string | undefined
}): JsonObject {
  const { providerPid, consumerPid } = message
  return {
    ...(providerPid === undefined ? {} : { providerPid }),
    ...(consumerPid === undefined ? {} : { consumerPid }),
  }
}

function callback(message: { readonly callbackAddress?: string | undefined }): JsonObject {
  return message.callbackAddress === undefined ? {} : { callbackAddress: message.callbackAddress }
}

function explanation(message: { readonly code?: string; readonly reason: readonly string[] }): JsonObject {
  return {
    ...(message.code === undefined ? {} : { code: message.code }),
    ...(message.reason.length === 0 ? {} : { reason: message.reason }),
  }
}

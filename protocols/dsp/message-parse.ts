import { WeftError } from '@weft/foundation/errors'
import { type AgreementPolicy, JsonReader, type Policy, parsePolicy, policyErrors } from '../policy/index.ts'
import { dspTerm, requireDspContext } from './context.ts'
import { readDataAddress } from './data-address.ts'
import { dspErrors } from './errors.ts'
import {
  type DspMessage,
  type DspMessageOf,
  type DspMessageType,
  type MessageOffer,
  negotiationStates,
  transferStates,
} from './messages.ts'

type Readers = { readonly [T in DspMessageType]: (message: JsonReader) => DspMessageOf<T> }

const readers: Readers = {
  CatalogRequestMessage: (m) => ({
    type: 'CatalogRequestMessage',
    ...messageId(m),
    filter: m
      .at('filter')
      .items(20)
      .map((item) => item.value),
  }),
  DatasetRequestMessage: (m) => ({ type: 'DatasetRequestMessage', ...messageId(m), dataset: m.at('dataset').id() }),
  ContractRequestMessage: (m) => {
    const base = {
      type: 'ContractRequestMessage',
      ...messageId(m),
      consumerPid: m.at('consumerPid').id(),
      offer: messageOffer(m.at('offer')),
    } as const
    const opening = opensProcess(m, 'providerPid')
    return opening
      ? { ...base, callbackAddress: callbackAddress(m) }
      : { ...base, providerPid: m.at('providerPid').id() }
  },
  ContractOfferMessage: (m) => {
    const base = {
      type: 'ContractOfferMessage',
      ...messageId(m),
      providerPid: m.at('providerPid').id(),
      offer: messageOffer(m.at('offer')),
    } as const
    const opening = opensProcess(m, 'consumerPid')
    return opening
      ? { ...base, callbackAddress: callbackAddress(m) }
      : { ...base, consumerPid: m.at('consumerPid').id() }
  },
  ContractAgreementMessage: (m) => ({
    type: 'ContractAgreementMessage',
    ...messageId(m),
    ...pids(m),
    agreement: messageAgreement(m.at('agreement')),
  }),
  ContractAgreementVerificationMessage: (m) => ({
    type: 'ContractAgreementVerificationMessage',
    ...messageId(m),
    ...pids(m),
  }),
  ContractNegotiationEventMessage: (m) => ({
    type: 'ContractNegotiationEventMessage',
    ...messageId(m),
    ...pids(m),
    eventType: stateTerm(m.at('eventType'), ['ACCEPTED', 'FINALIZED']),
  }),
  ContractNegotiationTerminationMessage: (m) => ({
    type: 'ContractNegotiationTerminationMessage',
    ...messageId(m),
    ...pids(m),
    ...explanation(m),
  }),
  TransferRequestMessage: (m) => ({
    type: 'TransferRequestMessage',
    ...messageId(m),
    consumerPid: m.at('consumerPid').id(),
    agreementId: m.at('agreementId').id(),
    format: m.at('format').id(),
    callbackAddress: callbackAddress(m),
    ...dataAddress(m),
  }),
  TransferStartMessage: (m) => ({ type: 'TransferStartMessage', ...messageId(m), ...pids(m), ...dataAddress(m) }),
  TransferCompletionMessage: (m) => ({ type: 'TransferCompletionMessage', ...messageId(m), ...pids(m) }),
  TransferSuspensionMessage: (m) => ({
    type: 'TransferSuspensionMessage',
    ...messageId(m),
    ...pids(m),
    ...explanation(m),
  }),
  TransferTerminationMessage: (m) => ({
    type: 'TransferTerminationMessage',
    ...messageId(m),
    ...pids(m),
    ...explanation(m),
  }),
  ContractNegotiation: (m) => ({
    type: 'ContractNegotiation',
    ...pids(m),
    state: stateTerm(m.at('state'), negotiationStates),
  }),
  TransferProcess: (m) => ({ type: 'TransferProcess', ...pids(m), state: stateTerm(m.at('state'), transferStates) }),
  VersionsError: (m) => ({ type: 'VersionsError', ...explanation(m) }),
  CatalogError: (m) => ({ type: 'CatalogError', ...explanation(m) }),
  ContractNegotiationError: (m) => ({ type: 'ContractNegotiationError', ...pids(m), ...explanation(m) }),
  TransferError: (m) => ({ type: 'TransferError', ...pids(m), ...explanation(m) }),
}

/**
 * Reads a message of DSP 2025-1 as plain JSON. Unknown members are ignored and further contexts accepted.
 *
 * @param type the type, or one of the types, that is expected here
 * @throws `dsp.malformed-message`, `dsp.unknown-context`, `dsp.unexpected-type`, `dsp.invalid-callback-address`, and what
 *   `parsePolicy` throws about an offer or agreement; with the JSON pointer as `field`
 */
export function parseDspMessage<T extends DspMessageType>(type: T | readonly T[], body: unknown): DspMessageOf<T> {
  const message = new JsonReader(body, dspErrors['malformed-message'])
  message.object()
  requireDspContext(message)
  const found = dspTerm(message.at('@type').text(256))
  const expected = (typeof type === 'string' ? [type] : type).find((candidate) => candidate === found)
  if (expected === undefined) throw new WeftError(dspErrors['unexpected-type'], { field: '/@type' })
  const read: (message: JsonReader) => DspMessage = readers[expected]
  return read(message) as DspMessageOf<T>
}

function messageId(m: JsonReader): { readonly messageId?: string } {
  const id = m.at('@id').optionalId()
  return id === undefined ? {} : { messageId: id }
}

function pids(m: JsonReader): { readonly providerPid: string; readonly consumerPid: string } {
  return { providerPid: m.at('providerPid').id(), consumerPid: m.at('consumerPid').id() }
}

/** DSP-18: exactly one of the callback address, which opens a process, and the receiver's pid, which names one. */
function opensProcess(m: JsonReader, receiverPid: 'providerPid' | 'consumerPid'): boolean {
  const opening = m.at('callbackAddress').present
  if (opening === m.at(receiverPid).present)
    throw m.error(`must have exactly one of callbackAddress and ${receiverPid}`)
  return opening
}

/** DSP-22: not understood means an error that no retry cures; whether it may be called is the outbound client's to say. */
function callbackAddress(m: JsonReader): string {
  const address = m.at('callbackAddress').text(2048)
  const url = URL.canParse(address) ? new URL(address) : undefined
  const callable =
    url && (url.protocol === 'https:' || url.protocol === 'http:') && url.username === '' && url.password === ''
  if (!callable || url.search !== '' || url.hash !== '') {
    throw new WeftError(dspErrors['invalid-callback-address'], { field: '/callbackAddress' })
  }
  return address
}

function messageOffer(offer: JsonReader): MessageOffer {
  const policy = messagePolicy(offer)
  if (policy.kind !== 'Offer') throw offer.at('@type').error('must be Offer')
  // DSP-21: the text of DSP demands a target in both messages, its schema in one.
  return { ...policy, target: policy.target ?? offer.at('target').id() }
}

function messageAgreement(agreement: JsonReader): AgreementPolicy {
  const policy = messagePolicy(agreement)
  if (policy.kind !== 'Agreement') throw agreement.at('@type').error('must be Agreement')
  return policy
}

function messagePolicy(json: JsonReader): Policy {
  const policy = parsePolicy(json.value, json.pointer)
  if (policy.permission.length + policy.prohibition.length === 0) {
    throw new WeftError(policyErrors['no-rule'], { field: json.pointer })
  }
  return policy
}

function dataAddress(m: JsonReader) {
  const address = m.at('dataAddress')
  return address.present ? { dataAddress: readDataAddress(address) } : {}
}

function stateTerm<const T extends string>(place: JsonReader, allowed: readonly T[]): T {
  const found = dspTerm(place.id())
  const match = allowed.find((candidate) => candidate === found)
  if (match === undefined) throw place.error(`must be one of ${allowed.join(', ')}`)
  return match
}

function explanation(m: JsonReader): { readonly code?: string; readonly reason: readonly string[] } {
  const code = readCode(m.at('code'))
  const reason = m.at('reason').items(100).map(reasonText)
  return { ...(code === undefined ? {} : { code }), reason }
}

/** A number is read as its text. The schema takes an empty code, which says nothing. */
function readCode(code: JsonReader): string | undefined {
  if (code.value === '') return undefined
  return typeof code.value === 'number' ? String(code.value) : code.optionalText(1024)
}

function reasonText(reason: JsonReader): string {
  if (typeof reason.value === 'string') return reason.value
  const text = reason.at('@value').value
  if (typeof text === 'string') return text
  reason.bounded(10, 200)
  return JSON.stringify(reason.value ?? null)
}

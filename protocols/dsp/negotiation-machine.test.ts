import { describe, expect, it } from 'vitest'
import { messageDigest } from './message-build.ts'
import type { DspRole, NegotiationMessage, NegotiationState } from './messages.ts'
import { negotiationStates } from './messages.ts'
import { applyNegotiationMessage, isFinalNegotiationState, nextNegotiationState } from './negotiation-machine.ts'
import { consumerPid, messageId, providerPid, sampleAgreement, sampleOffer } from './testing/sample-messages.ts'

const pids = { consumerPid, providerPid }
const callbackAddress = 'https://example.org/dsp'

const messages = {
  'opening request': { type: 'ContractRequestMessage', consumerPid, offer: sampleOffer, callbackAddress },
  'counter request': { type: 'ContractRequestMessage', consumerPid, offer: sampleOffer, providerPid },
  'opening offer': { type: 'ContractOfferMessage', providerPid, offer: sampleOffer, callbackAddress },
  'counter offer': { type: 'ContractOfferMessage', providerPid, offer: sampleOffer, consumerPid },
  agreement: { type: 'ContractAgreementMessage', ...pids, agreement: sampleAgreement },
  verification: { type: 'ContractAgreementVerificationMessage', ...pids },
  accepted: { type: 'ContractNegotiationEventMessage', ...pids, eventType: 'ACCEPTED' },
  finalized: { type: 'ContractNegotiationEventMessage', ...pids, eventType: 'FINALIZED' },
  termination: { type: 'ContractNegotiationTerminationMessage', ...pids, reason: [] },
} as const satisfies Record<string, NegotiationMessage>

type Name = keyof typeof messages
type State = NegotiationState | undefined

const names = Object.keys(messages) as Name[]
const states: readonly State[] = [undefined, ...negotiationStates]

/** Section 2.7, written down as its rows: from, message, sender, to. Everything else is an error. */
const rows: readonly (readonly [State, Name, DspRole, NegotiationState])[] = [
  [undefined, 'opening request', 'consumer', 'REQUESTED'],
  [undefined, 'opening offer', 'provider', 'OFFERED'],
  ['REQUESTED', 'counter offer', 'provider', 'OFFERED'],
  ['REQUESTED', 'agreement', 'provider', 'AGREED'],
  ['OFFERED', 'counter request', 'consumer', 'REQUESTED'],
  ['OFFERED', 'accepted', 'consumer', 'ACCEPTED'],
  ['ACCEPTED', 'agreement', 'provider', 'AGREED'],
  ['AGREED', 'verification', 'consumer', 'VERIFIED'],
  ['VERIFIED', 'finalized', 'provider', 'FINALIZED'],
  ...(['REQUESTED', 'OFFERED', 'ACCEPTED', 'AGREED', 'VERIFIED'] as const).flatMap((state) => [
    [state, 'termination', 'consumer', 'TERMINATED'] as const,
    [state, 'termination', 'provider', 'TERMINATED'] as const,
  ]),
]

const everyCase = states.flatMap((state) =>
  names.flatMap((name) => (['consumer', 'provider'] as const).map((sender) => ({ state, name, sender }))),
)

describe('negotiations', () => {
  it('are tested in every state, with every message, from either side', () => {
    expect(everyCase).toHaveLength(8 * 9 * 2)
  })

  it.each(everyCase)(
    'DSP-27: in $state, $name of the $sender does what section 2.7 says',
    ({ state, name, sender }) => {
      const ourRole = sender === 'consumer' ? 'provider' : 'consumer'
      const expected = rows.find(([from, message, by]) => from === state && message === name && by === sender)?.[3]
      const applied = applyNegotiationMessage(state, ourRole, messages[name])
      if (expected === undefined) {
        expect(applied.kind).toBe('refused')
        if (applied.kind === 'refused') expect(applied.error.status).toBe(400)
      } else {
        expect(applied).toEqual({ kind: 'next', state: expected })
      }
    },
  )

  it('DSP-17, DSP-24: an opening message opens a negotiation, a follow-up none, and neither opens one twice', () => {
    const { 'opening request': request, 'opening offer': offer } = messages
    expect(applyNegotiationMessage(undefined, 'provider', request)).toEqual({ kind: 'next', state: 'REQUESTED' })
    expect(applyNegotiationMessage(undefined, 'consumer', offer)).toEqual({ kind: 'next', state: 'OFFERED' })
    expect(applyNegotiationMessage(undefined, 'provider', messages['counter request']).kind).toBe('refused')
    // DSP-19: a follow-up is about a negotiation that exists; in the state of a counter-offer it is still no opening.
    expect(applyNegotiationMessage('OFFERED', 'provider', request).kind).toBe('refused')
    expect(applyNegotiationMessage('REQUESTED', 'consumer', offer).kind).toBe('refused')
  })

  it('DSP-28: a message of the wrong side is told apart from one that comes at the wrong time', () => {
    const refusal = (state: State, ourRole: DspRole, name: Name) => {
      const applied = applyNegotiationMessage(state, ourRole, messages[name])
      return applied.kind === 'refused' ? applied.error.code : applied.kind
    }
    expect(refusal('VERIFIED', 'provider', 'finalized')).toBe('dsp.wrong-sender')
    expect(refusal('OFFERED', 'consumer', 'accepted')).toBe('dsp.wrong-sender')
    expect(refusal('AGREED', 'consumer', 'finalized')).toBe('dsp.invalid-transition')
  })

  it('DSP-29: a consumer that accepts while the latest offer is its own is refused: after its request, and after its counter-offer', () => {
    const accepted = (state: State) => applyNegotiationMessage(state, 'provider', messages.accepted)
    const countered = applyNegotiationMessage('OFFERED', 'provider', messages['counter request'])
    expect(countered).toEqual({ kind: 'next', state: 'REQUESTED' })
    expect(accepted('REQUESTED')).toMatchObject({
      kind: 'refused',
      error: { code: 'dsp.invalid-transition', status: 400 },
    })
    expect(accepted('OFFERED')).toEqual({ kind: 'next', state: 'ACCEPTED' })
  })

  it('DSP-30: final states take nothing', () => {
    for (const state of negotiationStates.filter(isFinalNegotiationState)) {
      for (const { name, sender } of everyCase) {
        const applied = applyNegotiationMessage(state, sender === 'consumer' ? 'provider' : 'consumer', messages[name])
        expect(applied.kind).toBe('refused')
      }
    }
  })

  it('DSP-50: a message whose id was processed is acknowledged without effect, whatever the state', () => {
    const message = { ...messages['counter request'], messageId }
    const processed = { has: (id: string) => id === messageId }
    for (const state of negotiationStates) {
      expect(applyNegotiationMessage(state, 'provider', message, processed)).toEqual({ kind: 'duplicate', state })
    }
  })

  it('DSP-50: a second counter-offer with an id of its own is an error in REQUESTED, the same words notwithstanding', () => {
    const first = { ...messages['counter request'], messageId }
    const processed = { has: (id: string) => id === messageId, latest: messageDigest(first) }
    const second = { ...first, messageId: `${messageId}-2` }
    expect(applyNegotiationMessage('REQUESTED', 'provider', second, processed).kind).toBe('refused')
  })

  it('DSP-50: without ids, only a repeat of the message that led to the current state is one', () => {
    const { verification } = messages
    const latest = messageDigest(verification)
    expect(applyNegotiationMessage('VERIFIED', 'provider', verification, { has: () => false, latest })).toEqual({
      kind: 'duplicate',
      state: 'VERIFIED',
    })
    const other = { has: () => false, latest: messageDigest(messages.accepted) }
    expect(applyNegotiationMessage('VERIFIED', 'provider', verification, other).kind).toBe('refused')
  })

  it('the table serves sending too', () => {
    expect(nextNegotiationState('ACCEPTED', 'provider', 'agree')).toBe('AGREED')
    expect(nextNegotiationState('OFFERED', 'provider', 'agree')).toBeUndefined()
  })
})

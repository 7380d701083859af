import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nothingProcessed } from './applied.ts'
import type { DspRole, NegotiationMessage, NegotiationState, TransferMessage, TransferState } from './messages.ts'
import {
  applyNegotiationMessage,
  isFinalNegotiationState,
  type NegotiationStep,
  negotiationStepOf,
  nextNegotiationState,
} from './negotiation-machine.ts'
import { consumerPid, providerPid, sampleMessages } from './testing/sample-messages.ts'
import {
  applyTransferMessage,
  isFinalTransferState,
  nextTransferState,
  type TransferStep,
  transferStepOf,
} from './transfer-machine.ts'

const role: fc.Arbitrary<DspRole> = fc.constantFrom('consumer', 'provider')
const otherThan = (side: DspRole): DspRole => (side === 'consumer' ? 'provider' : 'consumer')

const all = sampleMessages.map(([, message]) => message)
const negotiationMessages = all.flatMap((message): readonly NegotiationMessage[] =>
  message.type.startsWith('Contract') && 'messageId' in message ? [message as NegotiationMessage] : [],
)
const transferMessages = all.flatMap((message): readonly TransferMessage[] =>
  message.type.startsWith('Transfer') && 'messageId' in message ? [message as TransferMessage] : [],
)

/** The rows of 2.7 as pairs of states; that the right side sends is told by the machine's own tests. */
const negotiationRows = new Set([
  ...['none>REQUESTED', 'none>OFFERED', 'REQUESTED>OFFERED', 'REQUESTED>AGREED', 'OFFERED>REQUESTED'],
  ...['OFFERED>ACCEPTED', 'ACCEPTED>AGREED', 'AGREED>VERIFIED', 'VERIFIED>FINALIZED'],
  ...['REQUESTED', 'OFFERED', 'ACCEPTED', 'AGREED', 'VERIFIED'].map((state) => `${state}>TERMINATED`),
])
/** The rows of 2.8. */
const transferRows = new Set([
  ...['none>REQUESTED', 'REQUESTED>STARTED', 'STARTED>SUSPENDED', 'SUSPENDED>STARTED', 'STARTED>COMPLETED'],
  ...['REQUESTED', 'STARTED', 'SUSPENDED'].map((state) => `${state}>TERMINATED`),
])

describe('any sequence of negotiation messages', () => {
  const sequence = fc.array(fc.tuple(role, fc.constantFrom(...negotiationMessages)), { maxLength: 60 })

  it('DSP-27, DSP-30, DSP-42: takes no transition outside the table, none out of a final state, none by a refused message', () => {
    fc.assert(
      fc.property(sequence, (messages) => {
        let state: NegotiationState | undefined
        for (const [ourRole, message] of messages) {
          const applied = applyNegotiationMessage(state, ourRole, message)
          if (applied.kind === 'refused') {
            expect(applied.error.status).toBe(400)
            continue
          }
          expect(negotiationRows).toContain(`${state ?? 'none'}>${applied.state}`)
          expect(state !== undefined && isFinalNegotiationState(state)).toBe(false)
          state = applied.state
        }
      }),
      { numRuns: 500 },
    )
  })

  it('DSP-50: sent twice each, changes nothing more than sent once', () => {
    const identified = sequence.map((messages) =>
      messages.map(([ourRole, message], index) => [ourRole, { ...message, messageId: `urn:m:${index}` }] as const),
    )
    const end = (messages: readonly (readonly [DspRole, NegotiationMessage])[]) => {
      const seen = new Set<string>()
      let state: NegotiationState | undefined
      for (const [ourRole, message] of messages) {
        const applied = applyNegotiationMessage(state, ourRole, message, { has: (id) => seen.has(id) })
        if (applied.kind === 'refused') continue
        if (applied.kind === 'duplicate') expect(applied.state).toBe(state)
        state = applied.state
        if (message.messageId !== undefined) seen.add(message.messageId)
      }
      return state
    }
    fc.assert(
      fc.property(identified, (messages) => {
        expect(end(messages.flatMap((message) => [message, message]))).toBe(end(messages))
      }),
      { numRuns: 300 },
    )
  })
})

describe('any sequence of transfer messages', () => {
  const sequence = fc.array(fc.tuple(role, fc.constantFrom(...transferMessages)), { maxLength: 60 })

  it('DSP-40, DSP-42: takes no transition outside the table, none out of a final state, none by a refused message', () => {
    fc.assert(
      fc.property(sequence, (messages) => {
        let state: TransferState | undefined
        for (const [ourRole, message] of messages) {
          const applied = applyTransferMessage(state, ourRole, message, nothingProcessed)
          if (applied.kind === 'refused') {
            expect(applied.error.status).toBe(400)
            continue
          }
          // DSP-39: the request of a process that exists is acknowledged, and changes nothing.
          if (applied.kind === 'duplicate') {
            expect([message.type, applied.state]).toEqual(['TransferRequestMessage', state])
            continue
          }
          expect(transferRows).toContain(`${state ?? 'none'}>${applied.state}`)
          expect(state !== undefined && isFinalTransferState(state)).toBe(false)
          state = applied.state
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('two sides that send only what their table allows', () => {
  it('DSP-27: are in the same state of the negotiation after each message', () => {
    const moves = fc.array(fc.tuple(role, fc.constantFrom(...negotiationMessages)), { maxLength: 40 })
    fc.assert(
      fc.property(moves, (messages) => {
        let state: NegotiationState | undefined
        for (const [sender, message] of messages) {
          const step: NegotiationStep = negotiationStepOf(message)
          const sent = nextNegotiationState(state, sender, step)
          const opening = 'callbackAddress' in message
          if (sent === undefined || ((step === 'request' || step === 'offer') && opening !== (state === undefined)))
            continue
          expect(applyNegotiationMessage(state, otherThan(sender), message)).toEqual({ kind: 'next', state: sent })
          state = sent
        }
      }),
    )
  })

  it('DSP-40: are in the same state of the transfer after each message', () => {
    const moves = fc.array(fc.tuple(role, fc.constantFrom(...transferMessages)), { maxLength: 40 })
    fc.assert(
      fc.property(moves, (messages) => {
        let state: TransferState | undefined
        for (const [sender, message] of messages) {
          const step: TransferStep = transferStepOf(message)
          const sent = nextTransferState(state, sender, step)
          if (sent === undefined) continue
          expect(applyTransferMessage(state, otherThan(sender), message)).toEqual({ kind: 'next', state: sent })
          state = sent
        }
      }),
    )
  })

  it('the samples hold every message of both machines, with both pids where it follows another (DSP-41)', () => {
    expect(new Set(negotiationMessages.map(negotiationStepOf)).size).toBe(7)
    expect(new Set(transferMessages.map(transferStepOf)).size).toBe(5)
    for (const message of [...negotiationMessages, ...transferMessages]) {
      if ('callbackAddress' in message) continue
      expect(message).toMatchObject({ consumerPid, providerPid })
    }
  })
})

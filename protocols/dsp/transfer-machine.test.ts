import { describe, expect, it } from 'vitest'
import { messageDigest } from './message-build.ts'
import type { DspRole, TransferMessage, TransferState } from './messages.ts'
import { transferStates } from './messages.ts'
import { consumerPid, messageId, providerPid } from './testing/sample-messages.ts'
import { applyTransferMessage, isFinalTransferState } from './transfer-machine.ts'

const pids = { consumerPid, providerPid }
const messages = {
  request: {
    type: 'TransferRequestMessage',
    consumerPid,
    agreementId: 'urn:a',
    format: 'HttpData-PULL',
    callbackAddress: 'https://example.org/dsp',
  },
  start: { type: 'TransferStartMessage', ...pids },
  suspension: { type: 'TransferSuspensionMessage', ...pids, reason: [] },
  completion: { type: 'TransferCompletionMessage', ...pids },
  termination: { type: 'TransferTerminationMessage', ...pids, reason: [] },
} as const satisfies Record<string, TransferMessage>

type Name = keyof typeof messages
type State = TransferState | undefined
const names = Object.keys(messages) as Name[]

/** Section 2.8: from, message, senders, to. Everything else is an error. */
const rows: readonly (readonly [State, Name, readonly DspRole[], TransferState])[] = [
  [undefined, 'request', ['consumer'], 'REQUESTED'],
  ['REQUESTED', 'start', ['provider'], 'STARTED'],
  ['STARTED', 'suspension', ['consumer', 'provider'], 'SUSPENDED'],
  ['SUSPENDED', 'start', ['consumer', 'provider'], 'STARTED'],
  ['STARTED', 'completion', ['consumer', 'provider'], 'COMPLETED'],
  ['REQUESTED', 'termination', ['consumer', 'provider'], 'TERMINATED'],
  ['STARTED', 'termination', ['consumer', 'provider'], 'TERMINATED'],
  ['SUSPENDED', 'termination', ['consumer', 'provider'], 'TERMINATED'],
]

const everyCase = [undefined, ...transferStates].flatMap((state) =>
  names.flatMap((name) => (['consumer', 'provider'] as const).map((sender) => ({ state, name, sender }))),
)

describe('transfer processes', () => {
  it('are tested in every state, with every message, from either side', () => {
    expect(everyCase).toHaveLength(6 * 5 * 2)
  })

  it.each(everyCase)(
    'DSP-40: in $state, $name of the $sender does what section 2.8 says',
    ({ state, name, sender }) => {
      const ourRole = sender === 'consumer' ? 'provider' : 'consumer'
      const expected = rows.find(
        ([from, message, by]) => from === state && message === name && by.includes(sender),
      )?.[3]
      const applied = applyTransferMessage(state, ourRole, messages[name])
      if (expected !== undefined) expect(applied).toEqual({ kind: 'next', state: expected })
      // DSP-39: the request of a process that exists is the same request again.
      else if (name === 'request' && sender === 'consumer') expect(applied).toEqual({ kind: 'duplicate', state })
      else if (applied.kind === 'refused') expect(applied.error.status).toBe(400)
      else throw new Error(`accepted as ${applied.kind}`)
    },
  )

  it('DSP-35: a request opens a transfer process, and nothing else does', () => {
    expect(applyTransferMessage(undefined, 'provider', messages.request)).toEqual({ kind: 'next', state: 'REQUESTED' })
    for (const name of names.filter((candidate) => candidate !== 'request')) {
      for (const role of ['consumer', 'provider'] as const) {
        expect(applyTransferMessage(undefined, role, messages[name]).kind).toBe('refused')
      }
    }
  })

  it('DSP-40: final states take nothing', () => {
    for (const state of transferStates.filter(isFinalTransferState)) {
      for (const name of names.filter((candidate) => candidate !== 'request')) {
        for (const role of ['consumer', 'provider'] as const) {
          expect(applyTransferMessage(state, role, messages[name]).kind).toBe('refused')
        }
      }
    }
  })

  it('DSP-28: names the side that may not send', () => {
    const applied = applyTransferMessage(undefined, 'consumer', messages.request)
    expect(applied).toMatchObject({ kind: 'refused', error: { code: 'dsp.wrong-sender' } })
    const start = applyTransferMessage('REQUESTED', 'provider', messages.start)
    expect(start).toMatchObject({ kind: 'refused', error: { code: 'dsp.invalid-transition' } })
  })

  it('DSP-50: a repeat is acknowledged; the same words later, under another id, are a new message', () => {
    const start = { ...messages.start, messageId }
    const processed = { has: (id: string) => id === messageId }
    expect(applyTransferMessage('SUSPENDED', 'consumer', start, processed).kind).toBe('duplicate')
    const again = { ...start, messageId: 'urn:another' }
    expect(applyTransferMessage('SUSPENDED', 'consumer', again, processed)).toEqual({ kind: 'next', state: 'STARTED' })
    const unidentified = { has: () => false, latest: messageDigest(messages.suspension) }
    expect(applyTransferMessage('SUSPENDED', 'consumer', messages.start, unidentified).kind).toBe('next')
    expect(applyTransferMessage('SUSPENDED', 'consumer', messages.suspension, unidentified).kind).toBe('duplicate')
  })
})

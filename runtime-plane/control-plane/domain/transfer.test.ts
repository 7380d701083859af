import type { TransferMessage } from '@weft/protocols/dsp'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  applyToTransfer,
  isFinalTransfer,
  type Transfer,
  type TransferRole,
  type TransferState,
  waitsForOurs,
  wireTransferState,
} from './transfer.ts'

const states = [
  'INITIAL',
  'PREPARATION_REQUESTED',
  'REQUESTING',
  'REQUESTED',
  'STARTING',
  'STARTUP_REQUESTED',
  'STARTED',
  'SUSPENDING',
  'SUSPENDED',
  'RESUMING',
  'RESUMED',
  'COMPLETING',
  'COMPLETED',
  'TERMINATING',
  'TERMINATED',
] as const satisfies readonly TransferState[]

const transferIn = (state: TransferState, role: TransferRole, more: Partial<Transfer> = {}): Transfer => ({
  id: 'ours',
  role,
  state,
  version: 1,
  stateAt: new Date(0),
  createdAt: new Date(0),
  profile: 'profile',
  counterpartyDid: 'did:web:other.example',
  counterpartyAddress: 'https://other.example',
  correlationId: 'theirs',
  contractId: 'contract',
  agreementId: 'agreement',
  assetId: 'asset',
  transferType: 'HttpData-PULL',
  dataPlaneId: 'plane',
  dataFlowId: null,
  addressRef: null,
  suspendedBy: null,
  claims: {},
  dataplaneMetadata: null,
  privateProperties: {},
  dataPlaneError: null,
  failure: null,
  received: [],
  ...more,
})

const pids = { consumerPid: 'ours', providerPid: 'theirs' }
const messages: readonly TransferMessage[] = [
  { type: 'TransferStartMessage', ...pids },
  { type: 'TransferSuspensionMessage', ...pids, reason: [] },
  { type: 'TransferCompletionMessage', ...pids },
  { type: 'TransferTerminationMessage', ...pids, reason: [] },
]
const received = { key: 'urn:uuid:new', identified: true }

const transfers = fc
  .record({
    state: fc.constantFrom(...states),
    role: fc.constantFrom<TransferRole>('CONSUMER', 'PROVIDER'),
    suspendedBy: fc.constantFrom<Transfer['suspendedBy']>(null, 'US', 'COUNTERPARTY'),
    transferType: fc.constantFrom('HttpData-PULL', 'HttpData-PUSH'),
  })
  .map(({ state, role, suspendedBy, transferType }) => transferIn(state, role, { suspendedBy, transferType }))

describe('a message about a transfer', () => {
  it('DSP-40: changes nothing that has ended, whoever sends what', () => {
    fc.assert(
      fc.property(transfers, fc.constantFrom(...messages), (transfer, message) => {
        fc.pre(isFinalTransfer(transfer.state))
        expect(applyToTransfer(transfer, message, received).kind).toBe('refused')
        expect(waitsForOurs(transfer, message)).toBe(false)
      }),
    )
  })

  it('DSP-40: that is taken leads where the table says', () => {
    const after = {
      TransferStartMessage: 'STARTED',
      TransferSuspensionMessage: 'SUSPENDED',
      TransferCompletionMessage: 'COMPLETED',
      TransferTerminationMessage: 'TERMINATED',
    } as const
    fc.assert(
      fc.property(transfers, fc.constantFrom(...messages), (transfer, message) => {
        const applied = applyToTransfer(transfer, message, received)
        fc.pre(applied.kind === 'next')
        expect(applied).toEqual({ kind: 'next', state: after[message.type as keyof typeof after] })
      }),
    )
  })

  it('DSP-31, DSP-40: a termination is never held up, and refused only after the end', () => {
    const termination: TransferMessage = { type: 'TransferTerminationMessage', ...pids, reason: [] }
    fc.assert(
      fc.property(transfers, (transfer) => {
        expect(waitsForOurs(transfer, termination)).toBe(false)
        const { kind } = applyToTransfer(transfer, termination, received)
        expect(kind).toBe(isFinalTransfer(transfer.state) ? 'refused' : 'next')
      }),
    )
  })

  it('DPS-19: never resumes what this side has suspended', () => {
    fc.assert(
      fc.property(transfers, (transfer) => {
        fc.pre(transfer.state === 'SUSPENDED' && transfer.suspendedBy === 'US')
        const start: TransferMessage = { type: 'TransferStartMessage', ...pids }
        expect(applyToTransfer(transfer, start, received).kind).toBe('refused')
      }),
    )
  })

  it('DSP-42: that is refused leaves what the counterparty sees', () => {
    fc.assert(
      fc.property(transfers, fc.constantFrom(...messages), (transfer, message) => {
        const before = wireTransferState(transfer)
        applyToTransfer(transfer, message, received)
        expect(wireTransferState(transfer)).toBe(before)
      }),
    )
  })
})

describe('two messages that cross', () => {
  const underWay = [
    { state: 'SUSPENDING', type: 'TransferSuspensionMessage' },
    { state: 'COMPLETING', type: 'TransferCompletionMessage' },
    { state: 'TERMINATING', type: 'TransferTerminationMessage' },
  ] as const

  it.each(underWay.flatMap((consumers) => underWay.map((providers) => [consumers, providers] as const)))(
    'X-07: the consumer’s $type and the provider’s $type do not wait for each other',
    (consumers, providers) => {
      const messageOf = (type: string) => messages.find((message) => message.type === type) as TransferMessage
      const waiting = [
        waitsForOurs(transferIn(consumers.state, 'CONSUMER'), messageOf(providers.type)),
        waitsForOurs(transferIn(providers.state, 'PROVIDER'), messageOf(consumers.type)),
      ]
      expect(waiting).not.toEqual([true, true])
    },
  )
})

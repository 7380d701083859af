import { describe, expect, it } from 'vitest'
import {
  applyDataFlowSignal,
  type DataFlowSignal,
  type DataFlowState,
  dataFlowStates,
  isFinalDataFlowState,
} from './data-flow-machine.ts'

/** Section 4.1: from, signal, to. Everything else is an error. */
const rows: readonly (readonly [DataFlowState, DataFlowSignal, DataFlowState])[] = [
  ['INITIALIZED', 'prepare', 'PREPARED'],
  ['INITIALIZED', 'prepare-later', 'PREPARING'],
  ['PREPARING', 'prepared', 'PREPARED'],
  ['INITIALIZED', 'start', 'STARTED'],
  ['INITIALIZED', 'start-later', 'STARTING'],
  ['STARTING', 'started', 'STARTED'],
  ['PREPARED', 'notify-started', 'STARTED'],
  ['STARTED', 'suspend', 'SUSPENDED'],
  ['SUSPENDED', 'resume', 'STARTED'],
  ['STARTED', 'complete', 'COMPLETED'],
  ['INITIALIZED', 'terminate', 'TERMINATED'],
  ['PREPARING', 'terminate', 'TERMINATED'],
  ['PREPARED', 'terminate', 'TERMINATED'],
  ['STARTING', 'terminate', 'TERMINATED'],
  ['STARTED', 'terminate', 'TERMINATED'],
  ['SUSPENDED', 'terminate', 'TERMINATED'],
]

const signals = [...new Set(rows.map(([, signal]) => signal))]
const everyCase = dataFlowStates.flatMap((state) => signals.map((signal) => ({ state, signal })))

describe('data flows', () => {
  it('are tested in every state with every signal', () => expect(everyCase).toHaveLength(8 * 11))

  it.each(everyCase)('DPS-06, DPS-07: in $state, $signal does what section 4.1 says', ({ state, signal }) => {
    const expected = rows.find(([from, name]) => from === state && name === signal)?.[2]
    const applied = applyDataFlowSignal(state, signal)
    if (expected !== undefined) expect(applied).toEqual({ kind: 'next', state: expected })
    else expect(applied).toMatchObject({ kind: 'refused', error: { code: 'dps.invalid-transition', status: 400 } })
  })

  it('DPS-07: final states take nothing, and every other can be terminated', () => {
    for (const state of dataFlowStates) {
      const accepted = signals.filter((signal) => applyDataFlowSignal(state, signal).kind === 'next')
      expect(accepted.includes('terminate')).toBe(!isFinalDataFlowState(state))
      if (isFinalDataFlowState(state)) expect(accepted).toEqual([])
    }
  })

  it('a message that was processed before changes nothing, whatever the state (4.9)', () => {
    for (const { state, signal } of everyCase) {
      expect(applyDataFlowSignal(state, signal, true)).toEqual({ kind: 'duplicate', state })
    }
  })
})

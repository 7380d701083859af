import { type DataPlanePeer, type Flow, type FlowKind, plainAddress } from './data-plane-peer.ts'
import { expectDataAddress, expectEqual, expectRefusal, expectSuccess } from './expectations.ts'
import { httpPullSequences } from './http-pull-sequences.ts'
import type { Sequence } from './sequence.ts'

type DataPlaneSequence = Sequence<DataPlanePeer>
type Opening = (peer: DataPlanePeer, kind: FlowKind) => Promise<Flow>

const counterpartyEndpoint = 'https://partner.example/data'

/** Consumer, pull: prepared without an address, started with the provider's. */
const consumerPull: Opening = async (peer, kind) => {
  const flow = await peer.prepare(peer.target.profiles.pull, kind)
  await expectOpened(flow, kind, 'PREPARED')
  expectEqual('the address of a prepared pull', flow.answer.body.dataAddress ?? null, null)
  await startedBy(flow, {
    dataAddress: { ...plainAddress(peer.target.profiles.pull, counterpartyEndpoint), '@type': 'DataAddress' },
  })
  return flow
}

/** Provider, pull: started with an address of its own. */
const providerPull: Opening = async (peer, kind) => {
  const flow = await peer.start(peer.target.profiles.pull, kind)
  await expectOpened(flow, kind, 'STARTED')
  if (kind !== 'async') expectDataAddress('the address of a started pull', flow.answer.body.dataAddress)
  return flow
}

/** Consumer, push: prepared with an address of its own. */
const consumerPush: Opening = async (peer, kind) => {
  const flow = await peer.prepare(peer.target.profiles.push, kind)
  await expectOpened(flow, kind, 'PREPARED')
  if (kind !== 'async') expectDataAddress('the address of a prepared push', flow.answer.body.dataAddress)
  await startedBy(flow, {})
  return flow
}

/** Provider, push: started with the consumer's address. */
const providerPush: Opening = async (peer, kind) => {
  const flow = await peer.start(
    peer.target.profiles.push,
    kind,
    plainAddress(peer.target.profiles.push, counterpartyEndpoint),
  )
  await expectOpened(flow, kind, 'STARTED')
  expectEqual('the address of a started push', flow.answer.body.dataAddress ?? null, null)
  return flow
}

/** What is not done at once is reported when it is. */
async function expectOpened(flow: Flow, kind: FlowKind, done: 'PREPARED' | 'STARTED'): Promise<void> {
  const going = done === 'PREPARED' ? 'PREPARING' : 'STARTING'
  expectEqual('the state in the answer', flow.answer.body.state, kind === 'async' ? going : done)
  if (kind !== 'async') return
  expectEqual('the status of the answer', flow.answer.status, 202)
  expectEqual('whether the answer has a Location', flow.answer.headers.has('location'), true)
  await flow.expectReport(done === 'PREPARED' ? 'prepared' : 'started')
  await flow.expectState(done)
}

async function startedBy(flow: Flow, body: object): Promise<void> {
  expectSuccess('started', await flow.signal('started', body as Readonly<Record<string, unknown>>))
  await flow.expectState('STARTED')
}

/** A signal that leads to a state, and that the final states refuse afterwards. */
async function signalled(
  flow: Flow,
  name: 'suspend' | 'resume' | 'terminate' | 'completed',
  state: string,
): Promise<void> {
  expectSuccess(name, await flow.signal(name))
  await flow.expectState(state)
}

async function terminated(flow: Flow): Promise<void> {
  await signalled(flow, 'terminate', 'TERMINATED')
  expectRefusal('suspend after the end', await flow.signal('suspend'))
  await flow.expectState('TERMINATED')
}

async function suspendedAndResumed(flow: Flow): Promise<void> {
  await signalled(flow, 'suspend', 'SUSPENDED')
  const resumed = await flow.signal('resume')
  expectSuccess('resume', resumed)
  expectEqual('the state in the answer to resume', resumed.body.state, 'STARTED')
  await flow.expectState('STARTED')
}

async function suspendedAndTerminated(flow: Flow): Promise<void> {
  await signalled(flow, 'suspend', 'SUSPENDED')
  await terminated(flow)
}

async function completed(flow: Flow): Promise<void> {
  await signalled(flow, 'completed', 'COMPLETED')
}

/** A finite flow that ends by itself says so. */
async function completesItself(flow: Flow): Promise<void> {
  await flow.expectReport('completed')
  await flow.expectState('COMPLETED')
}

const nothing = async (): Promise<void> => {}

function group(
  name: string,
  open: Opening,
  rows: Readonly<Record<string, readonly [FlowKind, (flow: Flow) => Promise<void>]>>,
): readonly DataPlaneSequence[] {
  return Object.entries(rows).map(([id, [kind, then]]) => ({
    id: `${name}:${id}`,
    run: async (peer) => then(await open(peer, kind)),
  }))
}

/** The 28 sequences of a data plane: both roles, pull and push, and the HTTP profile. */
export const dataPlaneSequences: readonly DataPlaneSequence[] = [
  ...group('DP_C_PULL', consumerPull, {
    '01-01': ['sync', nothing],
    '01-02': ['sync', terminated],
    '02-01': ['sync', suspendedAndResumed],
    '02-02': ['sync', suspendedAndTerminated],
    '03-01': ['finite', completesItself],
    '04-01': ['async', nothing],
  }),
  ...group('DP_P_PULL', providerPull, {
    '01-01': ['sync', completed],
    '01-02': ['sync', terminated],
    '02-01': ['sync', suspendedAndResumed],
    '02-02': ['sync', suspendedAndTerminated],
    '04-01': ['async', nothing],
  }),
  ...group('DP_C_PUSH', consumerPush, {
    '01-01': ['sync', nothing],
    '01-02': ['sync', terminated],
    '02-01': ['sync', suspendedAndResumed],
    '02-02': ['sync', suspendedAndTerminated],
    '03-01': ['sync', completed],
    '04-01': ['async', nothing],
  }),
  ...group('DP_P_PUSH', providerPush, {
    '01-01': ['sync', nothing],
    '01-02': ['sync', terminated],
    '02-01': ['sync', suspendedAndResumed],
    '02-02': ['sync', suspendedAndTerminated],
    '03-01': ['finite', completesItself],
    '04-01': ['async', nothing],
  }),
  ...httpPullSequences,
]

import { randomUUID } from 'node:crypto'
import {
  type Body,
  type ControlPlaneUnderTest,
  call,
  type Reply,
  startControlPlane,
  type TestOptions,
} from './control-plane-under-test.ts'
import { dspMessage, sendDsp } from './counterparty-messages.ts'
import { counterpart, negotiate, processIn, requestTransfer } from './journeys.ts'
import {
  done,
  dspAddress,
  makeDataspace,
  makeParticipant,
  managed,
  type Participant,
  publish,
  testProfile,
  workloadToken,
} from './participants.ts'

export type Command = 'suspend' | 'resume' | 'complete' | 'terminate'
export type Side = 'consumer' | 'provider'

/** Two participants with an agreement between them, and what tests of transfers do with it. */
export interface Trade {
  readonly plane: ControlPlaneUnderTest
  readonly provider: Participant
  readonly consumer: Participant
  /** The consumer's id of the agreement. */
  readonly contractId: string
  /** Its id between both. */
  readonly agreementId: string
  /** Requests a transfer and gives back both ids as soon as the provider has its own. */
  requested(transferType?: string): Promise<Pair>
  /** A transfer that runs on both sides. */
  started(transferType?: string): Promise<Pair>
  /** A request by hand, whose answers go to `callbackAddress`. */
  requestByHand(members?: object): Promise<Reply>
  /** A message by hand from one side about a pair; with the pids of both. */
  send(from: Side, pair: Pair, type: string, members?: object, id?: string | null): Promise<Reply>
  command(side: Side, pair: Pair, command: Command): Promise<Reply>
  /** The side's process once it is in one of the states. */
  reaches(side: Side, pair: Pair, ...states: readonly string[]): Promise<Body>
  read(side: Side, path: string): Promise<Reply>
  steps(side: Side, pair: Pair): Promise<readonly unknown[]>
  /** What a data plane of the side reports. */
  report(side: Side, pair: Pair, name: string, body: object, client?: string): Promise<Reply>
  /** Names of the tasks that the side has left to do about the pair. */
  tasks(side: Side, pair: Pair): Promise<readonly string[]>
  /** Signals that the side's data plane has got about the pair. */
  signals(side: Side, pair: Pair): readonly string[]
}

export interface Pair {
  readonly consumer: string
  readonly provider: string
}

export async function startTrade(options: TestOptions = {}): Promise<Trade> {
  const plane = await startControlPlane(options)
  await makeDataspace(plane)
  const provider = await makeParticipant(plane, 'provider')
  const consumer = await makeParticipant(plane, 'consumer')
  await publish(plane, provider, 'asset-1')
  const contractId = String((await negotiate(plane, consumer, provider, 'asset-1')).contractAgreementId)
  const who = { consumer, provider }
  const read: Trade['read'] = (side, path) =>
    plane.api('GET', `/participants/${who[side].context}${path}`, { token: who[side].token })
  const agreementId = String((await read('consumer', `/contractagreements/${contractId}`)).body.agreementId)
  const reaches: Trade['reaches'] = (side, pair, ...states) =>
    processIn(plane, who[side], 'transferprocesses', pair[side], states)
  const requested: Trade['requested'] = async (transferType) => {
    const id = await requestTransfer(plane, consumer, provider, contractId, transferType)
    await processIn(plane, consumer, 'transferprocesses', id, ['REQUESTED', 'STARTUP_REQUESTED', 'STARTED'])
    const theirs = await counterpart(plane, provider, 'transferprocesses', id)
    return { consumer: id, provider: String(theirs['@id']) }
  }
  return {
    plane,
    provider,
    consumer,
    contractId,
    agreementId,
    requested,
    reaches,
    read,
    started: async (transferType) => {
      const pair = await requested(transferType)
      await reaches('consumer', pair, 'STARTED')
      await reaches('provider', pair, 'STARTED')
      return pair
    },
    requestByHand: (members = {}) =>
      sendDsp(
        plane,
        consumer,
        provider,
        '/transfers/request',
        dspMessage('TransferRequestMessage', {
          consumerPid: `urn:uuid:${randomUUID()}`,
          agreementId,
          format: 'HttpData-PULL',
          callbackAddress: dspAddress(plane, consumer),
          ...members,
        }),
      ),
    send: (from, pair, type, members = {}, id = `urn:uuid:${randomUUID()}`) => {
      const to = from === 'consumer' ? 'provider' : 'consumer'
      const message = dspMessage(type, { providerPid: pair.provider, consumerPid: pair.consumer, ...members }, id)
      return sendDsp(plane, who[from], who[to], `/transfers/${encodeURIComponent(pair[to])}/${paths[type]}`, message)
    },
    command: (side, pair, command) =>
      plane.api('POST', `/participants/${who[side].context}/transferprocesses/${pair[side]}/${command}`, {
        token: who[side].token,
        ...(command === 'suspend' ? { body: managed('SuspendTransfer', { reason: 'Because.' }) } : {}),
        ...(command === 'terminate' ? { body: managed('TerminateTransfer', { reason: 'Because.' }) } : {}),
      }),
    steps: async (side, pair) => {
      const { body } = await done(read(side, `/transferprocesses/${pair[side]}/history`))
      return body.map((step) => (step as Body).to)
    },
    report: async (side, pair, name, body, client = 'data-plane') =>
      call(
        `${plane.signalingUrl}/api/signaling/participants/${who[side].context}/transfers/${pair[side]}/dataflow/${name}`,
        'POST',
        body,
        await workloadToken(plane, client),
      ),
    tasks: async (side, pair) => {
      const database = await plane.database.forService('control_plane', [])
      const rows = await database.system('test.read-tasks', (tx) =>
        tx.rows<{ name: string }>('select name from control_plane.process_task where process_id = $1', [pair[side]]),
      )
      return rows.map(({ name }) => name)
    },
    signals: (side, pair) => plane.plane.signals.filter((one) => one.flowId === pair[side]).map((one) => one.signal),
  }
}

/** Members of a request of our own participant, whose counterparty is at this address. */
export function transferRequest(trade: Trade, counterPartyAddress: string, transferType = 'HttpData-PULL'): object {
  return managed('TransferRequest', {
    counterPartyAddress,
    protocol: testProfile,
    contractId: trade.contractId,
    transferType,
  })
}

const paths: Readonly<Record<string, string>> = {
  TransferStartMessage: 'start',
  TransferCompletionMessage: 'completion',
  TransferSuspensionMessage: 'suspension',
  TransferTerminationMessage: 'termination',
}

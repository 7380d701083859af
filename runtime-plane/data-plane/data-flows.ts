import type { ParticipantContextId } from '@weft/foundation/access'
import type { Transaction } from '@weft/foundation/database'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import {
  checkDataAddress,
  type DataFlowPrepareMessage,
  type DataFlowResumeMessage,
  type DataFlowSignal,
  type DataFlowStartedNotificationMessage,
  type DataFlowStartMessage,
  dpsErrors,
  readHttpAddress,
} from '@weft/protocols/dps'
import type { DataAddress } from '@weft/protocols/dsp'
import { type DataFlow, type GivenAnswer, ownsEndpoint } from './domain/data-flow.ts'
import { dataPlaneErrors } from './domain/errors.ts'
import type { Transport } from './domain/transport.ts'
import { answeredBefore, answerOf, type FlowParts, moveFlow, recordStep } from './flow-steps.ts'
import type { PeerAccess } from './peer-access.ts'
import type { PlaceSecrets } from './place-secrets.ts'
import { insertFlow, lockRunningFlows, readFlow } from './store/data-flows.ts'
import { isEnabled } from './store/participants.ts'

/** Who signals which context. */
export interface Signaller {
  readonly contextId: ParticipantContextId
  /** Who the token speaks for: the client id of a workload, or a control plane with keys of its own. */
  readonly caller: string
  /** Id of the registered control plane that this is; null for the deployment's own. */
  readonly controlPlane: string | null
}

/** The data flows of all participant contexts: one function a signal of DPS, each answering what the flow became. */
export interface DataFlows {
  /** The consumer's side: PREPARED, or PREPARING where the transport needs time (DPS-01). @throws `dps.*`, `data-plane.destination-invalid` */
  prepare(by: Signaller, message: DataFlowPrepareMessage): Promise<GivenAnswer>
  /** The provider's side: STARTED, or STARTING where the transport needs time (DPS-02). @throws `dps.*`, `data-plane.source-invalid` */
  start(by: Signaller, message: DataFlowStartMessage): Promise<GivenAnswer>
  /** @throws `dps.*` */
  started(by: Signaller, flowId: string, message: DataFlowStartedNotificationMessage): Promise<GivenAnswer>
  /** @throws `dps.*` */
  resume(by: Signaller, flowId: string, message: DataFlowResumeMessage): Promise<GivenAnswer>
  /** Suspend, terminate and completed: each ends the running streams and every token before it answers. @throws `dps.*` */
  end(by: Signaller, flowId: string, end: Ending): Promise<GivenAnswer>
  /** @throws `dps.unknown-flow` */
  status(by: Signaller, flowId: string): Promise<DataFlow>
  /** Terminates every flow of a context that leaves. */
  terminateAll(contextId: ParticipantContextId, reason: string): Promise<void>
}

export interface Ending {
  readonly signal: Extract<DataFlowSignal, 'suspend' | 'terminate' | 'complete'>
  readonly messageId: string | undefined
  readonly reason?: string | undefined
}

export interface DataFlowOptions extends FlowParts {
  readonly placeSecrets: PlaceSecrets
  readonly peers: PeerAccess
}

/** A signal to a flow that is there. */
interface FlowSignal {
  readonly kind: DataFlowSignal
  readonly messageId: string | undefined
  readonly reason?: string | undefined
  /** The counterparty's, where the message brings one. */
  readonly address?: DataAddress | undefined
  /** @throws `dps.*` when the message does not suit the flow */
  readonly check?: (flow: DataFlow, transport: Transport) => void
}

/** The data flows over the database. */
export function createDataFlows(options: DataFlowOptions): DataFlows {
  const { database, placeSecrets, peers, transports } = options
  const now = (): Date => new Date(options.clock())

  const transportOf = (profile: string): Transport => {
    const transport = transports.find(profile)
    if (!transport) throw new WeftError(dpsErrors['unsupported-profile'], { field: '/profile' })
    return transport
  }

  /** Adds a flow with its first answer, or gives the answer that the message got before. */
  const open = async (flow: DataFlow, messageId: string, signal: DataFlowSignal): Promise<GivenAnswer> =>
    database.tenant(flow.participantContextId, async (tx) => {
      const before = await answeredBefore(tx, messageId, flow.id, signal)
      if (before) return before
      if (!(await insertFlow(tx, flow, now()))) {
        // A message that was sent twice at the same time finds its other self answered by now.
        const meanwhile = await answeredBefore(tx, messageId, flow.id, signal)
        if (meanwhile) return meanwhile
        // DPS-03.
        throw new WeftError(dpsErrors['flow-exists'], { field: '/processId' })
      }
      return recordStep(options, tx, flow, null, { signal, messageId })
    })

  /** Opens a flow; what it keeps in the vault goes again when the message is refused or was a repeated one. */
  const openWithSecrets = async (
    by: Signaller,
    message: DataFlowPrepareMessage | DataFlowStartMessage,
    peerAddress: DataAddress | undefined,
  ): Promise<GivenAnswer> => {
    const transport = transportOf(message.profile)
    await requireEnabled(options, by)
    const { place, headers } = transport.ownEnd(message)
    const plain: DataFlow = { ...flowOf(by, message), ownEnd: place }
    if (peerAddress) readHttpAddress(message.profile, peerAddress)
    const flow: DataFlow = {
      ...plain,
      state: openingState(plain, transport),
      ownEndSecret: await placeSecrets.keepHeaders(by.contextId, headers),
      peerSecret: peerAddress ? await peers.keep(by.contextId, plain.profile, peerAddress) : null,
    }
    if (flow.ownEndSecret === null && flow.peerSecret === null) return open(flow, message.messageId, signalOf(message))
    let used = false
    try {
      const answer = await open(flow, message.messageId, signalOf(message))
      const stored = await database.tenant(by.contextId, (tx) => readFlow(tx, flow.id))
      used = stored?.ownEndSecret === flow.ownEndSecret && stored.peerSecret === flow.peerSecret
      return answer
    } finally {
      if (!used) for (const name of secretsOf(flow)) await placeSecrets.forget(by.contextId, name)
    }
  }

  /** Before the transaction, since the vault has its own: an address that the transaction then refuses is let go again. */
  const keepAddress = async (by: Signaller, flowId: string, { address }: FlowSignal): Promise<string | null> => {
    const flow = address && (await database.tenant(by.contextId, (tx) => readFlow(tx, flowId)))
    if (!flow || flow.caller !== by.caller || !transports.find(flow.profile)?.carries(flow)) return null
    return isReadable(flow, address) ? peers.keep(by.contextId, flow.profile, address) : null
  }

  const signal = async (by: Signaller, flowId: string, given: FlowSignal): Promise<GivenAnswer> => {
    const { kind, messageId, reason } = given
    const kept = await keepAddress(by, flowId, given)
    let unused = kept
    try {
      return await database.tenant(by.contextId, async (tx) => {
        const flow = await ownFlow(tx, by, flowId, true)
        const before = await answeredBefore(tx, messageId, flowId, kind)
        if (before) return before
        // DPS gives this signal no message id, so one that finds its work done is taken for a repeated one.
        if (kind === 'complete' && flow.state === 'COMPLETED') return answerOf(flow, kind, messageId)
        given.check?.(flow, transportOf(flow.profile))
        const change = kept === null ? {} : { peerSecret: kept }
        const { answer } = await moveFlow(options, tx, flow, { signal: kind, messageId, reason }, change)
        unused = kept === null ? null : flow.peerSecret
        return answer
      })
    } finally {
      await placeSecrets.forget(by.contextId, unused)
    }
  }

  return {
    prepare: async (by, message) => {
      checkDataAddress('prepare', message.profile, undefined)
      return openWithSecrets(by, message, undefined)
    },
    start: async (by, message) => {
      transportOf(message.profile)
      // DPS-04.
      checkDataAddress('start', message.profile, message.dataAddress)
      return openWithSecrets(by, message, message.dataAddress)
    },
    started: (by, flowId, message) =>
      signal(by, flowId, {
        kind: 'notify-started',
        messageId: message.messageId,
        address: message.dataAddress,
        check: (flow, transport) => {
          // DPS-05.
          checkDataAddress('started', flow.profile, message.dataAddress)
          checkAddress(flow, transport, message.dataAddress)
        },
      }),
    resume: (by, flowId, message) =>
      signal(by, flowId, {
        kind: 'resume',
        messageId: message.messageId,
        address: message.dataAddress,
        check: (flow, transport) => {
          // The owner of the endpoint makes the address (4.6).
          if (message.dataAddress && ownsEndpoint(flow)) {
            throw new WeftError(dpsErrors['data-address-forbidden'], { field: '/dataAddress' })
          }
          checkAddress(flow, transport, message.dataAddress)
        },
      }),
    end: (by, flowId, { signal: kind, messageId, reason }) => signal(by, flowId, { kind, messageId, reason }),
    status: (by, flowId) => database.tenant(by.contextId, (tx) => ownFlow(tx, by, flowId)),
    terminateAll: (contextId, reason) =>
      database.tenant(contextId, async (tx) => {
        for (const flow of await lockRunningFlows(tx))
          await moveFlow(options, tx, flow, { signal: 'terminate', reason })
      }),
  }
}

/** Flows of another control plane are answered like unknown ones (DPS-08, DPS-18). @throws `dps.unknown-flow` */
async function ownFlow(tx: Transaction, by: Signaller, flowId: string, lock = false): Promise<DataFlow> {
  const flow = await readFlow(tx, flowId, lock)
  if (flow?.caller !== by.caller) throw new WeftError(dpsErrors['unknown-flow'])
  return flow
}

/** Checks an address of the counterparty. @throws `dps.invalid-data-address` */
function checkAddress(flow: DataFlow, transport: Transport, address: DataAddress | undefined): void {
  if (!address) return
  readHttpAddress(flow.profile, address, transport.demandsRenewal(flow.profile) ? 'required' : 'optional')
}

function isReadable(flow: DataFlow, address: DataAddress): boolean {
  try {
    readHttpAddress(flow.profile, address)
    return true
  } catch {
    return false
  }
}

async function requireEnabled({ database }: DataFlowOptions, by: Signaller): Promise<void> {
  if (!(await database.tenant(by.contextId, isEnabled))) throw new WeftError(dataPlaneErrors['participant-unknown'])
}

function openingState(flow: DataFlow, transport: Transport): DataFlow['state'] {
  if (flow.role === 'provider') return transport.takesTime(flow) ? 'STARTING' : 'STARTED'
  return transport.takesTime(flow) ? 'PREPARING' : 'PREPARED'
}

function signalOf(message: DataFlowPrepareMessage | DataFlowStartMessage): DataFlowSignal {
  return message.type === 'DataFlowStartMessage' ? 'start' : 'prepare'
}

function secretsOf(flow: DataFlow): readonly string[] {
  return [flow.ownEndSecret, flow.peerSecret].filter((name) => name !== null)
}

function flowOf(by: Signaller, message: DataFlowPrepareMessage | DataFlowStartMessage): DataFlow {
  // A data address is found by this id in a path, so it must stay one segment.
  if (/[/\\\s]/.test(message.processId)) {
    throw new WeftError(requestErrors['invalid-field'], {
      field: '/processId',
      message: 'The process id has no slashes or spaces.',
    })
  }
  return {
    participantContextId: by.contextId,
    // DPS-27.
    id: message.processId,
    role: message.type === 'DataFlowStartMessage' ? 'provider' : 'consumer',
    profile: message.profile,
    state: 'INITIALIZED',
    generation: 0,
    renewals: 0,
    ownEnd: null,
    ownEndSecret: null,
    peerSecret: null,
    caller: by.caller,
    controlPlane: by.controlPlane,
    participant: message.participantId,
    counterparty: message.counterPartyId,
    agreementId: message.agreementId,
    datasetId: message.datasetId,
    bytesDelivered: 0,
  }
}

import { setTimeout } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { WeftError } from '../errors/index.ts'
import { clientAddress } from './client-address.ts'
import { httpErrors } from './errors.ts'
import { FairLanes, type LaneLimits, type Leave } from './fair-lanes.ts'
import { createLaneWidth, ownLoad } from './lane-width.ts'
import { type BucketSize, TokenBuckets } from './token-buckets.ts'

/** How much one tenant, or one address without rights, gets of a listener. */
export interface FloodLimits {
  /** Protocol messages to one participant context, for each API. */
  readonly messages: BucketSize
  /** Requests with a token to the APIs of one participant context, for each API. */
  readonly calls: BucketSize
  /** Requests of one public address that were refused for what they were (401, 403, 404). */
  readonly refusals: BucketSize
  /** Of these, in one lane, as many run at a time, those included that wait for somebody else. */
  readonly running: { readonly messages: number; readonly calls: number }
  /** Requests of a crowded lane, one with more than `running`, that are worked on at a time while there is time to spare. */
  readonly width: number
  readonly lanes: LaneLimits
  /** A refusal is held back for so long, in milliseconds: who waits for it sends nothing else. */
  readonly holdMs: number
}

/** Far above what honest use of one participant comes to. */
export const defaultFloodLimits: FloodLimits = {
  messages: { perSecond: 500, burst: 500 },
  calls: { perSecond: 2000, burst: 2000 },
  refusals: { perSecond: 50, burst: 500 },
  running: { messages: 128, calls: 32 },
  width: 16,
  lanes: { waiting: 256, waitingInAll: 512, patienceMs: 5000 },
  holdMs: 1000,
}

/** Longer ids are nobody's; what is made up must not fill the memory. */
const longestId = 64

/** Refusals held back at a time; more are answered at once. */
const mostHeld = 2000

/** A place in the lane, or the milliseconds after which it is worth coming back. */
type Admission =
  | { readonly kind: 'admitted'; readonly leave: Leave }
  | { readonly kind: 'refused'; readonly comeBackInMs: number }

/** Keeps a flood in the lane of whom it is for. */
export interface FloodGate {
  /** Before anything else is looked at: refuses an address that was refused too often. */
  greet(request: FastifyRequest): Admission
  /** Waits for the tenant's turn; who is admitted leaves when the answer is over. */
  admit(request: FastifyRequest): Promise<Admission>
  /** Holds a refusal back, then throws it with the time to come back. @throws `http.too-many-requests` */
  refuse(reply: FastifyReply, comeBackInMs: number): Promise<never>
  /** Counts what became of a request. */
  note(request: FastifyRequest, status: number): void
}

const welcome: Admission = { kind: 'admitted', leave: () => undefined }

/** The gate of one listener. */
export function createFloodGate(limits: FloodLimits): FloodGate {
  const load = ownLoad()
  const { now } = load
  const tenants = { messages: new TokenBuckets(limits.messages), calls: new TokenBuckets(limits.calls) }
  const refusals = new TokenBuckets(limits.refusals)
  const lanes = new FairLanes(limits.lanes, createLaneWidth(limits.width, load), now)
  let held = 0
  return {
    greet: (request) => {
      const address = clientAddress(request.raw)
      const comeBackInMs = address === undefined ? 0 : refusals.waitFor(address, now())
      return comeBackInMs > 0 ? { kind: 'refused', comeBackInMs } : welcome
    },
    admit: async (request) => {
      const key = tenantOf(request)
      if (key === undefined) return welcome
      const kind = request.principal === null ? 'messages' : 'calls'
      const comeBackInMs = tenants[kind].take(key, now())
      if (comeBackInMs > 0) return { kind: 'refused', comeBackInMs }
      const leave = await lanes.enter(key, limits.running[kind])
      return leave ? { kind: 'admitted', leave } : { kind: 'refused', comeBackInMs: 1000 }
    },
    refuse: async (reply, comeBackInMs) => {
      if (held < mostHeld && limits.holdMs > 0) {
        held++
        await setTimeout(limits.holdMs, undefined, { ref: false })
        held--
      }
      reply.header('retry-after', String(Math.max(1, Math.ceil(comeBackInMs / 1000))))
      throw new WeftError(httpErrors['too-many-requests'])
    },
    note: (request, status) => {
      if (status !== 401 && status !== 403 && status !== 404) return
      const address = clientAddress(request.raw)
      if (address !== undefined) refusals.take(address, now())
    },
  }
}

/**
 * The lane of a request: participant context and API. One API may wait for another one of the same tenant, so a lane for
 * both would wait for itself.
 */
function tenantOf(request: FastifyRequest): string | undefined {
  const { participantContextId } = request.params as Readonly<Record<string, string | undefined>>
  if (participantContextId === undefined) return undefined
  return `${participantContextId.slice(0, longestId)} ${request.routeOptions.config.api?.name}`
}

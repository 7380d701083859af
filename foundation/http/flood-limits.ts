import type { FastifyReply, FastifyRequest } from 'fastify'
import { WeftError } from '../errors/index.ts'
import { clientAddress } from './client-address.ts'
import { httpErrors } from './errors.ts'
import { FairLanes, type LaneLimits, type Leave } from './fair-lanes.ts'
import { type BucketSize, TokenBuckets } from './token-buckets.ts'

/** How much one tenant, or one address without rights, gets of a listener. */
export interface FloodLimits {
  /** Requests to one participant context, for each API. */
  readonly tenant: BucketSize
  /** Requests of one public address that were refused for what they were (401, 403, 404). */
  readonly refusals: BucketSize
  readonly lanes: LaneLimits
}

/** Far above what honest use of one participant comes to. */
export const defaultFloodLimits: FloodLimits = {
  tenant: { perSecond: 1000, burst: 2000 },
  refusals: { perSecond: 50, burst: 500 },
  lanes: { running: 128, runningUnderPressure: 4, waiting: 256, patienceMs: 5000 },
}

/** Longer ids are nobody's; what is made up must not fill the memory. */
const longestId = 64

/** Keeps a flood in the lane of whom it is for. */
export interface FloodGate {
  /** Before anything else is looked at. @throws `http.too-many-requests` to an address that was refused too often */
  greet(request: FastifyRequest, reply: FastifyReply): void
  /** Waits for the tenant's turn; the place is free again when the answer is over. @throws `http.too-many-requests` */
  admit(request: FastifyRequest, reply: FastifyReply): Promise<Leave>
  /** Counts what became of a request. */
  note(request: FastifyRequest, status: number): void
}

/** @param pressed whether the process has no time to spare */
export function createFloodGate(limits: FloodLimits, pressed: () => boolean): FloodGate {
  const now = (): number => performance.now()
  const tenants = new TokenBuckets(limits.tenant)
  const refusals = new TokenBuckets(limits.refusals)
  const lanes = new FairLanes(limits.lanes, pressed, now)
  return {
    greet: (request, reply) => {
      const address = clientAddress(request.raw)
      const waitMs = address === undefined ? 0 : refusals.waitFor(address, now())
      if (waitMs > 0) throw comeBack(reply, waitMs)
    },
    admit: async (request, reply) => {
      const key = tenantOf(request)
      if (key === undefined) return () => undefined
      const waitMs = tenants.take(key, now())
      if (waitMs > 0) throw comeBack(reply, waitMs)
      const leave = await lanes.enter(key)
      if (!leave) throw comeBack(reply, 1000)
      return leave
    },
    note: (request, status) => {
      if (status !== 401 && status !== 403 && status !== 404) return
      const address = clientAddress(request.raw)
      if (address !== undefined) refusals.take(address, now())
    },
  }
}

function comeBack(reply: FastifyReply, waitMs: number): WeftError {
  reply.header('retry-after', String(Math.max(1, Math.ceil(waitMs / 1000))))
  return new WeftError(httpErrors['too-many-requests'])
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

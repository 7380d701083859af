import { toWeftError, WeftError } from '@weft/foundation/errors'
import type { OutboundClient, StreamedResponse } from '@weft/foundation/http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { PlaceHeaders } from '../../domain/data-flow.ts'
import { dataPlaneErrors } from '../../domain/errors.ts'
import { beginDelivery, type Delivery } from './delivery.ts'
import { consumerHeaders, sourceRequestHeaders } from './headers.ts'

/** One request for data on its way from the source to the consumer. */
export interface Forwarding {
  /** Ends it at once, with the consumer's connection where the answer has begun. */
  cut(reason: Error): void
  /** Bytes handed to the consumer so far. */
  bytes(): number
  /**
   * Fetches `url` and streams it into the reply. Resolves when the answer is over.
   * @throws a `data-plane.*` error while nothing of the answer has left; after that the connection is destroyed instead
   */
  run(url: string, own: PlaceHeaders): Promise<void>
}

/** How long the source may take for its head, and between two chunks. */
const sourcePatienceMs = 30_000
/** Answers that mean something to the consumer as they are. */
const passedStatuses = new Set([304, 412, 416])

/** Prepares the way of the source's answer into `reply`. */
export function forwardingOf(request: FastifyRequest, reply: FastifyReply, outbound: OutboundClient): Forwarding {
  let delivery: Delivery | undefined
  let cutBy: Error | undefined

  const open = (head: StreamedResponse): Delivery['body'] => {
    if (cutBy) throw cutBy
    if (reply.raw.destroyed) throw new Error('the consumer went away')
    refuseUseless(head)
    const headers = { ...plainHeaders(reply), ...consumerHeaders(head.headers) }
    reply.hijack()
    delivery = beginDelivery(reply.raw, { status: head.status, headers })
    return delivery.body
  }
  return {
    cut: (reason) => {
      cutBy = reason
      delivery?.body.destroy(reason)
    },
    bytes: () => delivery?.bytes() ?? 0,
    run: async (url, own) => {
      const headers = sourceRequestHeaders(request.headers, own)
      try {
        const asked = {
          method: 'GET',
          url,
          headers,
          timeoutMs: sourcePatienceMs,
          purpose: 'data-plane.source',
        } as const
        await outbound.stream(asked, open)
      } catch (error) {
        // Once the head has left there is no way to say what happened but to break the connection.
        if (delivery) delivery.body.destroy()
        else throw cutBy ?? sourceError(error)
      }
    },
  }
}

function refuseUseless(head: StreamedResponse): void {
  if ((head.status >= 200 && head.status < 300) || passedStatuses.has(head.status)) return
  if (head.status === 404 || head.status === 410) throw new WeftError(dataPlaneErrors['source-not-found'])
  throw new WeftError(dataPlaneErrors['source-refused'], { detail: { status: head.status } })
}

/** Ours as they are; whatever else kept the source from answering is one error, its text for our log only. */
function sourceError(thrown: unknown): WeftError {
  if (thrown instanceof WeftError && thrown.code.startsWith('data-plane.')) return thrown
  const known = toWeftError(thrown)
  return new WeftError(dataPlaneErrors['source-unreachable'], { cause: thrown, detail: { code: known.code } })
}

function plainHeaders(reply: FastifyReply): Record<string, string | string[] | number> {
  const headers: Record<string, string | string[] | number> = {}
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) headers[name] = value
  return headers
}

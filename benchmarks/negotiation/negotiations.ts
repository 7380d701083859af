import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { dataspaceProfile, managementContext, type Offer, type Organisation } from '@weft/sdk/demo'

/** How a negotiation stood on one side when it was looked at last. */
interface Side {
  readonly state: string
  /** Milliseconds since the epoch, by the clock of the side, which is this machine's. */
  readonly at: number
}

/** What became of negotiations that were begun together. */
export interface Outcome {
  /** From the request to FINALIZED on both sides, in milliseconds, of those that ended so. */
  readonly times: readonly number[]
  readonly failed: number
  /** Those whose sides have different ends. */
  readonly different: number
  /** From the first request to the last end, in milliseconds. */
  readonly wallMs: number
}

const deadlineMs = 120_000
const final: readonly string[] = ['FINALIZED', 'TERMINATED']

/** Negotiates `count` times for one offer, at most `inFlight` at once, and looks at both sides afterwards. */
export async function negotiateMany(
  consumer: Organisation,
  provider: Organisation,
  offer: Offer,
  count: number,
  inFlight: number,
): Promise<Outcome> {
  const began = new Map<string, number>()
  const ended = new Map<string, Side>()
  let left = count
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      const id = randomUUID()
      began.set(id, Date.now())
      await request(consumer, provider, offer, id)
      ended.set(id, await ourEnd(consumer, id, inFlight === 1 ? 5 : 500))
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  const theirs = await providersEnds(provider, count)
  return judge(began, ended, theirs)
}

function judge(
  began: ReadonlyMap<string, number>,
  ended: ReadonlyMap<string, Side>,
  theirs: ReadonlyMap<string, Side>,
): Outcome {
  const times: number[] = []
  let failed = 0
  let different = 0
  let last = 0
  for (const [id, start] of began) {
    const [ours, other] = [ended.get(id), theirs.get(id)]
    if (ours?.state !== 'FINALIZED') failed += 1
    else if (other?.state !== ours.state) different += 1
    else times.push(Math.max(ours.at, other.at) - start)
    last = Math.max(last, ours?.at ?? 0, other?.at ?? 0)
  }
  return { times, failed, different, wallMs: last - Math.min(...began.values()) }
}

async function request(consumer: Organisation, provider: Organisation, offer: Offer, id: string): Promise<void> {
  await consumer.apis.management.call('POST /participants/{participantContextId}/contractnegotiations', {
    path: { participantContextId: consumer.participantContextId },
    body: {
      '@context': [managementContext],
      '@type': 'ContractRequest',
      '@id': id,
      counterPartyAddress: provider.dspAddress,
      protocol: dataspaceProfile,
      policy: { ...offer.policy, '@type': 'Offer', assigner: provider.did, target: offer.assetId },
    },
  })
}

async function ourEnd(consumer: Organisation, id: string, everyMs: number): Promise<Side> {
  const end = Date.now() + deadlineMs
  for (;;) {
    await pause(everyMs)
    const { body } = await consumer.apis.management.call(
      'GET /participants/{participantContextId}/contractnegotiations/{id}',
      { path: { participantContextId: consumer.participantContextId, id } },
    )
    const side = { state: body.state, at: body.stateTimestamp }
    if (final.includes(body.state) || Date.now() > end) return side
  }
}

/** The provider's newest negotiations by the consumer's process id; waits until none is under way. */
async function providersEnds(provider: Organisation, count: number): Promise<ReadonlyMap<string, Side>> {
  const end = Date.now() + deadlineMs
  for (;;) {
    const sides = await providersSides(provider, count)
    if (Date.now() > end || [...sides.values()].every(({ state }) => final.includes(state))) return sides
    await pause(50)
  }
}

async function providersSides(provider: Organisation, count: number): Promise<ReadonlyMap<string, Side>> {
  const page = 100
  const sides = new Map<string, Side>()
  for (let offset = 0; offset < count; offset += page) {
    const { body } = await provider.apis.management.call(
      'POST /participants/{participantContextId}/contractnegotiations/request',
      {
        path: { participantContextId: provider.participantContextId },
        body: {
          '@context': [managementContext],
          '@type': 'QuerySpec',
          sortField: 'createdAt',
          sortOrder: 'DESC',
          offset,
          limit: Math.min(page, count - offset),
        },
      },
    )
    for (const one of body) {
      const side = { state: one.state, at: one.stateTimestamp }
      sides.set(one.correlationId ?? '', side)
    }
  }
  return sides
}

import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  agree,
  type FileSource,
  findOffer,
  type Offer,
  type Organisation,
  publish,
  serveFile,
  startTransfer,
} from '@weft/sdk/demo'
import { startDeployments } from '../deployments.ts'
import {
  atLeast,
  atMost,
  type BenchResult,
  type Figure,
  median,
  onThisMachine,
  percentile,
  reported,
} from '../result.ts'
import { measureContexts } from './contexts.ts'
import { measureCredentials } from './credentials.ts'
import { negotiateMany } from './negotiations.ts'

const sequential = 100
const warmUps = 30
const concurrent = 1000
const inFlight = 100
const transfers = 50

/** Negotiations and transfers with DCP on every message, on PostgreSQL, within one platform and between two. */
export function measureNegotiation(): Promise<BenchResult> {
  return onThisMachine('negotiation', sequential, 'PostgreSQL', async () => {
    const file = join(tmpdir(), `weft-bench-${process.pid}.txt`)
    writeFileSync(file, 'what is traded')
    const source = await serveFile(file)
    try {
      return [...(await onOnePlatform(source)), ...(await betweenTwo(source))]
    } finally {
      await source.close()
    }
  })
}

async function onOnePlatform(source: FileSource): Promise<Figure[]> {
  const { all, outbound, stop } = await startDeployments(1, [source.origin])
  try {
    const [here] = all
    if (!here) throw new Error('the bench needs a platform')
    const provider = await here.onboard('Bench Provider')
    const consumer = await here.onboard('Bench Consumer')
    const offer = await findOffer(consumer, provider, await publish(provider, source))
    return [
      ...(await measurePair('one platform', consumer, provider, offer)),
      ...(await measureCredentials(here, await here.onboard('Bench Holder'))),
      ...(await measureContexts(here, outbound, consumer, provider, offer)),
    ]
  } finally {
    await stop()
  }
}

async function betweenTwo(source: FileSource): Promise<Figure[]> {
  const { all, stop } = await startDeployments(2, [source.origin])
  try {
    const [here, there] = all
    if (!here || !there) throw new Error('the bench needs two platforms')
    const provider = await here.onboard('Bench Provider')
    const consumer = await there.onboard('Bench Consumer')
    const offer = await findOffer(consumer, provider, await publish(provider, source))
    return await measurePair('two platforms', consumer, provider, offer)
  } finally {
    await stop()
  }
}

async function measurePair(
  where: string,
  consumer: Organisation,
  provider: Organisation,
  offer: Offer,
): Promise<Figure[]> {
  await negotiateMany(consumer, provider, offer, warmUps, 1)
  const one = await negotiateMany(consumer, provider, offer, sequential, 1)
  const many = await negotiateMany(consumer, provider, offer, concurrent, inFlight)
  const started = await transferTimes(consumer, provider, offer)
  return [
    atMost(`${where}: request to FINALIZED on both sides, p50`, 'ms', median(one.times), 60),
    atMost(`${where}: request to FINALIZED on both sides, p99`, 'ms', percentile(one.times, 0.99), 150),
    atMost(`${where}: of ${concurrent} with ${inFlight} in flight, failed`, '', many.failed + one.failed, 0),
    atMost(`${where}: of these, different on the two sides`, '', many.different + one.different, 0),
    atLeast(`${where}: rate`, '/s', many.times.length / (many.wallMs / 1000), 60),
    reported(`${where}: with ${inFlight} in flight, p95`, 'ms', percentile(many.times, 0.95)),
    atMost(`${where}: transfer request to STARTED, p50`, 'ms', median(started), 40),
  ]
}

/** From the request to STARTED at the consumer, by the time that its own record has. */
async function transferTimes(consumer: Organisation, provider: Organisation, offer: Offer): Promise<readonly number[]> {
  const agreement = await agree(consumer, provider, offer, randomUUID())
  const times: number[] = []
  for (let run = 0; run < transfers; run += 1) {
    const began = Date.now()
    const { transferId } = await startTransfer(consumer, provider, agreement, randomUUID())
    const { body } = await consumer.apis.management.call(
      'GET /participants/{participantContextId}/transferprocesses/{id}',
      { path: { participantContextId: consumer.participantContextId, id: transferId } },
    )
    times.push(body.stateTimestamp - began)
  }
  return times
}

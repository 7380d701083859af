import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dataspaceProfile, managementContext, type Organisation, publish, serveFile } from '@weft/sdk/demo'
import { startDeployments } from '../deployments.ts'
import { inFlight } from '../in-flight.ts'
import { residentMiB } from '../main-job/platform-process.ts'
import { atMost, type BenchResult, type Figure, median, onThisMachine, percentile, reported } from '../result.ts'

const runs = 50
const manyRuns = 10
/** Until compiled code and the heap are as they stay. */
const warmUps = 40
const manyWarmUps = 10
const someOffers = 1000
const manyOffers = 10_000
const limit = 16
const parallel = 16
const parallelRequests = 400

/** Catalogs with DCP on PostgreSQL: the time for a thousand offers, the memory for ten thousand. */
export function measureCatalog(): Promise<BenchResult> {
  return onThisMachine('catalog', runs, 'PostgreSQL', async () => {
    const file = join(tmpdir(), `weft-bench-${process.pid}.txt`)
    writeFileSync(file, 'what is offered')
    const source = await serveFile(file)
    const deployments = await startDeployments(1, [source.origin])
    try {
      const [deployment] = deployments.all
      if (!deployment) throw new Error('the bench needs a platform')
      const provider = await deployment.onboard('Bench Provider')
      const consumer = await deployment.onboard('Bench Consumer')
      await publish(provider, source)
      const rate = await measureRate(consumer, provider)
      await publishMany(provider, 0, someOffers)
      await measure(consumer, provider, someOffers, warmUps)
      const small = await measure(consumer, provider, someOffers, runs)
      await publishMany(provider, someOffers, manyOffers)
      // Garbage is left lying while the heap is smaller than V8 lets it become; only past that does growth say that something is kept.
      const cold = residentMiB(deployment.runtimePid)
      await measure(consumer, provider, manyOffers, manyWarmUps)
      const warm = residentMiB(deployment.runtimePid)
      const large = await measure(consumer, provider, manyOffers, manyRuns)
      const after = residentMiB(deployment.runtimePid)
      return [
        atMost(`${someOffers} offers, p50`, 'ms', median(small), 40),
        reported(`${someOffers} offers, p95`, 'ms', percentile(small, 0.95)),
        reported(`${manyOffers} offers, all pages, p50`, 'ms', median(large)),
        atMost(`${manyOffers} offers, more memory of the runtime once it is warm`, 'MiB', after - warm, 64),
        reported(`${manyOffers} offers, more memory of the runtime from cold`, 'MiB', after - cold),
        ...rate,
      ]
    } finally {
      await deployments.stop()
      await source.close()
    }
  })
}

async function publishMany({ apis, participantContextId }: Organisation, from: number, to: number): Promise<void> {
  const path = { participantContextId }
  const context = { '@context': [managementContext] }
  await inFlight(to - from, limit, async (number) => {
    await apis.management.call('POST /participants/{participantContextId}/assets', {
      path,
      body: {
        ...context,
        '@type': 'Asset',
        '@id': `bench-${from + number}`,
        properties: { name: `Series ${from + number}`, contenttype: 'text/csv', description: 'One of many.' },
        dataAddress: { '@type': 'DataAddress', type: 'HttpData', baseUrl: 'https://data.example/series' },
      },
    })
  })
  if (from > 0) return
  await apis.management.call('POST /participants/{participantContextId}/contractdefinitions', {
    path,
    body: {
      ...context,
      '@type': 'ContractDefinition',
      '@id': 'many',
      accessPolicyId: 'every-participant',
      contractPolicyId: 'members-only',
      assetsSelector: [
        {
          '@type': 'Criterion',
          operandLeft: 'https://w3id.org/edc/v0.0.1/ns/id',
          operator: 'like',
          operandRight: 'bench-%',
        },
      ],
    },
  })
}

/** Reads the whole catalog through the consumer's management API, page by page. */
async function read(consumer: Organisation, provider: Organisation, offers: number): Promise<void> {
  const page = 500
  let seen = 0
  for (let offset = 0; offset < offers; offset += page) {
    const { body } = await consumer.apis.management.call('POST /participants/{participantContextId}/catalog/request', {
      path: { participantContextId: consumer.participantContextId },
      body: {
        '@context': [managementContext],
        '@type': 'CatalogRequest',
        counterPartyAddress: provider.dspAddress,
        counterPartyId: provider.did,
        protocol: dataspaceProfile,
        querySpec: { '@type': 'QuerySpec', offset, limit: page },
      },
    })
    seen += ((body.dataset ?? []) as readonly unknown[]).length
  }
  if (seen < offers) throw new Error(`the catalog has ${seen} of ${offers} offers`)
}

async function measure(
  consumer: Organisation,
  provider: Organisation,
  offers: number,
  times: number,
): Promise<readonly number[]> {
  const milliseconds: number[] = []
  while (milliseconds.length < times) {
    const began = performance.now()
    await read(consumer, provider, offers)
    milliseconds.push(performance.now() - began)
  }
  return milliseconds
}

/** Catalog requests in a second with many in flight: each is one self-issued token, one presentation, verified. */
async function measureRate(consumer: Organisation, provider: Organisation): Promise<Figure[]> {
  await inFlight(parallel, parallel, () => read(consumer, provider, 1))
  const began = performance.now()
  await inFlight(parallelRequests, parallel, () => read(consumer, provider, 1))
  const seconds = (performance.now() - began) / 1000
  return [reported('presentations queried and verified', '/s', parallelRequests / seconds)]
}

import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { OutboundClient } from '@weft/foundation/http'
import { agree, download, findOffer, publish, serveFile, startTransfer } from '@weft/sdk/demo'
import { atMost, type Figure, median, percentile, reported } from '../result.ts'
import type { Onboarded } from './onboarding.ts'

const warmUps = 5
const catalogs = 100
const negotiations = 50
const transfers = 50

/** Catalog, negotiation and transfer, one after another, both sides on the one platform, DCP on every message. */
export async function measureTrade({ provider, consumer }: Onboarded, outbound: OutboundClient): Promise<Figure[]> {
  const file = join(tmpdir(), `weft-bench-${process.pid}.txt`)
  writeFileSync(file, 'first byte')
  const source = await serveFile(file, 7151)
  try {
    const assetId = await publish(provider, source)
    const offer = await findOffer(consumer, provider, assetId)
    const catalog = await timesOf(catalogs, () => findOffer(consumer, provider, assetId))
    const agreements: string[] = []
    const negotiation = await timesOf(negotiations, async (run) => {
      const id = `bench-${process.pid}-${run}`
      agreements.push(await agree(consumer, provider, offer, id))
      await finalizedAtProvider(provider, consumer.did, id)
    })
    const transfer = await timesOf(transfers, async (run) => {
      const agreement = agreements[run % agreements.length] ?? ''
      const started = await startTransfer(consumer, provider, agreement, `bench-transfer-${process.pid}-${run}`)
      await download(started.address, `${file}.received`, outbound)
    })
    return [
      atMost('catalog with full DCP, p50', 'ms', median(catalog), 60),
      atMost('negotiation request to FINALIZED on both sides, p50', 'ms', median(negotiation), 250),
      reported('negotiation, p95', 'ms', percentile(negotiation, 0.95)),
      atMost('transfer request to first byte, p50', 'ms', median(transfer), 200),
    ]
  } finally {
    await source.close()
    for (const left of [file, `${file}.received`]) rmSync(left, { force: true })
  }
}

/** The provider's record has reached its end too: the newest one of this consumer. */
async function finalizedAtProvider(provider: Onboarded['provider'], consumerDid: string, run: string): Promise<void> {
  const deadline = Date.now() + 10_000
  for (;;) {
    const { body } = await provider.apis.management.call(
      'POST /participants/{participantContextId}/contractnegotiations/request',
      {
        path: { participantContextId: provider.participantContextId },
        body: {
          '@context': ['https://w3id.org/edc/connector/management/v2'],
          '@type': 'QuerySpec',
          limit: 1,
          sortField: 'createdAt',
          sortOrder: 'DESC',
          filterExpression: [
            { '@type': 'Criterion', operandLeft: 'counterPartyId', operator: '=', operandRight: consumerDid },
          ],
        },
      },
    )
    if (body[0]?.state === 'FINALIZED') return
    if (Date.now() > deadline) throw new Error(`the provider did not finalize ${run}`)
  }
}

async function timesOf(runs: number, work: (run: number) => Promise<unknown>): Promise<number[]> {
  const times: number[] = []
  for (let run = -warmUps; run < runs; run += 1) {
    const began = performance.now()
    await work(run + warmUps)
    if (run >= 0) times.push(performance.now() - began)
  }
  return times
}

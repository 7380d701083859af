import { createServer } from 'node:http'
import { Writable } from 'node:stream'
import type { OutboundClient } from '@weft/foundation/http'
import { agree, type DataAddress, findOffer, type Organisation, startTransfer } from '@weft/sdk/demo'
import { atMost, type Figure, reported } from '../result.ts'
import type { Onboarded } from './onboarding.ts'

const mebibyte = 2 ** 20
const warmUpBytes = 64 * mebibyte
const fullBytes = 1024 * mebibyte
const sampleEveryMs = 20

/** 1 GiB through the data plane: how far its process's memory rises above what it was after a warm-up of 64 MiB. */
export async function measureDownload(
  { provider, consumer }: Onboarded,
  memory: () => number,
  outbound: OutboundClient,
): Promise<Figure[]> {
  const source = await serveZeros(7151)
  try {
    const small = await addressOf(provider, consumer, `http://localhost:7151/${warmUpBytes}`, 'small')
    const large = await addressOf(provider, consumer, `http://localhost:7151/${fullBytes}`, 'large')
    await drain(small, outbound)
    const before = memory()
    let peak = before
    const sampler = setInterval(() => {
      peak = Math.max(peak, memory())
    }, sampleEveryMs)
    const began = performance.now()
    const bytes = await drain(large, outbound).finally(() => clearInterval(sampler))
    const seconds = (performance.now() - began) / 1000
    if (bytes !== fullBytes) throw new Error(`${bytes} of ${fullBytes} bytes arrived`)
    return [
      atMost('memory above the warm level during 1 GiB', 'MiB', peak - before, 64),
      reported('1 GiB through the data plane', 'MiB/s', fullBytes / mebibyte / seconds),
    ]
  } finally {
    await source.close()
  }
}

/** A source that makes as many bytes as its path says. */
async function serveZeros(port: number): Promise<{ close(): Promise<void> }> {
  const chunk = Buffer.alloc(256 * 1024)
  const server = createServer((request, response) => {
    let left = Number(request.url?.slice(1))
    response.setHeader('content-length', left)
    const fill = () => {
      while (left > 0) {
        const part = left >= chunk.length ? chunk : chunk.subarray(0, left)
        left -= part.length
        if (!response.write(part)) return response.once('drain', fill)
      }
      return response.end()
    }
    fill()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

async function addressOf(
  provider: Organisation,
  consumer: Organisation,
  url: string,
  name: string,
): Promise<DataAddress> {
  const path = { participantContextId: provider.participantContextId }
  const context = ['https://w3id.org/edc/connector/management/v2']
  const { management } = provider.apis
  await management.call('POST /participants/{participantContextId}/assets', {
    path,
    body: {
      '@context': context,
      '@type': 'Asset',
      '@id': name,
      properties: { name },
      dataAddress: { '@type': 'DataAddress', type: 'HttpData', baseUrl: url },
    },
  })
  await management.call('POST /participants/{participantContextId}/contractdefinitions', {
    path,
    body: {
      '@context': context,
      '@type': 'ContractDefinition',
      '@id': name,
      accessPolicyId: 'every-participant',
      contractPolicyId: 'members-only',
      assetsSelector: [
        { '@type': 'Criterion', operandLeft: 'https://w3id.org/edc/v0.0.1/ns/id', operator: '=', operandRight: name },
      ],
    },
  })
  const agreement = await agree(consumer, provider, await findOffer(consumer, provider, name), `bench-${name}`)
  return (await startTransfer(consumer, provider, agreement, `bench-transfer-${name}`)).address
}

async function drain({ endpoint, authorization }: DataAddress, outbound: OutboundClient): Promise<number> {
  let bytes = 0
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      done()
    },
  })
  const head = await outbound.stream(
    { method: 'GET', url: endpoint, headers: { authorization: `Bearer ${authorization}` }, purpose: 'bench.download' },
    () => sink,
  )
  if (head.status !== 200) throw new Error(`the data plane answered ${head.status}`)
  return bytes
}

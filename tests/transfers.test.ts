import { randomUUID } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTradingPlatform, type TradingPlatform } from './platform/trading-platform.ts'

let trading: TradingPlatform
let destination: Server
let url: string
let taken: { readonly method: string; readonly headers: IncomingHttpHeaders; readonly text: string }[] = []

beforeAll(async () => {
  destination = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    taken.push({ method: request.method ?? '', headers: request.headers, text })
    response.end()
  })
  await new Promise<void>((resolve) => destination.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(destination.address() as AddressInfo).port}`
  trading = await startTradingPlatform([url])
})

afterAll(async () => {
  await trading?.stop()
  destination.closeAllConnections()
  destination.close()
})

/** Asks for the data under the agreement of the two organisations, and waits until both sides have completed. */
async function transfer(transferType: string): Promise<void> {
  const { consumer, provider, agreementId } = trading
  const id = randomUUID()
  const path = { participantContextId: consumer.participantContextId }
  const dataDestination = { type: 'HttpData', baseUrl: `${url}/store`, 'header:X-Key': 'of-the-destination' }
  await consumer.apis.management.call('POST /participants/{participantContextId}/transferprocesses', {
    path,
    body: {
      '@context': ['https://w3id.org/edc/connector/management/v2'],
      '@type': 'TransferRequest',
      '@id': id,
      counterPartyAddress: provider.dspAddress,
      protocol: 'http-dsp-profile-2025-1',
      contractId: agreementId,
      transferType,
      dataplaneMetadata: { properties: { dataDestination } },
    },
  })
  const deadline = Date.now() + 60_000
  for (;;) {
    const { body } = await consumer.apis.management.call(
      'GET /participants/{participantContextId}/transferprocesses/{id}',
      { path: { ...path, id } },
    )
    if (body.state === 'COMPLETED') return
    if (Date.now() > deadline) throw new Error(`the transfer is ${body.state}: ${body.errorCode} ${body.errorDetail}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

it.each([
  'HttpData-PUSH',
  'https://w3id.org/dspace-sig/profile/http-push',
  'HttpData-PULL',
  'https://w3id.org/dspace-sig/profile/http-pull',
])('DPS-11: %s brings the data to the destination that the consumer named, and both sides complete', async (type) => {
  taken = []
  await transfer(type)
  expect(taken).toMatchObject([{ method: 'POST', text: 'what is shared', headers: { 'x-key': 'of-the-destination' } }])
})

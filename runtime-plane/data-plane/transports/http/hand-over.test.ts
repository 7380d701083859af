import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { createOutboundClient, type OutboundClient } from '@weft/foundation/http'
import { createLogger } from '@weft/foundation/telemetry'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Ends } from '../../testing/ends.ts'
import { handOver } from './pump.ts'

let ends: Ends
let outbound: OutboundClient

beforeAll(async () => {
  ends = await Ends.start()
  const logger = createLogger({ component: 'test', level: 'silent' })
  outbound = createOutboundClient({ allowedOrigins: [ends.destination.url], logger })
})
afterAll(async () => {
  await outbound.close()
  await ends.close()
})

test('a sender that is gone before its body is looked at is waited for no longer, and nothing is delivered', async () => {
  const body = new PassThrough()
  body.write('a part')
  body.destroy()
  await once(body, 'close')
  const to = { url: ends.destination.url, method: 'POST', headers: {} } as const
  const delivery = handOver(outbound, { body, contentType: 'text/csv' }, { to, signal: new AbortController().signal })
  await expect(delivery).rejects.toMatchObject({ code: 'data-plane.destination-unavailable' })
  expect(ends.taken.filter(({ whole }) => whole)).toEqual([])
})

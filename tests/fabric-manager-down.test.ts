import { databaseKey } from '@weft/foundation/database'
import { createPostgresqlMessaging, type Message, type Messaging } from '@weft/foundation/messaging'
import { createLogger } from '@weft/foundation/telemetry'
import { agree, findOffer, startTransfer } from '@weft/sdk/demo'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTradingPlatform, type TradingPlatform } from './platform/trading-platform.ts'

let trading: TradingPlatform
let messaging: Messaging

beforeAll(async () => {
  trading = await startTradingPlatform()
  await trading.platform.stopFabricManager()
  messaging = await createPostgresqlMessaging({
    database: trading.platform.assembly('runtime').service(databaseKey),
    logger: createLogger({ component: 'test', level: 'silent' }),
  })
})

afterAll(async () => {
  await messaging?.close()
  await trading?.stop()
})

describe('with the whole fabric manager stopped', () => {
  it('participants negotiate and transfer, and nobody takes its messages meanwhile', async () => {
    const { provider, consumer } = trading
    const queue = { durable: 'provision-manager-request', subject: 'fabric.orchestration.request' }
    await messaging.publish(queue.subject, { left: 'lying' }, { dedupeKey: 'left-lying' })

    const offer = await findOffer(consumer, provider, 'parts-footprint')
    const agreement = await agree(consumer, provider, offer, 'without-fabric')
    const { address } = await startTransfer(consumer, provider, agreement, 'transfer-without-fabric')
    expect(address.authorization).not.toBe('')

    const taken = await new Promise<Message>((resolve) => {
      void messaging.consume(queue, async (message) => {
        resolve(message)
        return { kind: 'ack' }
      })
    })
    expect(taken).toMatchObject({ body: { left: 'lying' }, delivery: 1 })
  })

  it('its ports refuse connections', async () => {
    const { adminUrl } = trading.platform.fabric
    const call = trading.outbound.send({
      method: 'GET',
      url: `${adminUrl}/api/tm/v1alpha1/tenants`,
      purpose: 'test.down',
    })
    await expect(call).rejects.toMatchObject({ code: 'outbound.unreachable' })
  })
})

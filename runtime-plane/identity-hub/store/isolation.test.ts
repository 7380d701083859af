import { expectTenantIsolation } from '@weft/foundation/database-testing'
import { parseDid } from '@weft/protocols/trust'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { provisioner, startTestHub, type TestHub } from '../testing/hub.ts'
import { issueTo } from '../testing/issuance.ts'
import { keepOffer } from './offers.ts'
import { claimToken } from './seen-tokens.ts'

let hub: TestHub

beforeAll(async () => {
  hub = await startTestHub()
})
afterAll(async () => await hub.stop())

const issuer = parseDid('did:web:example.com:issuer')

function useOf(jti: string, expiresInMs: number) {
  return { receiver: issuer, issuer, jti, expiresAt: new Date(Date.now() + expiresInMs) }
}

it('X-01: no table of the hub lets a context see or touch rows of another, and none keeps rows of a removed one', async () => {
  const fake = await hub.others.issuer('issuer')
  const contexts = [await hub.participant(), await hub.participant()] as const
  for (const participant of contexts) {
    await issueTo(hub, participant, fake, ['MembershipCredential'])
    const offer = { issuer, credentials: [{ id: 'a' }] }
    await hub.database.tenant(participant.id, async (tx) => {
      await keepOffer(tx, participant.id, useOf('o', 1000), offer, Date.now())
      // The hub publishes no events; the engine's table for them is there.
      await tx.run(
        `insert into identity_hub.outbox (id, participant_context_id, subject, body)
         values (gen_random_uuid(), $1, 'test', '{}')`,
        [participant.id],
      )
    })
  }
  const tables = await expectTenantIsolation(hub.database, [contexts[0].id, contexts[1].id])
  expect(tables).toEqual(
    expect.arrayContaining([
      'credential_request',
      'held_credential',
      'key_pair',
      'participant',
      'received_offer',
      'seen_token',
    ]),
  )

  const [removed, kept] = contexts
  expect((await hub.admin(provisioner, 'DELETE', `/participants/${removed.id}`)).status).toBe(204)
  for (const table of tables) {
    const rowsOf = (id: typeof kept.id) =>
      hub.database.tenant(id, (tx) => tx.rows(`select 1 from identity_hub.${table}`))
    expect(await rowsOf(removed.id), table).toHaveLength(0)
    expect(await rowsOf(kept.id), table).not.toHaveLength(0)
  }
})

describe('DCP-10: remembering tokens', () => {
  it('a jti is claimed once for a receiver and a sender', async () => {
    const { id } = await hub.participant()
    const claim = () => hub.database.tenant(id, (tx) => claimToken(tx, id, useOf('once', 60_000), Date.now()))
    expect((await Promise.all([claim(), claim(), claim()])).toSorted()).toEqual([false, false, true])
    const other = await hub.participant()
    expect(
      await hub.database.tenant(other.id, (tx) => claimToken(tx, other.id, useOf('once', 60_000), Date.now())),
    ).toBe(true)
  })

  it('expired ones are forgotten with the traffic, living ones stay', async () => {
    const { id } = await hub.participant()
    await hub.database.tenant(id, async (tx) => {
      for (let n = 0; n < 10; n++) await claimToken(tx, id, useOf(`old-${n}`, -1000), Date.now() - 10_000)
      await claimToken(tx, id, useOf('living', 60_000), Date.now() - 10_000)
      for (let n = 0; n < 5; n++) await claimToken(tx, id, useOf(`new-${n}`, 60_000), Date.now())
      const rows = await tx.rows<{ jti: string }>('select jti from identity_hub.seen_token order by jti')
      expect(rows.map((row) => row.jti)).toEqual(['living', 'new-0', 'new-1', 'new-2', 'new-3', 'new-4'])
      expect(await claimToken(tx, id, useOf('living', 60_000), Date.now())).toBe(false)
    })
  })
})

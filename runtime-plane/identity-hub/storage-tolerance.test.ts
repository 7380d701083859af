import { randomUUID } from 'node:crypto'
import { dcpContext } from '@weft/protocols/dcp'
import { signJwt } from '@weft/protocols/trust'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FakeIssuer } from './testing/fake-counterparty.ts'
import { ownerOf, startTestHub, type TestHub, type TestParticipant } from './testing/hub.ts'
import { askFor, issueTo, untilStatus } from './testing/issuance.ts'

let strict: TestHub
let tolerant: TestHub

beforeAll(async () => {
  strict = await startTestHub()
  tolerant = await startTestHub({ trust: { relationships: 'optional', looseCredentialShape: true } })
})
afterAll(async () => {
  await strict.stop()
  await tolerant.stop()
})

/** An issuer whose document lists its key under no relationship, as kits and stock hubs of partners have it. */
async function looseIssuer(hub: TestHub): Promise<FakeIssuer> {
  const name = `loose-${randomUUID()}`
  const issuer = await hub.others.issuer(name)
  const document = (await (await fetch(`${hub.others.origin}/${name}/did.json`)).json()) as Record<string, unknown>
  const { authentication: _a, assertionMethod: _b, capabilityInvocation: _c, ...bare } = document
  hub.others.publish(name, bare)
  return issuer
}

/** A credential as release candidate 6 of the kit writes it. */
async function looseCredential(issuer: FakeIssuer, holder: TestParticipant, type: string): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  const id = `urn:uuid:${randomUUID()}`
  const vc = {
    '@context': [id],
    id,
    type: [type],
    issuer: issuer.did,
    issuanceDate: new Date(now * 1000).toISOString(),
    expirationDate: new Date((now + 600) * 1000).toISOString(),
    credentialSubject: { id: holder.did, foo: 'bar' },
  }
  return await signJwt({ iss: issuer.did, sub: id, jti: id, nbf: now, exp: now + 300, vc }, issuer.key, 'JWT')
}

async function store(issuer: FakeIssuer, holder: TestParticipant, holderPid: string, payload: string) {
  const container = { credentialType: 'MembershipCredential', payload, format: 'VC1_0_JWT' }
  return await fetch(`${holder.credentialService}/credentials`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await issuer.token(holder.did)}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      '@context': [dcpContext],
      type: 'CredentialMessage',
      issuerPid: randomUUID(),
      holderPid,
      requestId: randomUUID(),
      status: 'ISSUED',
      credentials: [container],
    }),
  })
}

async function rawOf(hub: TestHub, holder: TestParticipant): Promise<string[]> {
  const answer = await hub.admin(ownerOf(holder.id), 'GET', `/participants/${holder.id}/credentials`)
  const list = (await answer.json()) as { verifiableCredential: { rawVc: string } }[]
  return list.map((one) => one.verifiableCredential.rawVc)
}

describe('DCP-40: what the trust setting of the hub relaxes', () => {
  it('a kit that writes credentials loosely delivers again and again for one request; the last delivery is held', async () => {
    const issuer = await looseIssuer(tolerant)
    const holder = await tolerant.participant()
    const holderPid = await askFor(tolerant, holder, issuer, ['MembershipCredential'])
    await untilStatus(tolerant, holder, holderPid, 'REQUESTED')
    for (let time = 0; time < 3; time++) {
      const payload = await looseCredential(issuer, holder, 'MembershipCredential')
      const answer = await store(issuer, holder, holderPid, payload)
      expect(answer.status, await answer.text()).toBe(200)
      expect(await rawOf(tolerant, holder)).toEqual([payload])
    }
  })

  it('nothing of it without the setting', async () => {
    const issuer = await looseIssuer(strict)
    const holder = await strict.participant()
    const holderPid = await askFor(strict, holder, issuer, ['MembershipCredential'])
    await untilStatus(strict, holder, holderPid, 'REQUESTED')
    const payload = await looseCredential(issuer, holder, 'MembershipCredential')
    expect((await store(issuer, holder, holderPid, payload)).status).toBe(401)

    const proper = await strict.others.issuer(`proper-${randomUUID()}`)
    const second = await askFor(strict, holder, proper, ['MembershipCredential'])
    await untilStatus(strict, holder, second, 'REQUESTED')
    const loose = await looseCredential(proper, holder, 'MembershipCredential')
    expect((await store(proper, holder, second, loose)).status).toBeGreaterThanOrEqual(400)
    expect(await rawOf(strict, holder)).toEqual([])
  })

  it('who signed, for whom and until when is never relaxed', async () => {
    const issuer = await looseIssuer(tolerant)
    const other = await looseIssuer(tolerant)
    const holder = await tolerant.participant()
    const neighbour = await tolerant.participant()
    const holderPid = await askFor(tolerant, holder, issuer, ['MembershipCredential'])
    await untilStatus(tolerant, holder, holderPid, 'REQUESTED')
    for (const payload of [
      await looseCredential(other, holder, 'MembershipCredential'),
      await looseCredential(issuer, neighbour, 'MembershipCredential'),
      await looseCredential(issuer, holder, 'AnotherCredential'),
      await looseCredential({ ...issuer, key: { ...other.key, kid: issuer.key.kid } }, holder, 'MembershipCredential'),
    ]) {
      const { status } = await store(issuer, holder, holderPid, payload)
      expect(status).toBeGreaterThanOrEqual(400)
      expect(status).toBeLessThan(500)
    }
    expect(await rawOf(tolerant, holder)).toEqual([])
  })
})

describe('DCP-40: a repeated delivery', () => {
  it('of other credentials is verified like the first and takes its place; one that fails changes nothing', async () => {
    const issuer = await strict.others.issuer(`again-${randomUUID()}`)
    const holder = await strict.participant()
    const holderPid = await issueTo(strict, holder, issuer, ['MembershipCredential'])
    const second = await issuer.credential(holder.did, 'MembershipCredential')
    const answer = await store(issuer, holder, holderPid, second)
    expect(answer.status, await answer.text()).toBe(200)
    expect(await rawOf(strict, holder)).toEqual([second])
    const expired = await issuer.credential(holder.did, 'MembershipCredential', { validUntil: new Date(0) })
    expect((await store(issuer, holder, holderPid, expired)).status).toBeGreaterThanOrEqual(400)
    const stranger = await strict.others.issuer(`stranger-${randomUUID()}`)
    const theirs = await stranger.credential(holder.did, 'MembershipCredential')
    expect((await store(stranger, holder, holderPid, theirs)).status).toBe(404)
    expect(await rawOf(strict, holder)).toEqual([second])
  })
})

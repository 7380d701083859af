import { buildPresentationQuery, typeScope } from '@weft/protocols/dcp'
import { type Did, parsePublicJwk, verifySignature } from '@weft/protocols/trust'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { FakeIssuer, FakeParty } from './testing/fake-counterparty.ts'
import { ownerOf, provisioner, startTestHub, type TestHub, type TestParticipant } from './testing/hub.ts'
import { issueTo } from './testing/issuance.ts'
import { keyPairsOf, publishedKids, type ShownKeyPair, stsToken } from './testing/keys.ts'

let hub: TestHub
let issuer: FakeIssuer
let verifier: FakeParty

beforeAll(async () => {
  hub = await startTestHub()
  issuer = await hub.others.issuer('issuer')
  verifier = await hub.others.party('verifier')
})
afterAll(async () => await hub.stop())

const membership = typeScope('MembershipCredential')

async function call(participant: TestParticipant, method: string, path: string, body?: unknown): Promise<Response> {
  return await hub.admin(ownerOf(participant.id), method, `/participants/${participant.id}/keypairs${path}`, body)
}

async function firstKey(participant: TestParticipant): Promise<ShownKeyPair> {
  const [first] = await keyPairsOf(hub, participant)
  if (!first) throw new Error('no key pair')
  return first
}

async function secretOf(participant: TestParticipant, pair: Pick<ShownKeyPair, 'id'>): Promise<string | undefined> {
  return await hub.vault.partition(participant.id).get(`identity-hub/key/${pair.id}`)
}

async function untilDestroyed(participant: TestParticipant, pair: ShownKeyPair): Promise<void> {
  const check = async () => expect(await secretOf(participant, pair)).toBeUndefined()
  await vi.waitFor(check, { timeout: 15_000, interval: 50 })
}

async function query(participant: TestParticipant, accessToken: string): Promise<Response> {
  return await fetch(`${participant.credentialService}/presentations/query`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${await verifier.token(participant.did, accessToken)}`,
    },
    body: JSON.stringify(buildPresentationQuery([membership])),
  })
}

async function codeOf(answer: Response): Promise<[number, string | undefined]> {
  return [answer.status, ((await answer.json()) as { code: string }[])[0]?.code]
}

describe('DCP-45: rotation', () => {
  it('a new key signs, the old public key stays in the document, its private part is destroyed', async () => {
    const participant = await hub.participant()
    const old = await firstKey(participant)
    const before = await stsToken(hub, participant, verifier.did)
    expect((await call(participant, 'POST', `/${old.id}/rotate`)).status).toBe(204)

    const [rotated, next] = await keyPairsOf(hub, participant)
    expect(rotated).toMatchObject({ id: old.id, state: 300, publishedUntil: expect.any(Number) })
    expect(rotated?.publishedUntil).toBeGreaterThan(Date.now() + 23 * 3_600_000)
    expect(next).toMatchObject({ state: 200, usage: old.usage, publishedUntil: null })
    expect(await publishedKids(hub, participant)).toEqual([old.keyId, next?.keyId])
    await verifySignature(before, parsePublicJwk(JSON.parse(old.serializedPublicKey)))

    const after = await stsToken(hub, participant, verifier.did)
    expect(after.kid).toBe(next?.keyId)
    await verifySignature(after, parsePublicJwk(JSON.parse(next?.serializedPublicKey ?? '')))
    await untilDestroyed(participant, old)
  })

  it('what the old key granted is honoured until it has run out, then no more', async () => {
    const participant = await hub.participant()
    await issueTo(hub, participant, issuer, ['MembershipCredential'])
    const granted = String((await stsToken(hub, participant, verifier.did, membership)).claims.token)
    const old = await firstKey(participant)
    await call(participant, 'POST', `/${old.id}/rotate`)
    const answer = await query(participant, granted)
    expect(answer.status).toBe(200)
    expect(((await answer.json()) as { presentation: unknown[] }).presentation).toHaveLength(1)

    await hub.database.tenant(participant.id, (tx) =>
      tx.run("update identity_hub.key_pair set published_until = now() - interval '1 second' where id = $1", [old.id]),
    )
    const refused = async () => expect((await query(participant, granted)).status).toBe(401)
    await vi.waitFor(refused, { timeout: 15_000, interval: 100 })
    expect(await publishedKids(hub, participant)).toHaveLength(1)
  })

  it('takes a descriptor for the successor, EdDSA too, and a time of publication', async () => {
    const participant = await hub.participant()
    const old = await firstKey(participant)
    const successor = { keyId: 'ed-1', keyGeneratorParams: { algorithm: 'EdDSA', curve: 'Ed25519' } }
    expect((await call(participant, 'POST', `/${old.id}/rotate?duration=3600000`, successor)).status).toBe(204)
    const jwt = await stsToken(hub, participant, verifier.did)
    expect([jwt.kid, jwt.algorithm]).toEqual([`${participant.did}#ed-1`, 'EdDSA'])
    const [rotated, next] = await keyPairsOf(hub, participant)
    expect(rotated?.publishedUntil).toBeLessThan(Date.now() + 3_700_000)
    await verifySignature(jwt, parsePublicJwk(JSON.parse(next?.serializedPublicKey ?? '')))
    await call(participant, 'POST', `/${next?.id}/rotate`)
    expect((await stsToken(hub, participant, verifier.did)).algorithm).toBe('EdDSA')
  })

  it('happens once when it is asked for many times at once, and the context can sign all the time', async () => {
    const participant = await hub.participant()
    const old = await firstKey(participant)
    const answers = await Promise.all(Array.from({ length: 5 }, () => call(participant, 'POST', `/${old.id}/rotate`)))
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([204, 409, 409, 409, 409])
    const pairs = await keyPairsOf(hub, participant)
    expect(pairs.map((pair) => pair.state)).toEqual([300, 200])
    expect((await stsToken(hub, participant, verifier.did)).kid).toBe(pairs[1]?.keyId)
  })

  it('comes by itself when a key has its age', async () => {
    const soon = await startTestHub({ keyRotationDays: 0.5 / 86_400 })
    const participant = await soon.participant()
    const check = async () => {
      const pairs = await keyPairsOf(soon, participant)
      expect(pairs[0]?.state).toBe(300)
      const active = pairs.filter((pair) => pair.state === 200)
      expect(active).toHaveLength(1)
      expect(await publishedKids(soon, participant)).toEqual(
        expect.arrayContaining([pairs[0]?.keyId, active[0]?.keyId]),
      )
    }
    await vi.waitFor(check, { timeout: 15_000, interval: 50 })
    await soon.stop()
  })
})

describe('DCP-45: revocation', () => {
  it('takes the key out of the document at once; another one signs', async () => {
    const participant = await hub.participant()
    const old = await firstKey(participant)
    const granted = String((await stsToken(hub, participant, verifier.did, membership)).claims.token)
    expect((await call(participant, 'POST', `/${old.id}/revoke`)).status).toBe(204)
    const [revoked, next] = await keyPairsOf(hub, participant)
    expect([revoked?.state, next?.state]).toEqual([400, 200])
    expect(await publishedKids(hub, participant)).toEqual([next?.keyId])
    expect((await stsToken(hub, participant, verifier.did)).kid).toBe(next?.keyId)
    expect((await query(participant, granted)).status).toBe(401)
    await untilDestroyed(participant, old)
    expect((await call(participant, 'POST', `/${old.id}/revoke`)).status).toBe(204)
    expect(await keyPairsOf(hub, participant)).toHaveLength(2)
  })

  it('a rotated key can be revoked too, which makes no further one', async () => {
    const participant = await hub.participant()
    const old = await firstKey(participant)
    await call(participant, 'POST', `/${old.id}/rotate`)
    await call(participant, 'POST', `/${old.id}/revoke`)
    const pairs = await keyPairsOf(hub, participant)
    expect(pairs.map((pair) => pair.state)).toEqual([400, 200])
    expect(await publishedKids(hub, participant)).toEqual([pairs[1]?.keyId])
  })
})

describe('adding keys', () => {
  it('a default key signs where several could; one that is not active waits until it is activated', async () => {
    const participant = await hub.participant()
    const old = await firstKey(participant)
    expect((await call(participant, 'PUT', '', { keyId: 'second' })).status).toBe(204)
    expect((await stsToken(hub, participant, verifier.did)).kid).toBe(old.keyId)
    expect((await call(participant, 'PUT', '?makeDefault=true', { keyId: 'third' })).status).toBe(204)
    expect((await stsToken(hub, participant, verifier.did)).kid).toBe(`${participant.did}#third`)
    expect((await call(participant, 'PUT', '', { keyId: 'later', active: false })).status).toBe(204)
    expect(await publishedKids(hub, participant)).not.toContain(`${participant.did}#later`)
    const later = (await keyPairsOf(hub, participant)).find((pair) => pair.keyId.endsWith('#later'))
    expect(later).toMatchObject({ state: 100, defaultPair: false })
    expect((await call(participant, 'POST', `/${later?.id}/activate`)).status).toBe(204)
    expect(await publishedKids(hub, participant)).toContain(`${participant.did}#later`)
    expect(await (await call(participant, 'GET', `/${later?.id}`)).json()).toMatchObject({ state: 200 })
  })

  it('a successor of the default key is the default key', async () => {
    const participant = await hub.participant()
    await call(participant, 'PUT', '?makeDefault=true', { keyId: 'second' })
    const second = (await keyPairsOf(hub, participant)).find((pair) => pair.defaultPair)
    await call(participant, 'POST', `/${second?.id}/rotate`)
    const active = (await keyPairsOf(hub, participant)).filter((pair) => pair.defaultPair)
    expect(active).toHaveLength(1)
    expect((await stsToken(hub, participant, verifier.did)).kid).toBe(active[0]?.keyId)
  })

  it('a keyId is used once, also after its key is gone', async () => {
    const participant = await hub.participant()
    const old = await firstKey(participant)
    expect(await codeOf(await call(participant, 'PUT', '', { keyId: 'key-1' }))).toEqual([
      409,
      'identity-hub.key-taken',
    ])
    await call(participant, 'POST', `/${old.id}/revoke`)
    expect(await codeOf(await call(participant, 'PUT', '', { keyId: 'key-1' }))).toEqual([
      409,
      'identity-hub.key-taken',
    ])
  })

  it('a context has no more than twenty live keys', async () => {
    const participant = await hub.participant()
    for (let n = 2; n <= 20; n++) await call(participant, 'PUT', '', { keyId: `key-${n}` })
    expect(await codeOf(await call(participant, 'PUT', '', { keyId: 'key-21' }))).toEqual([
      409,
      'identity-hub.keys-full',
    ])
  })

  it('X-01: another context reaches no key, and an unknown one is answered alike', async () => {
    const participant = await hub.participant()
    const other = await hub.participant()
    const { id } = await firstKey(participant)
    for (const pairId of [id, 'unknown']) {
      for (const verb of ['rotate', 'revoke', 'activate']) {
        expect(await codeOf(await call(other, 'POST', `/${pairId}/${verb}`))).toEqual([404, 'request.not-found'])
      }
      expect((await call(other, 'GET', `/${pairId}`)).status).toBe(404)
    }
    expect((await keyPairsOf(hub, participant)).map((pair) => pair.state)).toEqual([200])
  })

  it.each<[string, unknown]>([
    ['keyId', { keyId: 'did:web:example.com#x' }],
    ['/privateKeyJwk', { keyId: 'x', privateKeyJwk: {} }],
    ['/keyGeneratorParams', { keyId: 'x', keyGeneratorParams: { algorithm: 'RSA' } }],
  ])('names the field "%s" that is wrong', async (_field, body) => {
    const participant = await hub.participant()
    expect((await call(participant, 'PUT', '', body)).status).toBe(400)
    expect(await keyPairsOf(hub, participant)).toHaveLength(1)
  })
})

it('every key of every step is listed under all relationships', async () => {
  const participant = await hub.participant()
  await call(participant, 'POST', `/${(await firstKey(participant)).id}/rotate`)
  const document = (await (await fetch(`${hub.publicUrl}/${participant.id}/did.json`)).json()) as Record<
    string,
    unknown
  >
  const kids = await publishedKids(hub, participant)
  expect(kids).toHaveLength(2)
  for (const relationship of ['authentication', 'assertionMethod', 'capabilityInvocation']) {
    expect(document[relationship]).toEqual(kids)
  }
})

it('the operator may ask for a rotation, and erasing a context leaves no key', async () => {
  const participant = await hub.participant()
  const { id } = await firstKey(participant)
  const path = `/participants/${participant.id}/keypairs/${id}/rotate`
  expect((await hub.admin(provisioner, 'POST', path)).status).toBe(204)
  const pairs = await keyPairsOf(hub, participant)
  expect((await hub.admin(provisioner, 'DELETE', `/participants/${participant.id}`)).status).toBe(204)
  for (const pair of pairs) expect(await secretOf(participant, pair)).toBeUndefined()
  const unknown: Did = participant.did
  await expect(stsToken(hub, participant, unknown)).rejects.toThrow('client-invalid')
})

import { participantContextId } from '@weft/foundation/access'
import type { ServiceDatabase } from '@weft/foundation/database'
import { overEachEngine } from '@weft/foundation/database-testing'
import { type Did, parseJwt, verifyCredentialSignature, verifyJwt } from '@weft/protocols/trust'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { migrations, schema } from './store/migrations.ts'
import { FakeHolder } from './testing/fake-holder.ts'
import { issueTo } from './testing/issued.ts'
import { makeDue } from './testing/make-due.ts'
import {
  fakeToken,
  membershipDefinition,
  type RunningIssuerService,
  runIssuerService,
  until,
} from './testing/run-issuer-service.ts'

overEachEngine('signing keys', (engine) => {
  let service: RunningIssuerService
  let member: FakeHolder
  let other: FakeHolder
  let database: ServiceDatabase
  beforeAll(async () => {
    member = await FakeHolder.open('member')
    other = await FakeHolder.open('other')
    service = await runIssuerService({
      engine,
      holders: [member, other],
      settings: { keyRotationDays: 30 },
      // A holder that has just read the DID document looks for a new key a second later.
      deliveryPolicy: { limit: 40, baseMs: 20, maxMs: 200 },
    })
    database = await service.database.forService(schema, migrations)
  })
  afterAll(async () => {
    await service.stop()
    await member.close()
    await other.close()
  })

  /** An issuer of its own for each test, with both as holders and two definitions. */
  const newIssuer = async (name: string) => {
    const { did } = await service.issuer(name)
    const base = `/participants/${name}`
    await service.admin('POST', `${base}/credentialdefinitions`, membershipDefinition({ id: 'second' }))
    for (const [holderId, holder] of [
      ['member', member],
      ['other', other],
    ] as const) {
      const body = { holderId, did: holder.did, name: 'Company', properties: { level: 1 } }
      await service.admin('POST', `${base}/holders`, body)
    }
    const keys = async () => (await service.admin('GET', `${base}/keys`)).body
    const published = async () => (await service.get(`/${name}/did.json`)).body
    return { name, did, base, keys, published }
  }
  const rotate = async (base: string, body?: unknown) => {
    const { status, body: key } = await service.admin('POST', `${base}/keys/rotate`, body)
    expect(status).toBe(201)
    return key
  }
  const signerOf = (payload: string) => parseJwt(payload).kid

  test('DCP-45: a new key signs, and the old one stays in the DID document for what it signed, and for nothing else', async () => {
    const { name, did, base, keys, published } = await newIssuer('rotating')
    const before = await issueTo(service, member, 'membership', name)
    const [first] = await keys()
    const second = await rotate(base)
    expect(second).toMatchObject({ state: 'ACTIVE', algorithm: 'ES256', endedAt: null })
    const after = await issueTo(service, member, 'membership', name)
    expect([signerOf(before.payload), signerOf(after.payload)]).toEqual([first.kid, second.kid])

    const document = await published()
    expect(document.assertionMethod).toEqual([second.kid, first.kid])
    expect(document.authentication).toEqual([second.kid])
    expect(document.capabilityInvocation).toEqual([second.kid])
    service.advance(20)
    for (const { credential } of [before, after]) await verifyCredentialSignature(credential, service.resolver)
    expect((await keys()).map(({ state }: { state: string }) => state)).toEqual(['ACTIVE', 'RETIRED'])
    expect(member.received.at(-1)?.sender.did).toBe(did)
  })

  test('DCP-45: the private half of a key that signs no more is destroyed', async () => {
    const { name, base } = await newIssuer('destroying')
    const partition = service.vault.partition(participantContextId(name))
    expect(await partition.get('issuer-service/signing-key')).toBeDefined()
    const second = await rotate(base)
    await until(async () => (await partition.get('issuer-service/signing-key')) === undefined, 'the old key is gone')
    const third = await rotate(base)
    const nameOf = (key: { keyId: string }) => `issuer-service/signing-key/${key.keyId}`
    await until(async () => (await partition.get(nameOf(second))) === undefined, 'the second key is gone')
    expect(await partition.get(nameOf(third))).toBeDefined()
  })

  test('DCP-45: a retired key leaves the DID document when the last credential that it signed has expired', async () => {
    const { name, base, keys, published } = await newIssuer('expiring')
    await issueTo(service, member, 'membership', name)
    const [first] = await keys()
    await rotate(base)
    await makeDue(service, name, 'signing-key.expire')
    // Looked at again when that one has expired, not before.
    const hoursLeft = async () =>
      (
        await database.tenant(participantContextId(name), (tx) =>
          tx.one<{ hours: number }>(
            `select extract(epoch from due_at - now())::float8 / 3600 as hours from ${schema}.process_task
             where name = 'signing-key.expire'`,
          ),
        )
      )?.hours ?? 0
    await until(async () => (await hoursLeft()) > 23, 'the key waits for its last credential')
    expect((await published()).assertionMethod).toContain(first.kid)
    service.advance(86_400)
    await makeDue(service, name, 'signing-key.expire')
    await until(async () => (await keys())[1].state === 'EXPIRED', 'the first key has expired')
    expect((await published()).assertionMethod).not.toContain(first.kid)
  })

  test('DCP-45: a revoked key is gone at once, its credentials with it, and their holders are offered new ones', async () => {
    const { name, did, base, keys, published } = await newIssuer('revoking')
    const concerned = await issueTo(service, member, 'membership', name)
    await issueTo(service, member, 'second', name)
    const revoked = await issueTo(service, other, 'membership', name)
    await service.admin('POST', `${revoked.path}/revoke`)
    const [first] = await keys()
    const offersBefore = [member.offers.length, other.offers.length]
    const revoke = () => service.admin('POST', `${base}/keys/${first.keyId}/revoke`)
    const answers = await Promise.all([revoke(), revoke()])
    expect(answers.map(({ status }) => status)).toEqual([204, 204])
    const document = await published()
    expect(document.verificationMethod.map(({ id }: { id: string }) => id)).not.toContain(first.kid)
    expect((await keys()).map(({ state }: { state: string }) => state)).toEqual(['ACTIVE', 'REVOKED'])
    service.advance(20)
    await expect(verifyCredentialSignature(concerned.credential, service.resolver)).rejects.toMatchObject({
      code: 'trust.key-not-found',
    })

    await until(() => member.offers.length > (offersBefore[0] ?? 0), 'the offer arrives')
    const { issuer, credentials } = member.offers.at(-1) ?? {}
    expect(issuer).toBe(did)
    expect(credentials?.map(({ id, offerReason }) => [id, offerReason])).toEqual([
      ['membership', 'proof-key-revocation'],
      ['second', 'proof-key-revocation'],
    ])
    const offers = await service.admin('POST', `${base}/credentialoffers/query`)
    expect(offers.body.map(({ holderId }: { holderId: string }) => holderId)).toEqual(['member'])
    expect(other.offers).toHaveLength(offersBefore[1] ?? 0)
    const anew = await issueTo(service, member, 'membership', name)
    await verifyCredentialSignature(anew.credential, service.resolver)
  })

  test('DCP-45: a retired key can be revoked too; one that nobody has cannot', async () => {
    const { base, keys, published } = await newIssuer('revoking-retired')
    const [first] = await keys()
    const second = await rotate(base)
    expect((await service.admin('POST', `${base}/keys/${first.keyId}/revoke`)).status).toBe(204)
    expect((await published()).assertionMethod).toEqual([second.kid])
    const unknown = await service.admin('POST', `${base}/keys/nothing/revoke`)
    expect(unknown).toMatchObject({ status: 404, body: [{ code: 'issuer.key-unknown' }] })
  })

  test('DCP-45: a key is replaced by itself when it is old enough', async () => {
    const { name, keys } = await newIssuer('ageing')
    const due = await database.tenant(participantContextId(name), (tx) =>
      tx.one<{ days: number }>(
        `select extract(epoch from due_at - now())::float8 / 86400 as days from ${schema}.process_task
         where name = 'signing-key.rotate'`,
      ),
    )
    expect(due?.days).toBeCloseTo(30, 1)
    const [first] = await keys()
    await makeDue(service, name, 'signing-key.rotate')
    await until(async () => (await keys()).length === 2, 'there is a second key')
    const after = await issueTo(service, member, 'membership', name)
    expect(signerOf(after.payload)).not.toBe(first.kid)
    // The old key's turn has passed: that it is looked at again replaces nothing.
    expect(await keys()).toMatchObject([{ state: 'ACTIVE' }, { state: 'RETIRED', kid: first.kid }])
  })

  test('keys that are replaced at the same time leave one that signs, and every credential verifiable', async () => {
    const { name, base, keys } = await newIssuer('racing')
    const issued = [
      ...(await Promise.all([
        ...[1, 2, 3].map(() => issueTo(service, member, 'membership', name)),
        ...[1, 2, 3].map(() => rotate(base).then(() => undefined)),
      ])),
      await issueTo(service, member, 'membership', name),
    ].filter((one) => one !== undefined)
    const states = (await keys()).map(({ state }: { state: string }) => state).sort()
    expect(states).toEqual(['ACTIVE', 'RETIRED', 'RETIRED', 'RETIRED'])
    service.advance(20)
    for (const { credential } of issued) await verifyCredentialSignature(credential, service.resolver)
  })

  test('DCP-45: status lists are signed by the new key at once', async () => {
    const { name, did, base } = await newIssuer('lists')
    const { place } = await issueTo(service, member, 'membership', name)
    const accept = 'application/jwt'
    const read = async () => parseJwt((await service.get(place('revocation').list, { accept })).body)
    const before = await read()
    const second = await rotate(base, { algorithm: 'EdDSA' })
    const after = await read()
    expect([before.kid, after.kid]).toEqual([`${did}#key-1`, second.kid])
    service.advance(20)
    await verifyJwt(after, { signer: did, relationship: 'assertionMethod', resolver: service.resolver })
  })

  test('DCP-45, DCP-49: keys are of either algorithm, and a new one of the same as before when nothing is said', async () => {
    const did = `${service.publicUrl.replace('http://', 'did:web:').replace(/:(\d+)$/, '%3A$1')}:edwards` as Did
    const body = { participantContextId: 'edwards', did, algorithm: 'EdDSA' }
    expect((await service.admin('POST', '/participants', body)).status).toBe(201)
    const { name, base, keys } = await newIssuer('edwards')
    const { payload, credential } = await issueTo(service, member, 'membership', name)
    expect(parseJwt(payload).algorithm).toBe('EdDSA')
    await verifyCredentialSignature(credential, service.resolver)
    expect(await rotate(base)).toMatchObject({ algorithm: 'EdDSA' })
    expect(await rotate(base, { algorithm: 'ES256' })).toMatchObject({ algorithm: 'ES256' })
    expect((await keys()).map(({ algorithm }: { algorithm: string }) => algorithm)).toEqual(['ES256', 'EdDSA', 'EdDSA'])
    expect((await service.admin('POST', `${base}/keys/rotate`, { algorithm: 'HS256' })).status).toBe(400)
  })

  test('DCP-45: a DID document names fifty keys at most, and even then a key can be revoked', {
    timeout: 60_000,
  }, async () => {
    const { name, did, base, published } = await newIssuer('many')
    const context = participantContextId(name)
    await database.tenant(context, (tx) =>
      tx.run(
        `insert into ${schema}.signing_key (participant_context_id, kid, algorithm, public_jwk, state, created_at)
         select participant_context_id, kid || '-' || n, algorithm, public_jwk, 'RETIRED', created_at
         from ${schema}.signing_key, generate_series(1, 49) n`,
      ),
    )
    expect(await service.admin('POST', `${base}/keys/rotate`)).toMatchObject({
      status: 409,
      body: [{ code: 'issuer.keys-full' }],
    })
    expect((await service.admin('POST', `${base}/keys/key-1/revoke`)).status).toBe(204)
    const { verificationMethod } = await published()
    expect(verificationMethod).toHaveLength(50)
    expect(verificationMethod.map(({ id }: { id: string }) => id)).not.toContain(`${did}#key-1`)
  })

  test('keys are the business of the issuer itself and the operator', async () => {
    const write = 'issuer-admin-api:write'
    for (const [token, expected] of [
      [fakeToken('participant', 'c', 'rotating', write), 404],
      [fakeToken('participant', 'c', 'revoking', write), 403],
      [fakeToken('provisioner', 'c', null, write), 403],
      ['', 401],
    ] as const) {
      const answer = await service.admin('POST', '/participants/rotating/keys/nothing/revoke', undefined, token)
      expect(answer.status).toBe(expected)
    }
  })
})

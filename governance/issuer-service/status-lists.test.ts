import { randomUUID } from 'node:crypto'
import { participantContextId } from '@weft/foundation/access'
import {
  createStatusChecker,
  type Did,
  decodeStatusBits,
  fetchDocumentOver,
  parseJwt,
  readStatusBit,
  type StatusChecker,
  verifyJwt,
} from '@weft/protocols/trust'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { acceptedForm, isKnownToReader } from './api/status-list-answer.ts'
import { migrations, schema } from './store/migrations.ts'
import { FakeHolder } from './testing/fake-holder.ts'
import { issueTo } from './testing/issued.ts'
import { membershipDefinition, type RunningIssuerService, runIssuerService } from './testing/run-issuer-service.ts'

let service: RunningIssuerService
let member: FakeHolder
const base = '/participants/issuer'
const definitions = { vc11: 'membership', vc20: 'membership-2' } as const
const signed = { accept: 'application/vc+jwt, application/jwt' }
beforeAll(async () => {
  member = await FakeHolder.open('member')
  service = await runIssuerService({ holders: [member] })
  await service.issuer('issuer')
  const body = { holderId: member.did, did: member.did, name: 'Member', properties: { level: 1 } }
  await service.admin('POST', `${base}/holders`, body)
  const second = membershipDefinition({ id: definitions.vc20, format: 'vc20-bssl/jwt' })
  await service.admin('POST', `${base}/credentialdefinitions`, second)
})
afterAll(async () => {
  await service.stop()
  await member.close()
})

const encodedOf = async (list: string): Promise<string> =>
  (await service.get(list, { accept: 'application/json' })).body.credentialSubject.encodedList
const bitsOf = async (list: string): Promise<Uint8Array> => decodeStatusBits(await encodedOf(list))
const newStatuses = (): StatusChecker => {
  const { resolver, clock, outbound } = service
  const fetchStatusList = fetchDocumentOver(outbound.send, { purpose: 'trust.status-list' })
  return createStatusChecker({ fetchStatusList, resolver, clock })
}

describe('a status list', () => {
  test.each([
    ['DCP-43: of data model 1.1 is a StatusList2021', 'vc11', 'StatusList2021', 'application/jwt'],
    ['DCP-43: of data model 2.0 is a BitstringStatusList', 'vc20', 'BitstringStatusList', 'application/vc+jwt'],
  ] as const)(
    '%s: 131,072 entries at least, signed, one bit set by a revocation, at once',
    async (_, name, kind, type) => {
      const issued = await issueTo(service, member, definitions[name])
      const { list, index, type: entryType } = issued.place('revocation')
      expect(entryType).toBe(`${kind}Entry`)
      const before = await bitsOf(list)
      expect(before.length * 8).toBeGreaterThanOrEqual(131_072)
      expect(readStatusBit(before, index)).toBe(false)
      await service.admin('POST', `${issued.path}/revoke`)

      const { body, headers } = await service.get(list, signed)
      expect(headers.get('content-type')).toContain(type)
      const jwt = parseJwt(body)
      const { resolver } = service
      await verifyJwt(jwt, { signer: jwt.claims.iss as Did, relationship: 'assertionMethod', resolver })
      expect(jwt.claims.vc ?? jwt.claims).toMatchObject({
        id: service.publicUrl + list,
        type: ['VerifiableCredential', `${kind}Credential`],
        issuer: jwt.claims.iss,
        credentialSubject: { type: kind, statusPurpose: 'revocation' },
      })
      const after = await bitsOf(list)
      const changed = [...after].map((byte, position) => byte ^ (before[position] ?? 0))
      expect(changed.filter((byte) => byte !== 0)).toEqual([0x80 >> (index & 7)])
      expect(changed[index >> 3]).toBe(0x80 >> (index & 7))
    },
  )

  test('DCP-43: encodes its bits as its kind says: base64 for StatusList2021, multibase base64url for the other', async () => {
    const [first, second] = [await issueTo(service, member), await issueTo(service, member, definitions.vc20)]
    expect(await encodedOf(first.place('revocation').list)).toMatch(/^H4s[A-Za-z0-9+/]+={0,2}$/)
    expect(await encodedOf(second.place('revocation').list)).toMatch(/^uH4s[A-Za-z0-9_-]+$/)
  })

  test.each(['vc11', 'vc20'] as const)(
    'DCP-43, DCP-44: a credential (%s) is valid, suspended, valid again and revoked to a strict verifier',
    async (name) => {
      const { path, credential } = await issueTo(service, member, definitions[name])
      const standing = async () => [
        await newStatuses().check(credential),
        (await service.admin('GET', `${path}/status`)).body.status,
      ]
      expect(await standing()).toEqual([{ valid: true }, null])
      for (let time = 0; time < 2; time++) expect((await service.admin('POST', `${path}/suspend`)).status).toBe(204)
      expect(await standing()).toEqual([{ valid: false, purpose: 'suspension' }, 'suspension'])
      for (let time = 0; time < 2; time++) expect((await service.admin('POST', `${path}/resume`)).status).toBe(204)
      expect(await standing()).toEqual([{ valid: true }, null])
      await service.admin('POST', `${path}/suspend`)
      await service.admin('POST', `${path}/revoke`)
      expect(await standing()).toEqual([{ valid: false, purpose: 'revocation' }, 'revocation'])
      for (const action of ['resume', 'suspend']) {
        const refused = await service.admin('POST', `${path}/${action}`)
        expect(refused).toMatchObject({ status: 409, body: [{ code: 'issuer.credential-revoked' }] })
      }
    },
  )

  test('DCP-43: is the only one of a credential that cannot be suspended, whose status is one object then', async () => {
    const plain = membershipDefinition({ id: 'plain', suspendable: undefined })
    await service.admin('POST', `${base}/credentialdefinitions`, plain)
    const { path, payload } = await issueTo(service, member, 'plain')
    const { credentialStatus } = parseJwt(payload).claims.vc as { credentialStatus: unknown }
    expect(credentialStatus).toMatchObject({ type: 'StatusList2021Entry', statusPurpose: 'revocation' })
    const refused = await service.admin('POST', `${path}/suspend`)
    expect(refused).toMatchObject({ status: 409, body: [{ code: 'issuer.suspension-unsupported' }] })
    expect((await service.admin('POST', `${path}/revoke`)).status).toBe(204)
  })

  test('suspending and resuming leave the neighbours in the list as they are', async () => {
    const [one, other] = [await issueTo(service, member), await issueTo(service, member)]
    const { list, index } = other.place('suspension')
    expect(one.place('suspension').list).toBe(list)
    await service.admin('POST', `${other.path}/suspend`)
    await Promise.all(['suspend', 'suspend', 'suspend'].map((action) => service.admin('POST', `${one.path}/${action}`)))
    await service.admin('POST', `${one.path}/resume`)
    expect(readStatusBit(await bitsOf(list), index)).toBe(true)
    expect(readStatusBit(await bitsOf(list), one.place('suspension').index)).toBe(false)
  })

  test('that is half full takes no more: the next credential goes to a new one', async () => {
    const before = (await issueTo(service, member)).place('revocation')
    const database = await service.database.forService(schema, migrations)
    await database.tenant(participantContextId('issuer'), (tx) =>
      tx.run(`update ${schema}.status_list set allocated = size / 2 where id = $1`, [before.list.split('/').at(-1)]),
    )
    const after = (await issueTo(service, member)).place('revocation')
    expect(after.list).not.toBe(before.list)
    expect((await issueTo(service, member)).place('revocation').list).toBe(after.list)
    expect((await service.get(before.list)).status).toBe(200)
  })

  test('is signed once until it changes or is about to expire', async () => {
    const { path, place } = await issueTo(service, member)
    const { list } = place('revocation')
    const read = async () => (await service.get(list, signed)).body
    const first = await read()
    expect(await read()).toBe(first)
    await service.admin('POST', `${path}/revoke`)
    const changed = await read()
    expect(changed).not.toBe(first)
    await service.admin('POST', `${path}/revoke`)
    expect(await read()).toBe(changed)
    service.advance(3_000)
    const renewed = await read()
    expect(renewed).not.toBe(changed)
    expect(Number(parseJwt(renewed).claims.exp) * 1000).toBeGreaterThan(service.clock() + 600_000)
  })

  test('is not sent again to a reader that has it, and may be kept for seconds only', async () => {
    const { path, place } = await issueTo(service, member)
    const { list } = place('revocation')
    const { headers } = await service.get(list)
    const tag = headers.get('etag') ?? ''
    expect(headers.get('cache-control')).toBe('public, max-age=5')
    expect(headers.get('vary')).toBe('accept')
    expect(await service.get(list, { 'if-none-match': `"other", W/${tag}` })).toMatchObject({ status: 304, body: '' })
    expect((await service.get(list, { ...signed, 'if-none-match': tag })).status).toBe(200)
    await service.admin('POST', `${path}/revoke`)
    expect((await service.get(list, { 'if-none-match': tag })).status).toBe(200)
  })

  test('is not there under an id that nobody has', async () => {
    expect(await service.get(`/statuslist/${randomUUID()}`)).toMatchObject({
      status: 404,
      body: { code: 'issuer.status-list-unknown' },
    })
  })
})

describe('the form of a status list', () => {
  test.each([
    [undefined, 'json'],
    ['', 'json'],
    ['*/*', 'json'],
    ['application/*', 'json'],
    ['application/json', 'json'],
    ['application/ld+json', 'json'],
    ['text/html, */*;q=0.1', 'json'],
    ['application/vc+jwt;q=0, application/json', 'json'],
    ['application/vc+jwt', 'jwt'],
    ['Application/JWT', 'jwt'],
    ['application/json, application/vc+jwt', 'jwt'],
    ['application/json;q=0.5, application/vc+jwt', 'jwt'],
    ['application/vc+jwt, application/jwt;q=0.9, application/json;q=0.5', 'jwt'],
    ['application/json, application/jwt;q=0.9', 'json'],
  ] as const)('for "%s" is %s', (accept, form) => {
    expect(acceptedForm(accept)).toBe(form)
  })

  test('does not exist for a type that it does not come in, and nothing in a header is a fault of ours', () => {
    const types = fc.constantFrom(
      'text/html',
      'application/xml',
      'constructor',
      '__proto__',
      'application/json;q=x',
      ';',
      ',',
    )
    fc.assert(
      fc.property(fc.oneof(types, fc.string()), fc.string(), (accept, tags) => {
        expect(typeof isKnownToReader(tags, '"tag"')).toBe('boolean')
        try {
          expect(['jwt', 'json']).toContain(acceptedForm(accept))
        } catch (error) {
          expect(error).toMatchObject({ code: 'issuer.not-acceptable', status: 406 })
        }
      }),
    )
  })
})

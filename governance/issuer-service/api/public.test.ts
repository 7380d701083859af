import { randomUUID } from 'node:crypto'
import { parseIssuerMetadata } from '@weft/protocols/dcp'
import { decodeStatusBits, parseJwt, readStatusBit, verifyJwt } from '@weft/protocols/trust'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FakeHolder } from '../testing/fake-holder.ts'
import { type RunningIssuerService, requestMessage, runIssuerService, until } from '../testing/run-issuer-service.ts'

let service: RunningIssuerService
let member: FakeHolder
const base = '/participants/issuer'
beforeAll(async () => {
  member = await FakeHolder.open('member')
  service = await runIssuerService({ holders: [member] })
  await service.issuer('issuer')
  const body = { holderId: member.did, did: member.did, name: 'Member', properties: { level: 1 } }
  await service.admin('POST', `${base}/holders`, body)
})
afterAll(async () => {
  await service.stop()
  await member.close()
})

/** Issues one credential and gives its id here and its place in a list. */
async function issue(): Promise<{ id: string; list: string; index: number }> {
  const before = member.received.length
  const holderPid = randomUUID()
  await service.request('issuer', member, requestMessage(holderPid, 'membership'))
  await until(() => member.received.length > before, 'the credential arrives')
  const { body } = await service.admin('POST', `${base}/credentials/query`, { sortOrder: 'DESC', limit: 500 })
  const jwt = member.received.at(-1)?.credentials[0]
  const found = body.find((one: { credential: { id: string } }) => one.credential.id === jwt?.id)
  const status = found.credential.credentialStatus
  const list = new URL(status.statusListCredential).pathname
  return { id: found.id, list, index: Number(status.statusListIndex) }
}

const bitsOf = async (list: string): Promise<Uint8Array> => {
  const { body } = await service.get(list)
  const claims = parseJwt(body).claims as { credentialSubject: { encodedList: string } }
  return decodeStatusBits(claims.credentialSubject.encodedList)
}

describe('the DID document', () => {
  test('is at the path of the DID, with the issuer service in it, whatever the Host header says', async () => {
    const { status, headers, body } = await service.get('/issuer/did.json')
    expect(status).toBe(200)
    expect(headers.get('content-type')).toContain('application/did+json')
    const did = `did:web:${new URL(service.publicUrl).host.replace(':', '%3A')}:issuer`
    expect(body).toMatchObject({
      id: did,
      service: [{ type: 'IssuerService', serviceEndpoint: `${service.publicUrl}/issuance/v1beta/participants/issuer` }],
    })
    expect(body.verificationMethod).toHaveLength(1)
    expect(JSON.stringify(body)).not.toContain('"d"')
  })

  test('is not there for a name that nobody has', async () => {
    expect((await service.get('/nobody/did.json')).status).toBe(404)
  })
})

describe('the metadata', () => {
  test('DCP-37: is open and complete, and names the issuer by its DID', async () => {
    const path = '/issuance/v1beta/participants/issuer/metadata'
    const { status, body } = await service.get(path)
    expect(status).toBe(200)
    const metadata = parseIssuerMetadata(body)
    expect(metadata.issuer).toMatch(/^did:web:.*:issuer$/)
    expect(body.credentialsSupported).toEqual([
      {
        id: 'membership',
        type: 'CredentialObject',
        credentialType: 'MembershipCredential',
        credentialSchema: `${service.publicUrl}/issuance/v1beta/participants/issuer/schemas/membership`,
        offerReason: 'reissue',
        bindingMethods: ['did:web'],
        profile: 'vc11-sl2021/jwt',
      },
    ])
    const schema = await service.get(new URL(body.credentialsSupported[0].credentialSchema).pathname)
    expect(schema.body.properties.credentialSubject).toEqual({
      type: 'object',
      properties: { name: true, membership: { type: 'object', properties: { level: true }, required: ['level'] } },
      required: ['name', 'membership'],
    })
    expect((await service.get(path, { authorization: 'Bearer whatever' })).status).toBe(200)
    expect((await service.get('/issuance/v1beta/participants/nobody/metadata')).status).toBe(404)
  })
})

describe('a status list', () => {
  test('DCP-43: has 131,072 entries at least, is signed by the issuer, and changes one bit with a revocation, at once', async () => {
    const { id, list, index } = await issue()
    const before = await bitsOf(list)
    expect(before.length * 8).toBeGreaterThanOrEqual(131_072)
    expect(readStatusBit(before, index)).toBe(false)
    await service.admin('POST', `${base}/credentials/${id}/revoke`)
    const { body, headers } = await service.get(list)
    expect(headers.get('content-type')).toContain('application/vc+jwt')
    expect(headers.get('cache-control')).toBe('public, max-age=5')
    const jwt = parseJwt(body)
    const { resolver } = service
    const signer = jwt.claims.iss as Parameters<typeof resolver.resolve>[0]
    await verifyJwt(jwt, { signer, relationship: 'assertionMethod', resolver })
    expect(jwt.claims).toMatchObject({
      id: service.publicUrl + list,
      issuer: signer,
      credentialSubject: { statusPurpose: 'revocation' },
    })
    const after = await bitsOf(list)
    const changed = [...after].map((byte, position) => byte ^ (before[position] ?? 0))
    expect(changed.filter((byte) => byte !== 0)).toEqual([0x80 >> (index & 7)])
    expect(changed[index >> 3]).toBe(0x80 >> (index & 7))
  })

  test('is signed once until it changes or is about to expire', async () => {
    const { id, list } = await issue()
    const first = (await service.get(list)).body
    expect((await service.get(list)).body).toBe(first)
    await service.admin('POST', `${base}/credentials/${id}/revoke`)
    const changed = (await service.get(list)).body
    expect(changed).not.toBe(first)
    await service.admin('POST', `${base}/credentials/${id}/revoke`)
    expect((await service.get(list)).body).toBe(changed)
    service.advance(3_000)
    const renewed = (await service.get(list)).body
    expect(renewed).not.toBe(changed)
    expect(Number(parseJwt(renewed).claims.exp) * 1000).toBeGreaterThan(service.clock() + 600_000)
  })

  test('comes as JSON for those who accept only that, and as nothing else', async () => {
    const { list } = await issue()
    const json = await service.get(list, { accept: 'application/json' })
    expect(json.headers.get('content-type')).toContain('application/json')
    expect(json.body).toMatchObject({ type: ['VerifiableCredential', 'BitstringStatusListCredential'] })
    for (const accept of [
      '*/*',
      'application/vc+jwt',
      'application/json;q=0.5, application/vc+jwt',
      'text/html, */*;q=0.1',
    ]) {
      expect((await service.get(list, { accept })).headers.get('content-type')).toContain('application/vc+jwt')
    }
    expect(await service.get(list, { accept: 'text/html' })).toMatchObject({
      status: 406,
      body: { code: 'issuer.not-acceptable' },
    })
  })

  test('is not there under an id that nobody has', async () => {
    expect(await service.get(`/statuslist/${randomUUID()}`)).toMatchObject({
      status: 404,
      body: { code: 'issuer.status-list-unknown' },
    })
  })
})

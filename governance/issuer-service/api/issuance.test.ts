import { randomUUID } from 'node:crypto'
import { type Did, generateSigningKey } from '@weft/protocols/trust'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FakeHolder } from '../testing/fake-holder.ts'
import { type RunningIssuerService, requestMessage, runIssuerService, until } from '../testing/run-issuer-service.ts'

let service: RunningIssuerService
let member: FakeHolder
let unlisted: FakeHolder
let did: Did
const dcp = 'https://w3id.org/dspace-dcp/v1.0/'
const base = '/participants/issuer'
const paths = {
  request: '/issuance/v1beta/participants/issuer/credentials',
  status: `/issuance/v1beta/participants/issuer/requests/${randomUUID()}`,
}

async function openService(settings: Parameters<typeof runIssuerService>[0] = {}): Promise<RunningIssuerService> {
  const running = await runIssuerService({ ...settings, holders: [member, unlisted] })
  await running.issuer('issuer')
  for (const holder of [member, unlisted]) {
    const body = { holderId: holder.did, did: holder.did, name: 'Member', properties: { level: 1 } }
    await running.admin('POST', `${base}/holders`, body)
  }
  return running
}

beforeAll(async () => {
  member = await FakeHolder.open('member')
  unlisted = await FakeHolder.open('unlisted', [])
  service = await openService()
  did = (await service.admin('GET', base)).body.did
})
afterAll(async () => {
  await service.stop()
  await member.close()
  await unlisted.close()
})

const processes = async (): Promise<number> =>
  (await service.admin('POST', `${base}/issuanceprocesses/query`, { limit: 500 })).body.length
const post = (authorization: string | undefined, body: unknown = requestMessage(randomUUID(), 'membership')) =>
  fetch(service.publicUrl + paths.request, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(authorization === undefined ? {} : { authorization }),
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
const get = (authorization: string | undefined) =>
  fetch(service.publicUrl + paths.status, { headers: authorization === undefined ? {} : { authorization } })

describe('a credential request in expanded JSON-LD', () => {
  test('DCP-32, DCP-33: as hubs of EDC send it is accepted and delivered', async () => {
    const holderPid = randomUUID()
    const message = {
      '@type': [`${dcp}CredentialRequestMessage`],
      [`${dcp}holderPid`]: [{ '@id': holderPid }],
      [`${dcp}credentials`]: [{ '@type': '@json', '@value': [{ id: 'membership' }] }],
    }
    for (const [form, body] of [message, [message]].entries()) {
      expect((await post(`Bearer ${await member.token(did)}`, body)).status, `form ${form}`).toBe(201)
    }
    await until(() => member.received.some(({ delivery }) => delivery.holderPid === holderPid), 'it is delivered')
    const unknown = {
      ...message,
      [`${dcp}holderPid`]: [{ '@id': randomUUID() }],
      [`${dcp}credentials`]: [{ '@type': '@json', '@value': [{ id: 'nothing' }] }],
    }
    expect((await post(`Bearer ${await member.token(did)}`, unknown)).status).toBe(400)
  })

  test('X-08: with a context that nobody here knows is refused, and the context is not fetched', async () => {
    const message = { '@context': `${member.origin}/context.jsonld`, type: 'CredentialRequestMessage' }
    expect((await post(`Bearer ${await member.token(did)}`, message)).status).toBe(400)
  })
})

describe('how strictly a holder is authenticated', () => {
  test('DCP-06: a key that the DID document lists for no use is refused', async () => {
    expect((await post(`Bearer ${await unlisted.token(did)}`)).status).toBe(401)
  })

  test('DCP-06: is relaxed by a setting, and for nothing but the missing relationship', async () => {
    const loose = await openService({ settings: { trust: { relationships: 'optional' } } })
    try {
      const audience = (await loose.admin('GET', base)).body.did
      const message = requestMessage(randomUUID(), 'membership')
      expect((await loose.request('issuer', unlisted, message, await unlisted.token(audience))).status).toBe(201)
      const { privateJwk } = await generateSigningKey()
      const forged = await unlisted.forge({ aud: audience }, { kid: unlisted.key.kid, privateJwk })
      expect((await loose.request('issuer', unlisted, message, forged)).status).toBe(401)
    } finally {
      await loose.stop()
      for (const holder of [member, unlisted]) holder.trust(service.resolver, service.clock)
    }
  })
})

describe('a token that proves nothing', () => {
  const now = () => Math.floor(service.clock() / 1000)
  const forgeries: readonly (readonly [string, () => Promise<string | undefined>])[] = [
    ['DCP-12: none', async () => undefined],
    ['DCP-12: without the word Bearer', () => member.token(did)],
    ['DCP-12: of another scheme', async () => `Basic ${await member.token(did)}`],
    [
      'DCP-03: with an iss that is not sub',
      async () => `Bearer ${await member.forge({ aud: did, iss: unlisted.did })}`,
    ],
    ['DCP-04: for somebody else', async () => `Bearer ${await member.forge({ aud: member.did })}`],
    ['DCP-09: expired a minute ago', async () => `Bearer ${await member.forge({ aud: did, exp: now() - 60 })}`],
    ['DCP-09: good from the next minute on', async () => `Bearer ${await member.forge({ aud: did, nbf: now() + 60 })}`],
    ['DCP-10: without an id', async () => `Bearer ${await member.forge({ aud: did, jti: undefined })}`],
    [
      'DCP-11: made a minute ahead',
      async () => `Bearer ${await member.forge({ aud: did, iat: now() + 60, exp: now() + 360 })}`,
    ],
    [
      'DCP-11: made an hour ahead',
      async () => `Bearer ${await member.forge({ aud: did, iat: now() + 3600, exp: now() + 3900 })}`,
    ],
    ['DCP-50: that lives for an hour', async () => `Bearer ${await member.forge({ aud: did, exp: now() + 3600 })}`],
    [
      'DCP-05: signed with another key',
      async () => {
        const { privateJwk } = await generateSigningKey()
        return `Bearer ${await member.forge({ aud: did }, { kid: member.key.kid, privateJwk })}`
      },
    ],
    [
      'DCP-07: signed with a key that the document does not name',
      async () => `Bearer ${await member.forge({ aud: did }, { ...member.key, kid: `${member.did}#other` })}`,
    ],
    [
      'DCP-49: not signed',
      async () => {
        const [header, payload] = [{ alg: 'none' }, { iss: member.did, sub: member.did, aud: did, exp: now() + 60 }]
        const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
        return `Bearer ${part(header)}.${part(payload)}.`
      },
    ],
    ['DCP-12: that is no token at all', async () => 'Bearer a.b.c'],
  ]

  test.each(forgeries)(
    '%s, is answered 401 for a request and for its status, and changes nothing',
    async (_, forge) => {
      const before = await processes()
      expect((await post(await forge())).status).toBe(401)
      expect((await get(await forge())).status).toBe(401)
      expect(await processes()).toBe(before)
    },
  )

  test('DCP-10: used for a request is not good for its status, nor the other way round', async () => {
    const token = await member.token(did)
    expect((await post(`Bearer ${token}`)).status).toBe(201)
    expect((await get(`Bearer ${token}`)).status).toBe(401)
    const second = await member.token(did)
    expect((await get(`Bearer ${second}`)).status).toBe(404)
    expect((await post(`Bearer ${second}`)).status).toBe(401)
  })

  test('DCP-10: used many times at once is good for one', async () => {
    const token = await member.token(did)
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(`Bearer ${token}`)))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 7 }, () => 401)])
  })
})

describe('hostile input', () => {
  const odd = fc.constantFrom(
    '__proto__',
    'constructor',
    '..%2f..%2fetc',
    '%00',
    '%',
    "'; drop table issuer; --",
    '\u202e',
    'a'.repeat(600),
  )

  test('X-03, X-09: of any shape makes a request fail with 4xx, and starts nothing', { timeout: 60_000 }, async () => {
    const before = await processes()
    const member_ = fc.oneof(fc.jsonValue({ maxDepth: 4 }), fc.constant([{ id: 'membership' }]), odd)
    const message = fc.record(
      {
        '@context': fc.oneof(fc.constant([`${dcp}dcp.jsonld`]), fc.jsonValue()),
        '@type': fc.jsonValue(),
        type: fc.oneof(fc.constant('CredentialRequestMessage'), fc.jsonValue()),
        holderPid: fc.oneof(fc.constant(''), fc.jsonValue()),
        credentials: member_,
        [`${dcp}credentials`]: member_,
      },
      { requiredKeys: [] },
    )
    const body = fc.oneof(
      fc.json(),
      fc.string(),
      message.map((value) => JSON.stringify(value)),
    )
    const isRequest = (text: string) => text.includes('"membership"') && text.includes('"CredentialRequestMessage"')
    const junk = body.filter((text) => !isRequest(text))
    await fc.assert(
      fc.asyncProperty(junk, async (text) => {
        const answer = await post(`Bearer ${await member.token(did)}`, text)
        expect(answer.status).toBeGreaterThanOrEqual(400)
        expect(answer.status).toBeLessThan(500)
      }),
      { numRuns: 60 },
    )
    expect(await processes()).toBe(before)
  })

  test.each([
    ['too large', () => JSON.stringify(requestMessage('x'.repeat(70_000), 'membership'))],
    ['too deep', () => `${'['.repeat(5_000)}${']'.repeat(5_000)}`],
    ['with a member twice', () => '{"type":"CredentialRequestMessage","type":"x","holderPid":"p","credentials":[]}'],
    [
      'with too many credentials',
      () => JSON.stringify(requestMessage('p', ...Array.from({ length: 65 }, (_, n) => `d${n}`))),
    ],
    [
      'with a prototype',
      () => '{"__proto__":{"holderPid":"p"},"type":"CredentialRequestMessage","credentials":[{"id":"membership"}]}',
    ],
    ['cut off', () => '{"type":"Cred'],
    ['empty', () => ''],
  ])('X-09: %s is refused', async (_, body) => {
    const before = await processes()
    const { status } = await post(`Bearer ${await member.token(did)}`, body())
    expect([400, 413]).toContain(status)
    expect(await processes()).toBe(before)
  })

  test('X-09: in any path or header of what anybody may read is answered below 500', { timeout: 60_000 }, async () => {
    const part = fc.oneof(odd, fc.string().map(encodeURIComponent), fc.uuid())
    const path = fc.oneof(
      part.map((name) => `/${name}/did.json`),
      part.map((id) => `/statuslist/${id}`),
      part.map((id) => `/issuance/v1beta/participants/${id}/metadata`),
      part.map((id) => `/issuance/v1beta/participants/issuer/schemas/${id}`),
      part.map((id) => `/issuance/v1beta/participants/issuer/requests/${id}`),
    )
    const header = fc.oneof(fc.constantFrom('', '*/*', ';;;q=,', 'a/b;q=1e400'), fc.stringMatching(/^[ -~]{0,40}$/))
    await fc.assert(
      fc.asyncProperty(path, header, async (target, value) => {
        const url = service.publicUrl + target
        const headers = { accept: value, 'if-none-match': value }
        expect((await fetch(url, { headers })).status).toBeLessThan(500)
      }),
      { numRuns: 100 },
    )
  })

  test('X-01: an id of another issuer looks like one that nobody has', async () => {
    const { did: second } = await service.issuer('second')
    const answer = await post(`Bearer ${await member.token(did)}`)
    const id = answer.headers.get('location')?.split('/').at(-1)
    const body = { holderId: 'member', did: member.did, properties: { level: 1 } }
    await service.admin('POST', '/participants/second/holders', body)
    const read = async (requestId: string | undefined) => {
      const authorization = `Bearer ${await member.token(second)}`
      const path = `/issuance/v1beta/participants/second/requests/${requestId}`
      const { status, body: problem } = await service.get(path, { authorization })
      return [status, problem.code, problem.detail]
    }
    expect(await read(id)).toEqual(await read(randomUUID()))
    expect((await read(id))[0]).toBe(404)
  })
})

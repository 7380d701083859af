import { randomUUID } from 'node:crypto'
import { buildCredentialOffer, createAccessToken, dcpContext, typeScope } from '@weft/protocols/dcp'
import { parseJwt, signJwt } from '@weft/protocols/trust'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FakeIssuer } from '../testing/fake-counterparty.ts'
import { ownerOf, provisioner, startTestHub, type TestHub, type TestParticipant } from '../testing/hub.ts'
import { askFor, issueTo, untilStatus } from '../testing/issuance.ts'
import { keyPairsOf, stsToken } from '../testing/keys.ts'

let hub: TestHub
let issuer: FakeIssuer
let holder: TestParticipant
let accessToken: string
let holderPid: string

const membership = typeScope('MembershipCredential')
const endpoints = ['presentations/query', 'credentials', 'offers'] as const
/** What PostgreSQL's text and JSON cannot hold, and what JavaScript can. */
const badTexts = ['\0', 'a\0b', '\ud800', '\udfff x', '𝒳'.repeat(40), "' or 1=1 --", '%00', '__proto__']

beforeAll(async () => {
  hub = await startTestHub()
  issuer = await hub.others.issuer('issuer')
  holder = await hub.participant()
  await issueTo(hub, holder, issuer, ['MembershipCredential'])
  holderPid = await askFor(hub, holder, issuer, ['MembershipCredential'])
  await untilStatus(hub, holder, holderPid, 'REQUESTED')
  accessToken = String((await stsToken(hub, holder, issuer.did, membership)).claims.token)
})
afterAll(async () => await hub.stop())

async function send(path: string, body: string | Buffer, token?: string): Promise<Response> {
  return await fetch(`${holder.credentialService}/${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${token ?? (await issuer.token(holder.did, accessToken))}`,
    },
    body,
  })
}

/** A token whose claims the test chooses, signed by the issuer. */
async function tokenWith(claims: Readonly<Record<string, unknown>>): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  const did = issuer.did
  const usual = { iss: did, sub: did, aud: holder.did, jti: randomUUID(), iat: now, exp: now + 60, token: accessToken }
  return await signJwt({ ...usual, ...claims }, issuer.key)
}

async function stateOfHolder(): Promise<unknown> {
  return await hub.database.tenant(holder.id, async (tx) => ({
    held: await tx.rows('select id, raw from identity_hub.held_credential order by id'),
    requests: await tx.rows('select holder_pid, state from identity_hub.credential_request order by holder_pid'),
    keys: await tx.rows('select id, state from identity_hub.key_pair order by id'),
  }))
}

/** Runs what a hostile peer does: it is refused, or harmless, and nothing of the holder has changed. */
async function expectHarmless(act: () => Promise<Response>): Promise<void> {
  const before = await stateOfHolder()
  const answer = await act()
  expect(answer.status, await answer.text()).toBeLessThan(500)
  expect(await stateOfHolder()).toEqual(before)
}

const types = ['PresentationQueryMessage', 'CredentialMessage', 'CredentialOfferMessage']
const message = (members: object) => ({ '@context': [dcpContext], ...members })

describe.each(endpoints)('X-09: %s and a hostile peer', (path) => {
  it('takes any JSON without a fault of ours', async () => {
    const anything = fc.oneof(
      fc.jsonValue(),
      fc.record({ type: fc.constantFrom(...types), scope: fc.jsonValue(), credentials: fc.jsonValue() }).map(message),
      fc
        .record({
          type: fc.constantFrom(...types),
          holderPid: fc.constantFrom(holderPid, ...badTexts),
          issuerPid: fc.string(),
          status: fc.constantFrom('ISSUED', 'REJECTED', '', null),
          rejectionReason: fc.oneof(fc.string(), fc.constantFrom(...badTexts)),
          credentials: fc.array(fc.record({ credentialType: fc.string(), payload: fc.string(), format: fc.string() })),
        })
        .filter(({ type, status }) => type !== 'CredentialMessage' || status !== 'REJECTED')
        .map(message),
    )
    await fc.assert(
      fc.asyncProperty(anything, async (body) => {
        expect((await send(path, JSON.stringify(body))).status).toBeLessThan(500)
      }),
      { numRuns: 60 },
    )
  })

  it.each<[string, string | Buffer]>([
    ['broken JSON', '{"type":'],
    ['a body that is empty', ''],
    ['no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
    ['a nesting of ten thousand', `${'['.repeat(10_000)}${']'.repeat(10_000)}`],
    ['a nesting of objects', `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`],
    ['a member twice', `{"type":"CredentialMessage","type":"PresentationQueryMessage"}`],
    ['a prototype', '{"__proto__":{"type":"PresentationQueryMessage"},"constructor":{"prototype":{}}}'],
    ['a number beyond all bounds', `{"type":${'9'.repeat(400)}}`],
    ['forty thousand members', `{${Array.from({ length: 40_000 }, (_, n) => `"m${n}":1`).join(',')}}`],
    [
      'X-08: an unknown context that is to be fetched',
      '{"@context":["http://127.0.0.1:1/x"],"type":"CredentialMessage"}',
    ],
    [
      'a bomb of references',
      JSON.stringify({ '@context': [dcpContext], '@graph': Array(5000).fill({ '@id': '_:b' }) }),
    ],
  ])('%s is refused in bounded time', async (_what, body) => {
    // What it costs, not how long others had the machine meanwhile.
    const before = process.cpuUsage()
    await expectHarmless(async () => await send(path, body))
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1000).toBeLessThan(5_000)
  })

  it('is not fooled by claims of odd types and texts', async () => {
    for (const odd of [...badTexts, '', 0, -1, true, null, [], {}, ['x'], 1e308]) {
      for (const claim of ['jti', 'token', 'nbf', 'iat', 'exp', 'aud', 'iss', 'sub']) {
        const token = await tokenWith({ [claim]: odd })
        const answer = await send(path, JSON.stringify(message({ type: types[0], scope: [membership] })), token)
        expect(answer.status, `${claim} ${JSON.stringify(odd)} ${await answer.text()}`).toBeLessThan(500)
      }
    }
  })

  it('refuses a token that is none, whatever its shape', async () => {
    const good = await issuer.token(holder.did, accessToken)
    const [header = '', payload = '', signature = ''] = good.split('.')
    const none = Buffer.from('{"alg":"none"}').toString('base64url')
    const hmac = Buffer.from(JSON.stringify({ alg: 'HS256', kid: issuer.key.kid })).toString('base64url')
    for (const token of [
      `${none}.${payload}.`,
      `${hmac}.${payload}.${signature}`,
      `${header}.${payload}`,
      `${header}.${payload}.${signature}.x`,
      `${header}.${payload}.${signature.slice(0, -4)}AAAA`,
      `.${payload}.${signature}`,
      '..',
      'x'.repeat(100_000).slice(0, 12_000),
    ]) {
      const { status } = await send(path, '{}', token)
      expect([400, 401, 431]).toContain(status)
    }
  })
})

describe('X-09: texts that the database cannot hold', () => {
  it.each(badTexts)('in every member of every message: %j', async (text) => {
    const container = { credentialType: text, payload: text, format: 'vc11-sl2021/jwt' }
    const pids = { holderPid: text, issuerPid: text }
    for (const [path, body] of [
      ['presentations/query', { type: types[0], scope: [`org.eclipse.dspace.dcp.vc.type:${text}`] }],
      ['presentations/query', { type: types[0], scope: [`org.eclipse.dspace.dcp.vc.id:${text}:read`] }],
      ['credentials', { type: types[1], ...pids, status: 'ISSUED', credentials: [container] }],
      ['credentials', { type: types[1], ...pids, status: 'REJECTED', rejectionReason: text }],
    ] as const) {
      await expectHarmless(async () => await send(path, JSON.stringify(message(body))))
    }
    for (const member of ['id', 'credentialType', 'offerReason', 'profile', 'credentialSchema']) {
      const offered = { type: 'CredentialObject', id: 'x', credentialType: 'X', [member]: text }
      const body = { type: types[2], issuer: issuer.did, credentials: [offered] }
      const answer = await send('offers', JSON.stringify(message(body)))
      expect(answer.status, `${member} ${await answer.text()}`).toBeLessThan(500)
    }
  })

  it('in what an issuer says when it refuses, the reason is shown and the request ends', async () => {
    const asked = await askFor(hub, holder, issuer, ['OtherCredential'])
    await untilStatus(hub, holder, asked, 'REQUESTED')
    const body = {
      type: types[1],
      holderPid: asked,
      issuerPid: 'a\0b',
      status: 'REJECTED',
      rejectionReason: 'no\0\ud800',
    }
    const answer = await send('credentials', JSON.stringify(message(body)))
    expect(answer.status).toBeLessThan(500)
  })

  it('in a signed credential that is delivered', async () => {
    const asked = await askFor(hub, holder, issuer, ['NulCredential'])
    await untilStatus(hub, holder, asked, 'REQUESTED')
    const now = Math.floor(Date.now() / 1000)
    for (const text of ['a\0b', '\ud800']) {
      const vc = {
        '@context': ['https://www.w3.org/2018/credentials/v1', `https://example.com/${text}`],
        id: `urn:${text}`,
        type: ['VerifiableCredential', 'NulCredential', text],
        issuer: issuer.did,
        issuanceDate: new Date(now * 1000).toISOString(),
        credentialSubject: { id: holder.did, [text]: text },
      }
      const claims = { iss: issuer.did, sub: holder.did, jti: `urn:${text}`, nbf: now, exp: now + 300, vc }
      const payload = await signJwt(claims, issuer.key)
      const container = { credentialType: 'NulCredential', payload, format: 'vc11-sl2021/jwt' }
      const body = { type: types[1], holderPid: asked, issuerPid: 'i', status: 'ISSUED', credentials: [container] }
      const answer = await send('credentials', JSON.stringify(message(body)))
      expect(answer.status, await answer.text()).toBeLessThan(500)
    }
    expect((await hub.admin(ownerOf(holder.id), 'GET', `/participants/${holder.id}/credentials`)).status).toBe(200)
  })
})

describe('messages in expanded form', () => {
  const dcp = 'https://w3id.org/dspace-dcp/v1.0/'

  it('DCP-19: a query without a context and with absolute names is answered', async () => {
    const body = { '@type': [`${dcp}PresentationQueryMessage`], [`${dcp}scope`]: [{ '@value': membership }] }
    const answer = await send('presentations/query', JSON.stringify(body))
    expect(answer.status).toBe(200)
    expect(((await answer.json()) as { presentation: string[] }).presentation).toHaveLength(1)
  })

  it('DCP-41: an offer and DCP-39: a delivery are read too', async () => {
    const sparse = { id: 'expanded' }
    const { credentials } = buildCredentialOffer({ issuer: issuer.did, credentials: [sparse] }) as {
      credentials: object[]
    }
    const offer = { '@context': [dcpContext], '@type': 'CredentialOfferMessage', issuer: issuer.did, credentials }
    expect((await send('offers', JSON.stringify(offer))).status).toBeLessThan(500)
    const delivery = {
      '@type': [`${dcp}CredentialMessage`],
      [`${dcp}issuerPid`]: [{ '@id': 'i' }],
      [`${dcp}holderPid`]: [{ '@id': 'unknown' }],
      [`${dcp}status`]: [{ '@id': `${dcp}ISSUED` }],
      [`${dcp}credentials`]: [
        { '@type': '@json', '@value': [{ credentialType: 'X', payload: 'x', format: 'VC1_0_JWT' }] },
      ],
    }
    const answer = await send('credentials', JSON.stringify(delivery))
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
      404,
      'identity-hub.delivery-foreign',
    ])
  })
})

describe("X-02: one tenant's secrets at another tenant's door", () => {
  it('keys, access tokens and requests of a neighbour open nothing', async () => {
    const neighbour = await hub.participant()
    const [pair] = await keyPairsOf(hub, neighbour)
    const secret = await hub.vault.partition(neighbour.id).get(`identity-hub/key/${pair?.id}`)
    const key = { kid: pair?.keyId ?? '', privateJwk: JSON.parse(secret ?? '{}') as never }
    // The neighbour makes an access token for itself that claims to be the holder's.
    const own = { holder: holder.did, verifier: issuer.did, scopes: [membership], key, clock: Date.now }
    const { token } = await createAccessToken(own)
    const disguised = { ...own, key: { ...key, kid: `${holder.did}#key-1` } }
    for (const forged of [token, (await createAccessToken(disguised)).token]) {
      const bearer = await issuer.token(holder.did, forged)
      const body = JSON.stringify(message({ type: types[0], scope: [membership] }))
      const answer = await send('presentations/query', body, bearer)
      expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
        401,
        'dcp.access-token-invalid',
      ])
    }
    const theirs = await askFor(hub, neighbour, issuer, ['MembershipCredential'])
    await untilStatus(hub, neighbour, theirs, 'REQUESTED')
    const payload = await issuer.credential(holder.did, 'MembershipCredential')
    const container = { credentialType: 'MembershipCredential', payload, format: 'vc11-sl2021/jwt' }
    const body = { type: types[1], issuerPid: 'i', holderPid: theirs, status: 'ISSUED', credentials: [container] }
    await expectHarmless(async () => await send('credentials', JSON.stringify(message(body))))
  })

  it('a presentation is no token, and a token no presentation', async () => {
    const body = JSON.stringify(message({ type: types[0], scope: [membership] }))
    const { presentation } = (await (await send('presentations/query', body)).json()) as { presentation: string[] }
    expect(parseJwt(presentation[0]).claims.aud).toBe(issuer.did)
    expect((await send('presentations/query', body, presentation[0])).status).toBe(401)
  })
})

describe('X-09: the identity API', () => {
  it('answers odd ids and bodies without a fault of ours', async () => {
    const ids = [...badTexts, '..', 'a/b', 'x'.repeat(2000)].map((text) => encodeURIComponent(text.toWellFormed()))
    for (const id of ids) {
      for (const [method, path] of [
        ['GET', `/keypairs/${id}`],
        ['POST', `/keypairs/${id}/rotate`],
        ['POST', `/keypairs/${id}/revoke`],
        ['POST', `/keypairs/${id}/activate`],
        ['GET', `/credentials/${id}`],
        ['GET', `/credentials/offers/${id}`],
        ['POST', `/credentials/offers/${id}/accept`],
        ['DELETE', `/credentials/offers/${id}`],
        ['GET', `/credentials/request/${id}`],
        ['GET', `/credentials?type=${id}`],
      ] as const) {
        const answer = await hub.admin(provisioner, method, `/participants/${holder.id}${path}`)
        expect(answer.status, `${method} ${path} ${await answer.text()}`).toBeLessThan(500)
        const own = await hub.admin(ownerOf(holder.id), method, `/participants/${holder.id}${path}`)
        expect(own.status, `${method} ${path} ${await own.text()}`).toBeLessThan(500)
      }
    }
    expect((await keyPairsOf(hub, holder)).map((pair) => pair.state)).toEqual([200])
  })
})

import { request } from 'node:http'
import { type Did, didWeb, generateSigningKey, parseDid } from '@weft/protocols/trust'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ownerOf, provisioner, startTestHub, type TestHub, type TestParticipant } from './testing/hub.ts'
import { keyPairsOf, stsToken } from './testing/keys.ts'

let hub: TestHub

beforeAll(async () => {
  hub = await startTestHub()
})
afterAll(async () => await hub.stop())

const audience = parseDid('did:web:example.com:partner')

interface Document {
  id: string
  verificationMethod: { id: string; publicKeyJwk: object }[]
  service: { id: string; type: string; serviceEndpoint: string }[]
  [relationship: string]: unknown
}

interface Verification {
  state: string
  problem: { code: string } | null
  differences: { kind: string; id: string }[]
  activatedKeyPairs: string[]
}

/** Asks the public listener under a host name, which fetch does not let one choose. */
function getAs(host: string, path: string): Promise<{ status: number; headers: object; body: Document }> {
  return new Promise((resolve, reject) => {
    const url = new URL(hub.listenerUrl)
    const call = request({ host: url.hostname, port: url.port, path, headers: { host } }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => {
        const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Document
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body })
      })
    })
    call.on('error', reject)
    call.end()
  })
}

async function documentOf(participant: TestParticipant): Promise<Document> {
  const answer = await hub.admin(ownerOf(participant.id), 'GET', `/participants/${participant.id}/dids/document`)
  expect(answer.headers.get('content-disposition')).toContain('did.json')
  return (await answer.json()) as Document
}

async function verify(participant: TestParticipant): Promise<Verification> {
  const answer = await hub.admin(ownerOf(participant.id), 'POST', `/participants/${participant.id}/dids/verify`)
  expect(answer.status).toBe(200)
  return (await answer.json()) as Verification
}

describe('DCP-48: a domain of the customer that points here', () => {
  it('the document is served for that host, at the path of the DID, with services of ours', async () => {
    const root = await hub.participant({ did: 'did:web:data.customer.example', didHosting: 'domain' })
    const deep = await hub.participant({ did: 'did:web:data.customer.example%3A8443:unit:a', didHosting: 'domain' })
    const answer = await getAs('data.customer.example', '/.well-known/did.json')
    expect(answer).toMatchObject({
      status: 200,
      headers: { vary: expect.stringMatching(/host/i) },
      body: { id: root.did, service: [{ serviceEndpoint: root.credentialService }] },
    })
    expect(await getAs('DATA.customer.example:8443', '/unit/a/did.json')).toMatchObject({ body: { id: deep.did } })
    expect((await stsToken(hub, root, audience)).kid).toBe(`${root.did}#key-1`)
  })

  it('a Host header finds what was assigned to exactly that host and nothing else', async () => {
    const { id, did } = await hub.participant()
    await hub.participant({ did: 'did:web:exact.example:a', didHosting: 'domain' })
    const delegated = await hub.participant({ did: 'did:web:own.example:b', didHosting: 'customer' })
    for (const [host, path] of [
      ['exact.example', '/.well-known/did.json'],
      ['sub.exact.example', '/a/did.json'],
      ['exact.example:444', '/a/did.json'],
      ['exact.example.evil.example', '/a/did.json'],
      ['exact.example@evil.example', '/a/did.json'],
      ['exact.example/..', '/a/did.json'],
      ['own.example', '/b/did.json'],
      ["' or 1=1 --", '/a/did.json'],
    ] as const) {
      const { status } = await getAs(host, path)
      expect([400, 404], host).toContain(status)
    }
    // A stranger's host decides nothing about what lies below our public URL.
    expect(await getAs('evil.example', `/${id}/did.json`)).toMatchObject({ status: 200, body: { id: did } })
    expect(delegated.did).toBe('did:web:own.example:b')
  })

  it('nobody is given a name below the public URL as a domain of its own', async () => {
    const { did } = await hub.participant()
    const answer = await hub.admin(provisioner, 'POST', '/participants', {
      participantContextId: 'thief',
      did: `${did}:deeper`,
      didHosting: 'domain',
      key: { keyId: 'key-1' },
    })
    expect(await answer.json()).toMatchObject([{ code: 'identity-hub.did-not-own', path: 'did' }])
  })

  it('an inactive context is not served there either', async () => {
    const one = await hub.participant({ did: 'did:web:off.example', didHosting: 'domain' })
    await hub.admin(provisioner, 'POST', `/participants/${one.id}/state?isActive=false`)
    expect((await getAs('off.example', '/.well-known/did.json')).status).toBe(404)
  })
})

describe('DCP-48: a document that the customer hosts', () => {
  let serial = 0
  async function delegated(): Promise<{ participant: TestParticipant; name: string }> {
    const name = `customer-${serial++}`
    const did: Did = didWeb(hub.others.origin, name)
    return { participant: await hub.participant({ did, didHosting: 'customer' }), name }
  }

  it('is offered for download, and once it is published as offered it matches', async () => {
    const { participant, name } = await delegated()
    expect(await verify(participant)).toMatchObject({ state: 'UNREACHABLE', problem: { code: 'trust.did-not-found' } })
    const document = await documentOf(participant)
    expect(document).toMatchObject({
      id: participant.did,
      service: [{ serviceEndpoint: participant.credentialService }],
    })
    hub.others.publish(name, document)
    expect(await verify(participant)).toMatchObject({ state: 'MATCHES', differences: [], problem: null })
  })

  it('says what differs: keys, relationships, services, and keys of somebody else', async () => {
    const { participant, name } = await delegated()
    const document = await documentOf(participant)
    const kid = document.verificationMethod[0]?.id ?? ''
    const { publicJwk } = await generateSigningKey()
    const found = async (changes: object) => {
      hub.others.publish(name, { ...document, ...changes })
      const { state, differences } = await verify(participant)
      expect(state).toBe('DIFFERS')
      return differences.map((one) => [one.kind, one.id])
    }
    const method = { id: kid, type: 'JsonWebKey2020', controller: participant.did, publicKeyJwk: publicJwk }
    const stranger = { ...method, id: `${participant.did}#stranger` }
    expect(await found({ verificationMethod: [] })).toEqual([['key-missing', kid]])
    expect(await found({ verificationMethod: [method] })).toEqual([['key-differs', kid]])
    expect(await found({ assertionMethod: [] })).toEqual([['relationship-missing', kid]])
    expect(await found({ verificationMethod: [...document.verificationMethod, stranger] })).toEqual([
      ['key-foreign', stranger.id],
    ])
    const service = document.service[0]
    expect(await found({ service: [] })).toEqual([['service-missing', service?.id]])
    expect(await found({ service: [{ ...service, serviceEndpoint: 'https://elsewhere.example' }] })).toEqual([
      ['service-differs', service?.id],
    ])
    hub.others.publish(name, { ...document, id: 'did:web:example.com' })
    expect(await verify(participant)).toMatchObject({
      state: 'UNREACHABLE',
      problem: { code: 'trust.did-document-invalid' },
    })
  })

  it('DCP-45: a new key waits until the customer has published it; the old one signs so long', async () => {
    const { participant, name } = await delegated()
    hub.others.publish(name, await documentOf(participant))
    const [old] = await keyPairsOf(hub, participant)
    const path = `/participants/${participant.id}/keypairs/${old?.id}`
    expect((await hub.admin(ownerOf(participant.id), 'POST', `${path}/rotate`)).status).toBe(204)
    const [, waiting] = await keyPairsOf(hub, participant)
    expect(waiting).toMatchObject({ state: 100, replaces: old?.id })
    expect((await stsToken(hub, participant, audience)).kid).toBe(old?.keyId)

    const missing = await verify(participant)
    expect(missing).toMatchObject({ state: 'DIFFERS', activatedKeyPairs: [] })
    expect(missing.differences).toMatchObject([{ kind: 'key-missing', id: waiting?.keyId }])
    hub.others.publish(name, await documentOf(participant))
    expect(await verify(participant)).toMatchObject({ state: 'MATCHES', activatedKeyPairs: [waiting?.id] })
    expect((await keyPairsOf(hub, participant)).map((pair) => pair.state)).toEqual([300, 200])
    expect((await stsToken(hub, participant, audience)).kid).toBe(waiting?.keyId)
    expect(await verify(participant)).toMatchObject({ state: 'MATCHES', activatedKeyPairs: [] })
  })

  it('DCP-45: a revoked key signs no more; its successor signs once it is published', async () => {
    const { participant, name } = await delegated()
    hub.others.publish(name, await documentOf(participant))
    const [old] = await keyPairsOf(hub, participant)
    const path = `/participants/${participant.id}/keypairs/${old?.id}`
    expect((await hub.admin(ownerOf(participant.id), 'POST', `${path}/revoke`)).status).toBe(204)
    await expect(stsToken(hub, participant, audience)).rejects.toThrow('key-missing')
    const kinds = (await verify(participant)).differences.map((one) => one.kind)
    expect(kinds.toSorted()).toEqual(['key-foreign', 'key-missing'])
    hub.others.publish(name, await documentOf(participant))
    expect(await verify(participant)).toMatchObject({ state: 'MATCHES' })
    await stsToken(hub, participant, audience)
  })

  it('X-05: the address inside our network of a DID is not fetched', async () => {
    const participant = await hub.participant({ did: 'did:web:localhost%3A1', didHosting: 'customer' })
    expect(await verify(participant)).toMatchObject({ state: 'UNREACHABLE', differences: [] })
  })
})

describe('whether a DID is published', () => {
  it('follows the participant context', async () => {
    const { id, did } = await hub.participant()
    const call = async (verb: string, body: object = { did }) =>
      await hub.admin(provisioner, 'POST', `/participants/${id}/dids/${verb}`, body)
    const state = async () =>
      await (await hub.admin(ownerOf(id), 'POST', `/participants/${id}/dids/state`, { did })).text()
    expect(await state()).toBe('PUBLISHED')
    expect((await call('publish')).status).toBe(204)
    expect((await call('unpublish')).status).toBe(409)
    await hub.admin(provisioner, 'POST', `/participants/${id}/state?isActive=false`)
    expect(await state()).toBe('UNPUBLISHED')
    expect((await call('unpublish')).status).toBe(204)
    expect((await call('publish')).status).toBe(409)
    expect((await call('publish', { did: `${did}x` })).status).toBe(404)
  })
})

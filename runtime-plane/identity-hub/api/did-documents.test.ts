import { createOutboundClient } from '@weft/foundation/http'
import { createLogger } from '@weft/foundation/telemetry'
import { createDidResolver, fetchDocumentOver, parseDid } from '@weft/protocols/trust'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { provisioner, startTestHub, type TestHub } from '../testing/hub.ts'

let hub: TestHub

beforeAll(async () => {
  hub = await startTestHub()
})
afterAll(async () => await hub.stop())

it('DCP-48: the document of an active participant is where its DID says, with the id exactly the DID', async () => {
  const { id, did, credentialService } = await hub.participant()
  const answer = await fetch(`${hub.publicUrl}/${id}/did.json`)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toMatch(/^application\/did\+json/)
  expect(answer.headers.get('cache-control')).toMatch(/^public, max-age=\d$/)
  const kid = `${did}#key-1`
  expect(await answer.json()).toMatchObject({
    id: did,
    verificationMethod: [
      { id: kid, controller: did, type: 'JsonWebKey2020', publicKeyJwk: { kty: 'EC', crv: 'P-256' } },
    ],
    authentication: [kid],
    assertionMethod: [kid],
    capabilityInvocation: [kid],
    service: [{ id: `${did}#credential-service`, type: 'CredentialService', serviceEndpoint: credentialService }],
  })
})

it('DCP-13: the resolver of the protocol finds the credential service', async () => {
  const { did } = await hub.participant()
  const logger = createLogger({ component: 'test', level: 'silent' })
  const outbound = createOutboundClient({ allowedOrigins: [hub.publicUrl], logger })
  const resolver = createDidResolver({
    fetchDocument: fetchDocumentOver(outbound.send, { purpose: 'test' }),
    clock: Date.now,
  })
  expect((await resolver.resolve(did)).services.map((service) => service.type)).toEqual(['CredentialService'])
  await outbound.close()
})

it('publishes DIDs of several segments and the one of the public URL itself', async () => {
  const host = `did:web:127.0.0.1%3A${new URL(hub.publicUrl).port}`
  for (const [did, path] of [
    [`${host}:org:unit:acme`, '/org/unit/acme/did.json'],
    [host, '/.well-known/did.json'],
  ] as const) {
    await hub.participant({ did: parseDid(did) })
    expect(await (await fetch(hub.publicUrl + path)).json()).toMatchObject({ id: did })
  }
})

it('unknown and inactive participants are answered alike', async () => {
  const { id } = await hub.participant()
  await hub.admin(provisioner, 'POST', `/participants/${id}/state?isActive=false`)
  const problem = async (path: string) => {
    const answer = await fetch(hub.publicUrl + path)
    const { correlationId: _, ...rest } = (await answer.json()) as Record<string, unknown>
    return { httpStatus: answer.status, ...rest }
  }
  const unknown = await problem('/nobody/did.json')
  expect(unknown).toMatchObject({ httpStatus: 404, code: 'request.not-found' })
  expect(await problem(`/${id}/did.json`)).toEqual(unknown)
  expect(await problem('/a/b/c/did.json')).toEqual(unknown)
  expect(await problem('/%00/did.json')).toEqual(unknown)
})

it('the Host header decides nothing', async () => {
  const { id, did } = await hub.participant()
  const answer = await fetch(`${hub.listenerUrl}/${id}/did.json`, { headers: { host: 'evil.example' } })
  expect(await answer.json()).toMatchObject({ id: did })
})

it('an inactive context is published once it is activated', async () => {
  const { id } = await hub.participant({ active: false })
  expect((await fetch(`${hub.publicUrl}/${id}/did.json`)).status).toBe(404)
  await hub.admin(provisioner, 'POST', `/participants/${id}/state?isActive=true`)
  expect((await fetch(`${hub.publicUrl}/${id}/did.json`)).status).toBe(200)
})

it('no private member is ever in a document', async () => {
  const { id } = await hub.participant()
  expect(await (await fetch(`${hub.publicUrl}/${id}/did.json`)).text()).not.toMatch(/"d":/)
})

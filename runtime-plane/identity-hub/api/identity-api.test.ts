import { randomUUID } from 'node:crypto'
import { participantContextId } from '@weft/foundation/access'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { administrator, manifestFor, ownerOf, provisioner, startTestHub, type TestHub } from '../testing/hub.ts'

let hub: TestHub

beforeAll(async () => {
  hub = await startTestHub()
})
afterAll(async () => await hub.stop())

async function newId() {
  const id = participantContextId(`pc-${randomUUID()}`)
  await hub.vault.openPartition({ clientId: `${id}-vault`, participantContextId: id })
  return id
}

async function errorOf(answer: Response) {
  const body = (await answer.json()) as { code: string; path: string | null; type: string }[]
  return { status: answer.status, ...body[0] }
}

describe('creating a participant context', () => {
  it('answers with the client of the STS and makes the key in the vault', async () => {
    const id = await newId()
    const manifest = manifestFor(hub.publicUrl, id)
    const answer = await hub.admin(provisioner, 'POST', '/participants', manifest)
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({ apiKey: null, clientId: manifest.did, clientSecret: null })

    const pairs = (await (await hub.admin(ownerOf(id), 'GET', `/participants/${id}/keypairs`)).json()) as {
      id: string
      keyId: string
      serializedPublicKey: string
    }[]
    expect(pairs).toHaveLength(1)
    expect(pairs[0]).toMatchObject({ keyId: `${manifest.did}#key-1`, participantContextId: id, state: 200 })
    const privateJwk = JSON.parse((await hub.vault.partition(id).get(`identity-hub/key/${pairs[0]?.id}`)) ?? '{}')
    expect(privateJwk).toMatchObject({ kty: 'EC', crv: 'P-256', d: expect.any(String) })
    expect(JSON.parse(pairs[0]?.serializedPublicKey ?? '')).toMatchObject({ x: privateJwk.x, y: privateJwk.y })
    expect(pairs[0]?.serializedPublicKey).not.toContain(privateJwk.d)
  })

  it('is idempotent: the same manifest has the same answer and makes no second key', async () => {
    const id = await newId()
    const manifest = { ...manifestFor(hub.publicUrl, id), provisionStsAccount: true }
    const first = await (await hub.admin(provisioner, 'POST', '/participants', manifest)).json()
    expect(first).toMatchObject({ clientSecret: expect.stringMatching(/^[\w-]{43}$/) })
    const again = await hub.admin(provisioner, 'POST', '/participants', manifest)
    expect(again.status).toBe(200)
    expect(await again.json()).toEqual(first)
    expect(await (await hub.admin(ownerOf(id), 'GET', `/participants/${id}/keypairs`)).json()).toHaveLength(1)
  })

  it('happens once when it is asked for many times at once', async () => {
    const id = await newId()
    const manifest = { ...manifestFor(hub.publicUrl, id), provisionStsAccount: true }
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => hub.admin(provisioner, 'POST', '/participants', manifest)),
    )
    const bodies = await Promise.all(answers.map(async (answer) => JSON.stringify(await answer.json())))
    expect(answers.map((answer) => answer.status)).toEqual(Array(6).fill(200))
    expect(new Set(bodies).size).toBe(1)
    expect(await (await hub.admin(ownerOf(id), 'GET', `/participants/${id}/keypairs`)).json()).toHaveLength(1)
  })

  it('refuses other content under the same id', async () => {
    const { id } = await hub.participant()
    const other = { ...manifestFor(hub.publicUrl, id), active: false }
    const answer = await hub.admin(provisioner, 'POST', '/participants', other)
    expect(await errorOf(answer)).toMatchObject({
      status: 409,
      code: 'identity-hub.participant-differs',
      type: 'ObjectConflict',
    })
  })

  it('refuses a DID that another context has', async () => {
    const { did } = await hub.participant()
    const id = await newId()
    const manifest = { ...manifestFor(hub.publicUrl, id), did }
    const answer = await hub.admin(provisioner, 'POST', '/participants', manifest)
    expect(await errorOf(answer)).toMatchObject({ status: 409, code: 'identity-hub.did-taken', path: 'did' })
    expect((await hub.admin(provisioner, 'GET', `/participants/${id}`)).status).toBe(404)
  })

  it('refuses a context without a vault partition and keeps nothing of it', async () => {
    const id = participantContextId(`pc-${randomUUID()}`)
    const answer = await hub.admin(provisioner, 'POST', '/participants', manifestFor(hub.publicUrl, id))
    expect(await errorOf(answer)).toMatchObject({ status: 409, code: 'secrets.partition-closed' })
    expect((await hub.admin(provisioner, 'GET', `/participants/${id}`)).status).toBe(404)
  })

  it.each<[string, object]>([
    ['did', { did: 'did:web:example.com:acme' }],
    ['did', { did: 'acme' }],
    ['participantContextId', { participantContextId: 'a b' }],
    ['keys', { key: undefined }],
    ['/key/publicKeyJwk', { key: { keyId: 'key-1', publicKeyJwk: {} } }],
    ['active', { active: 'yes' }],
    ['colour', { colour: 'blue' }],
  ])('names the field "%s" that is wrong', async (field, changes) => {
    const id = await newId()
    const answer = await hub.admin(provisioner, 'POST', '/participants', {
      ...manifestFor(hub.publicUrl, id),
      ...changes,
    })
    expect(await errorOf(answer)).toMatchObject({ status: 400, path: field })
  })
})

describe('reading, switching and removing participant contexts', () => {
  it('lists contexts page by page, oldest first', async () => {
    const made = [await hub.participant(), await hub.participant()]
    const read = async (query: string) =>
      (await (await hub.admin(provisioner, 'GET', `/participants?${query}`)).json()) as {
        participantContextId: string
      }[]
    const all = (await read('limit=500')).map((one) => one.participantContextId)
    expect(all.slice(-2)).toEqual(made.map((one) => one.id))
    expect((await read(`offset=${all.length - 1}&limit=1`)).map((one) => one.participantContextId)).toEqual([
      made[1]?.id,
    ])
    for (const query of ['limit=501', 'limit=0', 'offset=-1']) {
      expect((await hub.admin(provisioner, 'GET', `/participants?${query}`)).status).toBe(400)
    }
  })

  it('shows a context to its owner', async () => {
    const { id, did } = await hub.participant()
    const answer = await hub.admin(ownerOf(id, 'identity-api:read'), 'GET', `/participants/${id}`)
    expect(await answer.json()).toMatchObject({ participantContextId: id, did, identity: did, state: 200 })
  })

  it('switches a context off and on', async () => {
    const { id } = await hub.participant()
    const state = async () =>
      ((await (await hub.admin(provisioner, 'GET', `/participants/${id}`)).json()) as { state: number }).state
    expect((await hub.admin(provisioner, 'POST', `/participants/${id}/state?isActive=false`)).status).toBe(204)
    expect(await state()).toBe(300)
    expect((await hub.admin(provisioner, 'POST', `/participants/${id}/state?isActive=true`)).status).toBe(204)
    expect(await state()).toBe(200)
    expect((await hub.admin(provisioner, 'POST', '/participants/unknown/state?isActive=true')).status).toBe(404)
    expect((await hub.admin(provisioner, 'POST', `/participants/${id}/state?isActive=maybe`)).status).toBe(400)
  })

  it('removes a context with its keys and DID; a second time there is none', async () => {
    const { id } = await hub.participant()
    const [pair] = (await (await hub.admin(administrator, 'GET', `/participants/${id}/keypairs`)).json()) as {
      id: string
    }[]
    expect((await hub.admin(provisioner, 'DELETE', `/participants/${id}`)).status).toBe(204)
    expect(await hub.vault.partition(id).get(`identity-hub/key/${pair?.id}`)).toBeUndefined()
    expect((await fetch(`${hub.publicUrl}/${id}/did.json`)).status).toBe(404)
    expect((await hub.admin(provisioner, 'GET', `/participants/${id}`)).status).toBe(404)
    expect((await hub.admin(provisioner, 'DELETE', `/participants/${id}`)).status).toBe(404)
    // The name is free again.
    const anew = await hub.admin(provisioner, 'POST', '/participants', manifestFor(hub.publicUrl, id))
    expect(anew.status).toBe(200)
  })

  it('shows the DID documents of a context, published or not', async () => {
    const { id, did } = await hub.participant({ active: false })
    const query = async (body: object) =>
      await (await hub.admin(ownerOf(id), 'POST', `/participants/${id}/dids/query`, body)).json()
    expect(await query({})).toMatchObject([{ id: did, verificationMethod: [{ id: `${did}#key-1` }] }])
    expect(await query({ offset: 1 })).toEqual([])
  })
})

describe('who may do what', () => {
  const routes = (id: string): readonly [string, string, unknown?][] => [
    ['POST', '/participants', manifestFor(hub.publicUrl, id)],
    ['GET', '/participants'],
    ['GET', `/participants/${id}`],
    ['DELETE', `/participants/${id}`],
    ['POST', `/participants/${id}/state?isActive=false`],
    ['GET', `/participants/${id}/keypairs`],
    ['POST', `/participants/${id}/dids/query`, {}],
    ['GET', `/participants/${id}/credentials`],
    ['GET', `/participants/${id}/credentials/some`],
    ['POST', `/participants/${id}/credentials/request`, {}],
    ['GET', `/participants/${id}/credentials/request/some`],
  ]
  const statuses = async (id: string, caller: Parameters<TestHub['admin']>[0]): Promise<number[]> => {
    const list: number[] = []
    for (const [method, path, body] of routes(id)) list.push((await hub.admin(caller, method, path, body)).status)
    return list
  }

  it('a participant gets the same refusal for a foreign context as for an unknown one, and changes nothing', async () => {
    const [own, foreign] = [await hub.participant(), await hub.participant()]
    const everything = ['identity-api:write', 'identity-api:admin']
    expect(await statuses(foreign.id, ownerOf(own.id, ...everything))).toEqual(Array(11).fill(403))
    expect(await statuses('unknown', ownerOf(own.id, ...everything))).toEqual(Array(11).fill(403))
    expect((await hub.admin(provisioner, 'GET', `/participants/${foreign.id}`)).status).toBe(200)
  })

  it('a participant may not make, list, switch or remove contexts, its own included', async () => {
    const { id } = await hub.participant()
    const expected = [403, 403, 200, 403, 403, 200, 200, 200, 404, 400, 404]
    expect(await statuses(id, ownerOf(id, 'identity-api:write', 'identity-api:admin'))).toEqual(expected)
  })

  it('a provisioner may not read keys, DIDs and credentials', async () => {
    const { id } = await hub.participant()
    expect(await statuses(id, provisioner)).toEqual([200, 200, 200, 204, 404, 403, 403, 403, 403, 400, 404])
  })

  it('a scope is needed', async () => {
    const { id } = await hub.participant()
    expect(await statuses(id, ownerOf(id, 'management-api:write'))).toEqual(Array(11).fill(403))
    expect(await statuses(id, { role: 'workload', scopes: ['sts:tokens:write'] })).toEqual(Array(11).fill(403))
    expect(
      (await hub.admin(ownerOf(id, 'identity-api:read'), 'POST', `/participants/${id}/credentials/request`, {})).status,
    ).toBe(403)
  })

  it('a token is needed', async () => {
    const answer = await fetch(`${hub.adminUrl}/participants`)
    expect(await errorOf(answer)).toMatchObject({ status: 401, type: 'AuthenticationFailed' })
  })
})

it('describes itself by an OpenAPI document', async () => {
  const document = (await (await fetch(`${hub.adminUrl}/openapi.json`)).json()) as { paths: Record<string, object> }
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining(['/participants', '/participants/{participantContextId}/keypairs']),
  )
})

import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { participantContextId, type Role, type TokenVerifier } from '../access/index.ts'
import type { Database } from '../database/index.ts'
import { openTestDatabase } from '../database-testing/index.ts'
import { createListeners, type RunningListeners, registerApi } from '../http/index.ts'
import { createLogger } from '../telemetry/index.ts'
import { createLocalVault, type Vault, type VaultAdministration, vaultApi } from './index.ts'

const alice = participantContextId('alice')
const clients = '/vault/v1/clients'

/** A fake that believes what a token says: `role/scope`. */
const verifier: TokenVerifier = {
  verify: async (token) => {
    const [role, scope = ''] = Buffer.from(token, 'base64url').toString().split('/')
    return { subject: 'test', clientId: 'test', role: role as Role, participantContextId: null, scopes: [scope] }
  },
}

let database: Database
let vault: Vault & VaultAdministration
let listeners: RunningListeners

beforeAll(async () => {
  database = await openTestDatabase()
  vault = await createLocalVault({ database, key: randomBytes(32) })
  const logger = createLogger({ component: 'test', level: 'silent' })
  listeners = createListeners({ deployment: 'test', host: '127.0.0.1', ports: { internal: 0 }, logger, verifier })
  registerApi(listeners.app('internal'), vaultApi({ vault }))
  await listeners.open()
})
afterAll(async () => {
  await listeners?.close()
  await database?.close()
})

const workload = 'workload/vault:clients:write'

function call(method: 'PUT' | 'DELETE', clientId: string, token: string, body?: object): Promise<Response> {
  return fetch(`${listeners.url('internal')}${clients}/${clientId}`, {
    method,
    headers: {
      authorization: `Bearer ${Buffer.from(token).toString('base64url')}`,
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
}

it('opens and closes partitions, however often it is asked', async () => {
  for (let i = 0; i < 2; i += 1) {
    const opened = await call('PUT', 'alice-vault', workload, { participantContextId: alice })
    expect(opened.status).toBe(204)
  }
  await vault.partition(alice).put('a/b', 'value')
  for (let i = 0; i < 2; i += 1) expect((await call('DELETE', 'alice-vault', workload)).status).toBe(204)
  await expect(vault.partition(alice).put('a/b', 'value')).rejects.toMatchObject({ code: 'secrets.partition-closed' })
})

it('answers 409 with the code when the client belongs to another context', async () => {
  await call('PUT', 'taken', workload, { participantContextId: 'bob' })
  const refused = await call('PUT', 'taken', workload, { participantContextId: 'carol' })
  expect(refused.status).toBe(409)
  expect(await refused.text()).toContain('secrets.client-conflict')
})

it.each([
  ['no role for it', 'participant/vault:clients:write'],
  ['another scope', 'workload/sts:tokens:write'],
])('refuses a token with %s', async (_, token) => {
  expect((await call('PUT', 'alice-vault', token, { participantContextId: alice })).status).toBe(403)
  expect((await call('DELETE', 'alice-vault', token)).status).toBe(403)
})

it.each([
  [{}, 'participantContextId'],
  [{ participantContextId: 'a b' }, 'participantContextId'],
  [{ participantContextId: 7 }, 'participantContextId'],
  [{ participantContextId: 'alice', secret: 'x' }, 'secret'],
])('names what is wrong in %o', async (body, field) => {
  const refused = await call('PUT', 'alice-vault', workload, body)
  expect(refused.status).toBe(400)
  expect(await refused.text()).toContain(field)
})

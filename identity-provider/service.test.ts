import { afterAll, beforeAll, expect, test } from 'vitest'
import { migrations, schema } from './store/migrations.ts'
import { secret, seeds, startTestProvider, type TestProvider } from './testing/test-provider.ts'

let provider: TestProvider
beforeAll(async () => {
  provider = await startTestProvider()
})
afterAll(() => provider.close())

test('a restart keeps signing key and clients, and takes the clients of the settings as they are then', async () => {
  const { clientId, clientSecret } = await provider.participant('pc1')
  const before = (await provider.tokenFor(clientId, clientSecret)).body.access_token ?? ''
  await provider.restart([seeds.root, { ...seeds.accessAgent, clientSecret: secret('rotated') }])
  expect((await provider.now().verifier.verify(before)).participantContextId).toBe('pc1')
  expect((await provider.tokenFor(clientId, clientSecret)).status).toBe(200)
  expect((await provider.tokenFor('access-agent', secret('agent'))).status).toBe(401)
  expect((await provider.tokenFor('access-agent', secret('rotated'))).status).toBe(200)
  expect((await provider.tokenFor('other-agent', secret('other'))).status).toBe(401)
  await provider.restart(Object.values(seeds))
})

test('no secret and no token is written to the log or the table of clients', async () => {
  await provider.participant('pc2')
  await provider.call('root', 'POST', '/clients/pc2-api/secret')
  await provider.tokenFor('root', secret('wrong'))
  const database = await provider.database.forService(schema, migrations)
  const rows = await database.system('test', (tx) => tx.rows('select * from identity_provider.client'))
  const written = provider.lines.join('') + JSON.stringify(rows)
  const secrets = [...provider.shown, ...Object.values(seeds).map((seed) => seed.clientSecret)]
  expect(secrets.length).toBeGreaterThan(4)
  for (const text of secrets) expect(written).not.toContain(text)
  // A token has a dot, other than a hash of random letters that happens to hold the same three.
  expect(written).not.toMatch(/eyJ[\w-]+\./)
  expect(provider.lines.some((line) => line.includes('client.new-secret'))).toBe(true)
})

import { describe, expect, it } from 'vitest'
import { parseCredential } from '../trust/index.ts'
import { codeOf } from '../trust/testing/world.ts'
import { createSchemaChecker } from './schema-checker.ts'
import { createDataspace } from './testing/dataspace.ts'

const url = 'https://issuer.example/schema.json'
const schema = {
  type: 'object',
  required: ['id', 'membershipType'],
  properties: { membershipType: { enum: ['full', 'guest'] } },
}

async function setUp(type = 'JsonSchemaValidator2018', claims: Record<string, unknown> = { membershipType: 'full' }) {
  const space = await createDataspace()
  const subject = { id: space.holder.did, claims }
  const credential = parseCredential(await space.credential({ subject, schema: { id: url, type } }))
  const checker = createSchemaChecker({ fetchSchema: space.world.fetch, clock: space.world.clock })
  return { world: space.world, credential, checker, judge: () => codeOf(checker.check(credential)) }
}

describe('the schema of a credential (DCP-31)', () => {
  it.each([
    ['draft-04', 'http://json-schema.org/draft-04/schema#'],
    ['draft-07', 'http://json-schema.org/draft-07/schema#'],
    ['2019-09', 'https://json-schema.org/draft/2019-09/schema'],
    ['2020-12', 'https://json-schema.org/draft/2020-12/schema'],
    ['no dialect', undefined],
  ])('is applied to its subject: %s', async (_dialect, $schema) => {
    const good = await setUp()
    good.world.publish(url, { $schema, id: url, ...schema })
    expect(await good.judge()).toBe('no error')
    const bad = await setUp('JsonSchemaValidator2018', { membershipType: 'other' })
    bad.world.publish(url, { $schema, id: url, ...schema })
    expect(await bad.judge()).toBe('dcp.schema-violated')
  })

  it('describes the whole credential where its type is JsonSchema', async () => {
    const { world, judge } = await setUp('JsonSchema')
    world.publish(url, { properties: { credentialSubject: { required: ['name'] } } })
    expect(await judge()).toBe('dcp.schema-violated')
  })

  it('is fetched once in ten minutes', async () => {
    const { world, judge } = await setUp()
    world.publish(url, schema)
    await judge()
    world.advance(9 * 60_000)
    await judge()
    expect(world.fetched).toHaveLength(1)
    world.advance(60_000)
    await judge()
    expect(world.fetched).toHaveLength(2)
  })

  it('asks nothing of a credential without a schema', async () => {
    const space = await createDataspace()
    const checker = createSchemaChecker({ fetchSchema: space.world.fetch, clock: space.world.clock })
    await checker.check(parseCredential(await space.credential()))
    expect(space.world.fetched).toEqual([])
  })

  it.each([
    ['is not there', '', 404],
    ['cannot be fetched', '', 0],
    ['is no JSON', '<html>', 200],
    ['is no schema', '[]', 200],
    ['is of wrong form', '{"type":"nothing"}', 200],
    ['refers to another document', '{"$ref":"https://evil.example/schema.json"}', 200],
    ['is larger than 64 KiB', JSON.stringify({ ...schema, description: 'x'.repeat(70_000) }), 200],
  ])('that %s refuses the credential', async (_what, body, status) => {
    const { world, judge } = await setUp()
    world.publish(url, body, status)
    expect(await judge()).toBe('dcp.schema-unavailable')
  })

  it('of an unknown type refuses the credential', async () => {
    const { world, judge } = await setUp('ShExValidator2023')
    world.publish(url, schema)
    expect(await judge()).toBe('dcp.schema-unavailable')
  })

  it('is fetched once for many credentials at the same time', async () => {
    const { world, judge } = await setUp()
    world.publish(url, schema)
    expect(await Promise.all(Array.from({ length: 10 }, judge))).toEqual(Array.from({ length: 10 }, () => 'no error'))
    expect(world.fetched).toHaveLength(1)
  })

  it('with a pattern is applied as any other', async () => {
    const { world, judge } = await setUp()
    world.publish(url, { ...schema, properties: { membershipType: { pattern: '^(fu|gue)(l|st)+$' } } })
    expect(await judge()).toBe('no error')
    world.advance(10 * 60_000)
    world.publish(url, { ...schema, properties: { membershipType: { pattern: '^(fu|gue)$' } } })
    expect(await judge()).toBe('dcp.schema-violated')
  })

  it('with a pattern that would take for ever is broken off, and the credential refused', async () => {
    const { world, judge } = await setUp('JsonSchemaValidator2018', { membershipType: `${'a'.repeat(40)}b` })
    world.publish(url, { properties: { membershipType: { pattern: '^(a+)+$' } } })
    const started = performance.now()
    expect(await judge()).toBe('dcp.schema-unavailable')
    expect(performance.now() - started).toBeLessThan(5_000)
  })

  it('with names that are magic changes nothing outside it', async () => {
    const { world, judge } = await setUp()
    world.publish(
      url,
      '{"properties":{"__proto__":{"const":1},"constructor":true},"default":{"__proto__":{"polluted":1}}}',
    )
    expect(await judge()).not.toMatch(/undeclared/)
    expect({}).not.toHaveProperty('polluted')
  })
})

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { Type } from 'typebox'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadSettings, secretText } from './index.ts'

const schema = Type.Object({
  publicUrl: Type.String({ format: 'uri', default: 'http://localhost:7100' }),
  workers: Type.Integer({ minimum: 1, default: 4 }),
  verbose: Type.Boolean({ default: false }),
  allowedOrigins: Type.Array(Type.String(), { default: [] }),
  ports: Type.Object({ admin: Type.Integer({ default: 7101 }), public: Type.Integer({ default: 7100 }) }),
  clientSecret: Type.Optional(secretText({ minLength: 8 })),
})
const prefix = 'WEFT_TEST'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'settings-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function file(content: unknown): string {
  const path = join(folder, `${Math.random()}.json`)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

function failure(run: () => unknown): Error & { code?: string; field?: string } {
  try {
    run()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}

describe('settings', () => {
  test('are the defaults when nothing else is said', () => {
    expect(loadSettings(schema, { prefix, environment: {} })).toEqual({
      publicUrl: 'http://localhost:7100',
      workers: 4,
      verbose: false,
      allowedOrigins: [],
      ports: { admin: 7101, public: 7100 },
    })
  })

  test('come from the file, and from the environment before the file', () => {
    const settings = loadSettings(schema, {
      prefix,
      file: file({ workers: 8, verbose: true, ports: { admin: 1 } }),
      environment: { WEFT_TEST_WORKERS: '2', WEFT_TEST_PORTS_PUBLIC: '3', WEFT_TEST_ALLOWED_ORIGINS: 'a, b' },
    })
    expect(settings).toMatchObject({
      workers: 2,
      verbose: true,
      allowedOrigins: ['a', 'b'],
      ports: { admin: 1, public: 3 },
    })
  })

  test('refuse a key of the file that means nothing, at any depth', () => {
    const top = failure(() => loadSettings(schema, { prefix, file: file({ wokers: 8 }), environment: {} }))
    expect(top).toMatchObject({ code: 'settings.unknown-key', field: 'wokers' })
    const deep = failure(() => loadSettings(schema, { prefix, file: file({ ports: { amin: 8 } }), environment: {} }))
    expect(deep).toMatchObject({ code: 'settings.unknown-key', field: 'ports.amin' })
  })

  test('refuse a value of the wrong type or range with the name of its variable', () => {
    for (const [variable, value] of [
      ['WEFT_TEST_WORKERS', 'many'],
      ['WEFT_TEST_WORKERS', '0'],
      ['WEFT_TEST_VERBOSE', 'yes'],
      ['WEFT_TEST_PORTS_ADMIN', '1.5'],
    ] as const) {
      const error = failure(() => loadSettings(schema, { prefix, environment: { [variable]: value } }))
      expect(error.code).toBe('settings.invalid-value')
      expect(error.message).toContain(variable)
    }
  })

  test('refuse a missing value with the name of its variable', () => {
    const needy = Type.Object({ group: Type.Object({ databaseUrl: Type.String() }) })
    const error = failure(() => loadSettings(needy, { prefix, environment: {} }))
    expect(error.message).toContain('WEFT_TEST_GROUP_DATABASE_URL')
    expect(error.message).toContain('missing')
  })

  test('refuse a file that is absent or not one object, without quoting it', () => {
    expect(failure(() => loadSettings(schema, { prefix, file: join(folder, 'none'), environment: {} }))).toMatchObject({
      code: 'settings.file-unreadable',
    })
    const broken = failure(() =>
      loadSettings(schema, { prefix, file: file('{"clientSecret":"hunter2hunter2"'), environment: {} }),
    )
    expect(inspect(broken, { depth: 9 })).not.toContain('hunter2')
    expect(failure(() => loadSettings(schema, { prefix, file: file('[]'), environment: {} })).code).toBe(
      'settings.file-unreadable',
    )
  })

  test('never print a secret', () => {
    const settings = loadSettings(schema, { prefix, environment: { WEFT_TEST_CLIENT_SECRET: 'hunter2hunter2' } })
    expect(settings.clientSecret?.reveal()).toBe('hunter2hunter2')
    const shown = [
      inspect(settings, { depth: 9, showHidden: true }),
      JSON.stringify(settings),
      `${settings.clientSecret}`,
    ]
    for (const text of shown) {
      expect(text).not.toContain('hunter2')
      expect(text).toContain('[secret]')
    }
    const short = failure(() => loadSettings(schema, { prefix, environment: { WEFT_TEST_CLIENT_SECRET: 'hunter2' } }))
    expect(inspect(short, { depth: 9 })).not.toContain('hunter2')
    expect(short.message).toContain('WEFT_TEST_CLIENT_SECRET')
  })
})

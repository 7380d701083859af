import { setTimeout as later } from 'node:timers/promises'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { requestErrors, WeftError } from '../errors/index.ts'
import { correlationId, createLogger, type Logger, type LogLevel, newCorrelationId, withCorrelation } from './index.ts'

function collecting(level?: LogLevel): { logger: Logger; lines: Record<string, unknown>[]; text: () => string } {
  const texts: string[] = []
  const lines: Record<string, unknown>[] = []
  const destination = {
    write: (text: string): void => {
      texts.push(text)
      lines.push(JSON.parse(text) as Record<string, unknown>)
    },
  }
  const logger = createLogger({ component: 'control-plane', destination, ...(level ? { level } : {}) })
  return { logger, lines, text: () => texts.join('') }
}

describe('a log line', () => {
  test('carries severity, component, time, category, correlation id and the fields given', () => {
    const { logger, lines } = collecting()
    withCorrelation('c-1', () =>
      logger.child({ vpaId: 'v', tenantId: 't' }).warn('agreed', {
        category: 'dsp',
        participantContextId: 'pc',
        action: 'negotiation.agree',
        counterparty: 'did:web:a',
        contractId: 'k',
      }),
    )
    expect(lines).toEqual([
      {
        severity: 'WARN',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        component: 'control-plane',
        category: 'dsp',
        vpaId: 'v',
        tenantId: 't',
        participantContextId: 'pc',
        action: 'negotiation.agree',
        counterparty: 'did:web:a',
        contractId: 'k',
        correlationId: 'c-1',
        message: 'agreed',
      },
    ])
  })

  test('is of category application unless it says otherwise, and below the level is not written', () => {
    const { logger, lines } = collecting('warn')
    logger.info('no')
    logger.error('yes')
    expect(lines).toMatchObject([{ severity: 'ERROR', category: 'application' }])
  })

  test('never has a name twice', () => {
    const { logger, lines, text } = collecting()
    logger.info('mine', { message: 'theirs', severity: 'low', time: 1 })
    expect(lines[0]).toMatchObject({ message: 'mine', severity: 'INFO', message_: 'theirs', severity_: 'low' })
    expect(text().match(/"message":/g)).toHaveLength(1)
  })

  test('shows an error with its code, detail and causes', () => {
    const { logger, lines } = collecting()
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    logger.error('failed', { error: new WeftError(requestErrors.unavailable, { detail: { host: 'db' }, cause }) })
    expect(lines[0]?.error).toMatchObject({
      code: 'request.unavailable',
      detail: { host: 'db' },
      cause: { name: 'Error', code: 'ECONNREFUSED', message: 'connect ECONNREFUSED' },
    })
  })

  test('survives cycles, getters of odd things and huge values', () => {
    const { logger, lines } = collecting()
    const cycle: Record<string, unknown> = { list: Array.from({ length: 5000 }, (_, i) => i), long: 'x'.repeat(1e6) }
    cycle.self = cycle
    logger.info('odd', { cycle, big: 10n, fn: () => 1, bytes: Buffer.alloc(1e6), date: new Date(0) })
    expect(JSON.stringify(lines[0]).length).toBeLessThan(10_000)
    expect(lines[0]).toMatchObject({ cycle: { self: '[circular]' }, big: '10', date: '1970-01-01T00:00:00.000Z' })
  })
})

describe('redaction (X-06)', () => {
  test('X-06: masks fields that hold credentials, at any depth', () => {
    const { logger, text } = collecting()
    const secret = 'plain-looking-value'
    logger.info('all of them', {
      headers: { Authorization: secret, 'x-api-key': secret, Cookie: [secret] },
      deep: [{ client: { client_secret: secret, accessToken: secret, refresh_token: secret } }],
      dbPassword: secret,
      privateKeyJwk: { d: secret },
      presentation: { proof: secret },
    })
    expect(text()).not.toContain(secret)
    expect(text().match(/\[redacted\]/g)?.length).toBe(9)
  })

  test('X-06: masks what looks like a credential inside any text, also of messages and errors', () => {
    const { logger, text } = collecting()
    const jwt = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJlLXRleHQ'
    logger.info(`got ${jwt}`, { note: 'Authorization: Bearer abcdefghijkl', url: 'https://me:hunter2@host/x' })
    logger.error('no', {
      error: new Error(`bad token ${jwt}`, { cause: new Error('postgres://weft:hunter2@db/weft') }),
    })
    logger.info('pem', { text: '-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----' })
    for (const secret of ['c2lnbmF0dXJl', 'abcdefghijkl', 'hunter2', 'MIIB']) expect(text()).not.toContain(secret)
    expect(text()).toContain('@host/x')
  })

  test('X-06: masks wherever in a structure the credential stands', () => {
    const secret = 'S3CR3T-value'
    const around = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 6 },
        fc.constantFrom('token', 'Authorization', 'client-secret').map((name) => ({ [name]: secret })),
        fc.array(tie('node'), { minLength: 1, maxLength: 2 }),
        fc.dictionary(fc.constantFrom('a', 'b', 'body'), tie('node'), { minKeys: 1 }),
      ),
    })).node
    fc.assert(
      fc.property(around, (value) => {
        const { logger, text } = collecting()
        logger.info('nested', { value })
        expect(text()).not.toContain(secret)
      }),
    )
  })

  test('leaves harmless fields alone', () => {
    const { logger, lines } = collecting()
    logger.info('plain', { tokenPresent: true, tokens: 3, keyId: 'k1', tokenUrl: 'http://localhost/token' })
    expect(lines[0]).toMatchObject({ tokenPresent: true, tokens: 3, keyId: 'k1', tokenUrl: 'http://localhost/token' })
  })
})

describe('correlation', () => {
  test('follows awaits and timers, and does not leak between concurrent works', async () => {
    const seen = await Promise.all(
      ['a', 'b'].map((id) =>
        withCorrelation(id, async () => {
          await later(1)
          return correlationId()
        }),
      ),
    )
    expect(seen).toEqual(['a', 'b'])
    expect(correlationId()).toBeUndefined()
  })

  test('takes over a harmless id and replaces any other', () => {
    expect(newCorrelationId('abc-1.2:3_4')).toBe('abc-1.2:3_4')
    for (const bad of [undefined, '', 'a\nb', 'x'.repeat(129), '"><script>']) {
      expect(newCorrelationId(bad)).toMatch(/^[0-9a-f-]{36}$/)
    }
  })
})

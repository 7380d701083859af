import { createWorkloadTokens } from '@weft/foundation/access'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allRoutes, type PlatformRoute, titleOf, urlOf } from '../platform/all-routes.ts'
import { startTradingPlatform, type TradingPlatform } from '../platform/trading-platform.ts'

let trading: TradingPlatform
let routesWithBody: PlatformRoute[]
let token: string

beforeAll(async () => {
  trading = await startTradingPlatform()
  const takesBody = new Set(['POST', 'PUT', 'PATCH'])
  routesWithBody = (await allRoutes(trading.platform)).filter((route) => takesBody.has(route.method))
  const tokenUrl = `${trading.platform.identityProvider.publicUrl}/token`
  token = await createWorkloadTokens({ ...trading.platform.admin, tokenUrl, outbound: trading.outbound }).token()
})

afterAll(() => trading?.stop())

/** Bodies that no endpoint can mean. */
const nonsense: Readonly<Record<string, string>> = {
  'no JSON': '{"a":',
  'a text': '"text"',
  'a number': '7',
  'a list': '[[[]]]',
  null: 'null',
  'duplicate keys': '{"a":1,"a":2}',
  'a prototype': '{"__proto__":{"admin":true}}',
  'wrong types':
    '{"@context":7,"@type":[],"@id":{},"id":[],"properties":"x","policy":7,"did":1,"limit":"x","offset":[]}',
  'null characters':
    '{"@id":"a\\u0000b","id":"a\\u0000b","properties":{"name":"a\\u0000b"},"predicate":"id = \'a\\u0000b\'"}',
  'deep nesting': `${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}`,
}

/** Statuses that answer a caller's mistake; 404 and 409 come before the body's turn where the path names nothing. */
const refusals = [400, 401, 403, 404, 405, 409, 413, 415, 422, 501]

describe('bad input', () => {
  it.each(Object.entries(nonsense))('%s as a body is refused by every route, with a stable code', async (_, body) => {
    for (const route of routesWithBody) {
      const response = await trading.outbound.send({
        method: route.method as 'POST',
        url: urlOf(route, trading.consumer.participantContextId, 'any'),
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body,
        purpose: 'test.bad-input',
      })
      // A route without a body of its own, such as an activation, does not look at one.
      if (response.status < 300) continue
      expect([titleOf(route), response.status]).toEqual([titleOf(route), expect.toBeOneOf(refusals)])
      expect([titleOf(route), response.text()]).toEqual([
        titleOf(route),
        expect.stringMatching(/"[a-z-]+\.[a-z-]+"|"error"/),
      ])
    }
  })

  it('a body of 20 MB is refused by every route and read by none', async () => {
    const huge = `{"x":"${'x'.repeat(20_000_000)}"}`
    for (const route of routesWithBody) {
      const response = await trading.outbound
        .send({
          method: route.method as 'POST',
          url: urlOf(route, trading.consumer.participantContextId, 'any'),
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: huge,
          purpose: 'test.bad-input',
        })
        // The server may hang up while the rest is still being sent, which is a refusal too.
        .catch(() => ({ status: 413 }))
      expect([titleOf(route), response.status]).toEqual([titleOf(route), expect.toBeOneOf(refusals)])
    }
  })
})

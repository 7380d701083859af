import type { OutboundRequest, OutboundResponse } from '@weft/foundation/http'
import type { Did } from '@weft/protocols/trust'
import { expect, it } from 'vitest'
import { createTokenService } from './token-service.ts'

const alice = 'did:web:alice.example' as Did
const bob = 'did:web:bob.example' as Did

interface Exchange {
  readonly forms: readonly Readonly<Record<string, string>>[]
  answer(body: unknown, status?: number): void
  fail(error: Error): void
}

/** A token service whose exchanges are answered by the test. */
function start() {
  const exchanges: Exchange[] = []
  const send = (request: OutboundRequest): Promise<OutboundResponse> => {
    const { promise, resolve, reject } = Promise.withResolvers<OutboundResponse>()
    exchanges.push({
      forms: (request.body as { requests: Exchange['forms'] }).requests,
      answer: (body, status = 200) => {
        const text = JSON.stringify(body)
        resolve({ status, headers: {}, body: Buffer.from(text), text: () => text, json: () => body })
      },
      fail: reject,
    })
    return promise
  }
  const url = 'http://hub.example/sts/tokens'
  return {
    exchanges,
    tokens: createTokenService({ url, outbound: { send }, workloadTokens: { token: async () => 't' } }),
  }
}

const echo = (exchange: Exchange | undefined) =>
  exchange?.answer({ tokens: exchange.forms.map((form) => ({ access_token: `${form.token}!` })) })
const turn = () => new Promise((resolve) => setImmediate(resolve))

it('asks at once, and for all that is wanted meanwhile with the next exchange', async () => {
  const { exchanges, tokens } = start()
  const wanted = Array.from({ length: 150 }, (_, n) => tokens.withAccessToken(alice, bob, `${n}`))
  await turn()
  expect(exchanges.map(({ forms }) => forms.length)).toEqual([1, 1])
  for (let n = 0; n < 5; n += 1) {
    echo(exchanges[n])
    await turn()
  }
  expect(exchanges.map(({ forms }) => forms.length)).toEqual([1, 1, 64, 64, 20])
  expect(await Promise.all(wanted)).toEqual(Array.from({ length: 150 }, (_, n) => `${n}!`))
})

it('refuses what was refused, and nothing else of the same exchange', async () => {
  const { exchanges, tokens } = start()
  const first = [tokens.withScopes(alice, bob, []), tokens.withScopes(alice, bob, ['s'])]
  const [good, bad] = [tokens.withScopes(alice, bob, ['a', 'b']), tokens.withScopes(bob, alice, [])]
  const refused = expect(bad).rejects.toMatchObject({
    code: 'control-plane.token-service-refused',
    detail: { participant: bob, code: 'identity-hub.client-invalid' },
  })
  await turn()
  for (const exchange of exchanges) echo(exchange)
  await Promise.all(first)
  await turn()
  expect(exchanges[2]?.forms).toEqual([
    { grant_type: 'client_credentials', client_id: alice, audience: bob, bearer_access_scope: 'a b' },
    { grant_type: 'client_credentials', client_id: bob, audience: alice },
  ])
  exchanges[2]?.answer({ tokens: [{ access_token: 'x' }, { status: 401, code: 'identity-hub.client-invalid' }] })
  expect(await good).toBe('x')
  await refused
})

it('tells everybody in an exchange that it failed, and goes on', async () => {
  const { exchanges, tokens } = start()
  const failing = tokens.withScopes(alice, bob, [])
  const odd = tokens.withScopes(alice, bob, [])
  const unavailable = expect(failing).rejects.toMatchObject({ code: 'control-plane.token-service-unavailable' })
  const refused = expect(odd).rejects.toMatchObject({ code: 'control-plane.token-service-refused' })
  await turn()
  exchanges[0]?.fail(new Error('cut'))
  exchanges[1]?.answer({}, 500)
  await unavailable
  await refused
  const next = tokens.withAccessToken(alice, bob, 'again')
  await turn()
  echo(exchanges[2])
  expect(await next).toBe('again!')
})

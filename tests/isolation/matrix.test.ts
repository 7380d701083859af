import { createWorkloadTokens } from '@weft/foundation/access'
import type { OutboundResponse } from '@weft/foundation/http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allRoutes, type PlatformRoute, titleOf, urlOf } from '../platform/all-routes.ts'
import { startTradingPlatform, type TradingPlatform } from '../platform/trading-platform.ts'
import { openRoutes, protocolRoutes } from './routes-without-token.ts'

let trading: TradingPlatform
let routes: PlatformRoute[]
let tokenRoutes: PlatformRoute[]
let tokens: Record<'provisioner' | 'consumer' | 'workload', string>
let providersIds: string[]

beforeAll(async () => {
  trading = await startTradingPlatform()
  routes = await allRoutes(trading.platform)
  tokenRoutes = routes.filter((route) => route.access.kind === 'token')
  tokens = await takeTokens(trading)
  providersIds = await idsOf(trading)
})

afterAll(() => trading?.stop())

async function takeTokens({ platform, outbound, administrator, consumer }: TradingPlatform) {
  const tokenUrl = `${platform.identityProvider.publicUrl}/token`
  const take = (client: { clientId: string; clientSecret: string }) =>
    createWorkloadTokens({ ...client, tokenUrl, outbound }).token()
  const { body } = await administrator.identityProvider.call('POST /clients/{clientId}/secret', {
    path: { clientId: `${consumer.participantContextId}-api` },
  })
  await administrator.identityProvider.call('PUT /clients/{clientId}', {
    path: { clientId: 'matrix-workload' },
    body: { role: 'workload', scopes: ['nothing:read'] },
  })
  const workload = await administrator.identityProvider.call('POST /clients/{clientId}/secret', {
    path: { clientId: 'matrix-workload' },
  })
  return {
    provisioner: await take(platform.provisioner),
    consumer: await take(body),
    workload: await take(workload.body),
  }
}

/** Ids of things that the provider has: every `@id` and `id` that its own lists show. */
async function idsOf({ provider }: TradingPlatform): Promise<string[]> {
  return [...new Set(JSON.stringify(await everythingOf(provider)).matchAll(/"(?:@id|id|keyId|holderPid)":"([^"]+)"/g))]
    .map((match) => match[1] ?? '')
    .filter((id) => id !== provider.did)
}

async function everythingOf({ apis, participantContextId }: TradingPlatform['provider']): Promise<unknown[]> {
  const path = { participantContextId }
  const body = { '@context': ['https://w3id.org/edc/connector/management/v2'], '@type': 'QuerySpec' as const }
  const { management, identity } = apis
  const answers = await Promise.all([
    management.call('POST /participants/{participantContextId}/assets/request', { path, body }),
    management.call('POST /participants/{participantContextId}/policydefinitions/request', { path, body }),
    management.call('POST /participants/{participantContextId}/contractdefinitions/request', { path, body }),
    management.call('POST /participants/{participantContextId}/contractnegotiations/request', { path, body }),
    management.call('POST /participants/{participantContextId}/contractagreements/request', { path, body }),
    management.call('POST /participants/{participantContextId}/transferprocesses/request', { path, body }),
    identity.call('GET /participants/{participantContextId}/credentials', { path }),
    identity.call('GET /participants/{participantContextId}/keypairs', { path }),
  ])
  return answers.map((answer) => answer.body)
}

function send(route: PlatformRoute, url: string, token?: string): Promise<OutboundResponse> {
  const hasBody = route.method === 'POST' || route.method === 'PUT' || route.method === 'PATCH'
  return trading.outbound.send({
    method: route.method as 'GET',
    url,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    ...(hasBody ? { body: {} } : {}),
    purpose: 'test.matrix',
  })
}

/** What a caller can tell an answer by, without what is new in every answer and without the id that it sent itself. */
function shownBy(response: OutboundResponse, id: string): { status: number; body: string } {
  const body = response
    .text()
    .replaceAll(id, '<id>')
    .replaceAll(encodeURIComponent(id), '<id>')
    .replaceAll(/"(correlationId|instance)":"[^"]*"/g, '')
  return { status: response.status, body }
}

describe('the isolation matrix', () => {
  it('covers every route: what takes no token is written down', () => {
    const ofKind = (kind: 'open' | 'protocol') => routes.filter((route) => route.access.kind === kind).map(titleOf)
    expect(tokenRoutes.length).toBeGreaterThan(80)
    expect(ofKind('open').toSorted()).toEqual([...openRoutes].toSorted())
    expect(ofKind('protocol').toSorted()).toEqual([...protocolRoutes].toSorted())
  })

  it('refuses protocol messages without a token, with an access token of ours and with a forged one; nothing changes', async () => {
    const before = JSON.stringify(await everythingOf(trading.provider))
    for (const route of routes.filter(({ access }) => access.kind === 'protocol')) {
      for (const token of [undefined, tokens.consumer, 'e30.e30.e30']) {
        const response = await send(
          route,
          urlOf(route, trading.provider.participantContextId, trading.transferId),
          token,
        )
        expect([titleOf(route), response.status]).toEqual([titleOf(route), expect.toBeOneOf([400, 401, 403, 404])])
      }
    }
    expect(JSON.stringify(await everythingOf(trading.provider))).toBe(before)
  })

  it('answers 401 with a code to who has no token, and to who has a forged one', async () => {
    for (const route of tokenRoutes) {
      for (const token of [undefined, 'forged', `${tokens.consumer}x`]) {
        const response = await send(route, urlOf(route, trading.consumer.participantContextId, 'any'), token)
        expect([titleOf(route), response.status]).toEqual([titleOf(route), 401])
        expect([titleOf(route), response.text()]).toEqual([
          titleOf(route),
          expect.stringMatching(/"(errorCode|code)":"[a-z-]+\./),
        ])
      }
    }
  })

  it('answers 403 to every role that the route does not name', async () => {
    const byRole = { participant: tokens.consumer, provisioner: tokens.provisioner, workload: tokens.workload } as const
    for (const route of tokenRoutes) {
      const { access } = route
      if (access.kind !== 'token') continue
      for (const [role, token] of Object.entries(byRole)) {
        if ((access.roles as readonly string[]).includes(role)) continue
        const response = await send(route, urlOf(route, trading.consumer.participantContextId, 'any'), token)
        expect([titleOf(route), role, response.status]).toEqual([titleOf(route), role, 403])
      }
    }
  })

  it('lets a participant reach the fabric manager and the identity provider nowhere', () => {
    const reachable = tokenRoutes.filter(
      ({ assembly, access }) =>
        ['fabric', 'identity-provider'].includes(assembly) &&
        access.kind === 'token' &&
        access.roles.includes('participant'),
    )
    expect(reachable.map(titleOf)).toEqual([])
  })

  it('keeps what belongs to participants from the provisioner: it has no route to their assets, policies or trade', () => {
    const business = /assets|policydefinitions|contract|transfer|catalog|edrs/
    const open = tokenRoutes.filter(
      ({ url, access }) => business.test(url) && access.kind === 'token' && access.roles.includes('provisioner'),
    )
    expect(open.map(titleOf)).toEqual([])
  })

  it('names an owner on every route that participants may use', () => {
    const unowned = tokenRoutes.filter(
      ({ access }) => access.kind === 'token' && access.roles.includes('participant') && access.owner === undefined,
    )
    expect(unowned.map(titleOf)).toEqual([])
  })

  it('answers alike for a context of somebody else and for one that does not exist', async () => {
    for (const route of tokenRoutes.filter(({ access }) => access.kind === 'token' && access.owner !== undefined)) {
      const foreign = trading.provider.participantContextId
      const unknown = 'f'.repeat(32)
      const [one, other] = await Promise.all([
        send(route, urlOf(route, foreign, 'any'), tokens.consumer),
        send(route, urlOf(route, unknown, 'any'), tokens.consumer),
      ])
      expect([titleOf(route), shownBy(one, foreign)]).toEqual([titleOf(route), shownBy(other, unknown)])
      expect([titleOf(route), one.status]).toEqual([titleOf(route), 403])
    }
  })

  it("answers alike for the ids of somebody else's things and for ids that nobody has, and changes nothing", async () => {
    expect(providersIds.length).toBeGreaterThan(5)
    const before = JSON.stringify(await everythingOf(trading.provider))
    const own = trading.consumer.participantContextId
    const consumersIds = JSON.stringify(await everythingOf(trading.consumer))
    const foreignIds = providersIds.filter((id) => !consumersIds.includes(`"${id}"`))
    const withIds = tokenRoutes.filter(
      ({ url, access }) =>
        access.kind === 'token' &&
        access.roles.includes('participant') &&
        /:(?!participantContextId)[A-Za-z]/.test(url),
    )
    expect(withIds.length).toBeGreaterThan(10)
    for (const route of withIds) {
      for (const id of foreignIds) {
        const unknown = id.replaceAll(/[0-9a-f]/g, '0')
        const [one, other] = [
          await send(route, urlOf(route, own, id), tokens.consumer),
          await send(route, urlOf(route, own, unknown), tokens.consumer),
        ]
        expect([titleOf(route), id, shownBy(one, id)]).toEqual([titleOf(route), id, shownBy(other, unknown)])
        expect([titleOf(route), id, one.status >= 400 && one.status < 500]).toEqual([titleOf(route), id, true])
      }
    }
    expect(JSON.stringify(await everythingOf(trading.provider))).toBe(before)
  })
})

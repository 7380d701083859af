import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call, type Reply } from '../../testing/control-plane-under-test.ts'
import { type FakePlaneAuthority, startFakePlaneAuthority } from '../../testing/fake-plane-authority.ts'
import { done, workloadToken } from '../../testing/participants.ts'
import { type Pair, startTrade, type Trade } from '../../testing/transfers.ts'

let trade: Trade
let authority: FakePlaneAuthority

beforeAll(async () => {
  authority = await startFakePlaneAuthority()
  trade = await startTrade({ alsoAllowed: [authority.url] })
})

afterAll(async () => {
  await trade.plane.stop()
  await authority.close()
})

/** The provider's registration at the management API, by the participant itself unless by an operator. */
const register = async (members: object, by: 'participant' | 'operator' = 'participant'): Promise<Reply> =>
  trade.plane.api('PUT', `/participants/${trade.provider.context}/dataplanes`, {
    token: by === 'participant' ? trade.provider.token : await trade.plane.adminToken(),
    body: { endpoint: trade.plane.plane.endpoint(trade.provider.context), labels: [], ...members },
  })

const ownClient = () => ({
  type: 'oauth2_client_credentials',
  tokenEndpoint: trade.plane.provider.tokenUrl,
  clientId: 'client-of-the-plane',
  clientSecret: 'secret-of-the-plane',
})

const broker = () => ({
  type: 'oauth2_token_exchange',
  tokenExchangeEndpoint: `${authority.url}/exchange`,
  issuer: authority.url,
  jwksUri: authority.jwksUri,
})

/** A plane of the provider with a format of its own, and a transfer that runs on it. */
async function runningOn(id: string, authorization: object, by?: 'operator'): Promise<Pair> {
  const format = `${id}-PULL`
  await done(register({ dataplaneId: id, profiles: [format], authorization }, by))
  // The consumer's plane has to serve the format as well.
  const url = `${trade.plane.signalingUrl}/api/signaling/participants/${trade.consumer.context}/dataplanes`
  const body = { dataplaneId: `${id}-consumer`, endpoint: trade.plane.plane.endpoint('consumer'), profiles: [format] }
  await done(call(url, 'PUT', body, await workloadToken(trade.plane)))
  return trade.started(format)
}

const completed = async (pair: Pair, token: string): Promise<Reply> => {
  const base = `${trade.plane.signalingUrl}/api/signaling/participants/${trade.provider.context}/transfers`
  return call(`${base}/${pair.provider}/dataflow/completed`, 'POST', { state: 'COMPLETED' }, token)
}

const past = () => Math.floor(Date.now() / 1000) - 600
const future = () => Math.floor(Date.now() / 1000) + 600

describe('a data plane with client credentials and keys of its own', () => {
  it('DPS-15, DPS-18: reports with a token that its registered keys prove', async () => {
    const pair = await runningOn('keyed', { ...ownClient(), jwks: authority.jwks() })
    const answer = await completed(pair, await authority.token({ sub: 'keyed' }))
    expect(answer.status).toBe(200)
    await trade.reaches('provider', pair, 'COMPLETED')
  })

  it.each([
    ['signed with a key that is not registered', async () => authority.token({ sub: 'refusing' }, true)],
    ['for another receiver', async () => authority.token({ sub: 'refusing', aud: 'another' })],
    ['of another subject', async () => authority.token({ sub: 'client-of-the-plane' })],
    ['that has expired', async () => authority.token({ sub: 'refusing', exp: past() })],
    ['from the future', async () => authority.token({ sub: 'refusing', iat: future(), exp: future() + 60 })],
    ['without an end', async () => authority.token({ sub: 'refusing', exp: undefined })],
    ['without a time of issue', async () => authority.token({ sub: 'refusing', iat: undefined })],
    [
      'without a signature',
      async () => {
        const [, claims] = (await authority.token({ sub: 'refusing' })).split('.')
        return `${Buffer.from('{"alg":"none"}').toString('base64url')}.${claims}.`
      },
    ],
    ['that is no token', async () => 'dummy-authorization'],
  ])('DPS-15: is refused with a token %s, and nothing changes', async (_what, token) => {
    const pair = await runningOn('refusing', { ...ownClient(), jwks: authority.jwks() })
    expect((await completed(pair, await token())).status).toBe(401)
    await trade.reaches('provider', pair, 'STARTED')
  })

  it('DPS-17: may use a token again; another one with its id is refused', async () => {
    const [pair, other] = [
      await runningOn('replayed', { ...ownClient(), jwks: authority.jwks() }),
      await trade.started('replayed-PULL'),
    ]
    const jti = randomUUID()
    const token = await authority.token({ sub: 'replayed', jti })
    expect((await completed(pair, token)).status).toBe(200)
    expect((await completed(pair, token)).status).toBe(200)
    const again = await authority.token({ sub: 'replayed', jti, extra: 1 })
    expect((await completed(other, again)).status).toBe(401)
    await trade.reaches('provider', other, 'STARTED')
  })

  it('DPS-18: learns nothing of a transfer that is another data plane’s', async () => {
    const pair = await trade.started()
    await done(
      register({
        dataplaneId: 'foreign',
        profiles: ['foreign-PULL'],
        authorization: { ...ownClient(), jwks: authority.jwks() },
      }),
    )
    const token = await authority.token({ sub: 'foreign' })
    expect(await completed(pair, token)).toMatchObject({ status: 404, body: { code: 'dps.unknown-transfer' } })
    const base = `${trade.plane.signalingUrl}/api/signaling/participants`
    const agreement = (context: string) =>
      call(`${base}/${context}/transfers/${pair.provider}/agreement`, 'GET', undefined, token)
    expect((await agreement(trade.provider.context)).status).toBe(404)
    // Its keys are known where it is registered, and nowhere else.
    expect((await agreement(trade.consumer.context)).status).toBe(401)
    expect((await agreement('nobody')).status).toBe(401)
  })

  it('DPS-13, DPS-15: replaces its keys by registering again, by a key set’s address too', async () => {
    const authorization = { ...ownClient(), jwks: authority.jwks() }
    const pair = await runningOn('rotating', authorization)
    const put = async (members: object) =>
      call(
        `${trade.plane.signalingUrl}/api/signaling/participants/${trade.provider.context}/dataplanes`,
        'PUT',
        { dataplaneId: 'rotating', endpoint: trade.plane.plane.endpoint('x'), profiles: ['rotating-PULL'], ...members },
        await authority.token({ sub: 'rotating' }),
      )
    // It neither becomes one that gets our own token, nor another one.
    expect((await put({})).status).toBe(400)
    expect((await put({ authorization: ownClient() })).status).toBe(400)
    expect((await put({ authorization: broker() })).status).toBe(400)
    expect((await put({ authorization, dataplaneId: 'plane-1' })).status).toBe(400)
    expect((await put({ authorization: { ...ownClient(), jwksUri: authority.jwksUri } })).status).toBe(200)
    const old = await authority.token({ sub: 'rotating' })
    await authority.rotate()
    trade.plane.advance(60_000)
    expect((await completed(pair, await authority.token({ sub: 'rotating' }))).status).toBe(200)
    expect((await completed(pair, old)).status).toBe(401)
  })

  it('DPS-15: without keys its own tokens prove nothing', async () => {
    const pair = await runningOn('keyless', ownClient())
    expect((await completed(pair, await authority.token({ sub: 'keyless' }))).status).toBe(401)
    expect((await completed(pair, await workloadToken(trade.plane, 'another'))).status).toBe(404)
    expect((await completed(pair, await workloadToken(trade.plane, 'client-of-the-plane'))).status).toBe(200)
  })
})

describe('a data plane with a token broker', () => {
  it('DPS-16: is called with the token for which the broker exchanges ours', async () => {
    const pair = await runningOn('brokered', broker(), 'operator')
    const start = trade.plane.plane.signals.find((one) => one.flowId === pair.provider && one.signal === 'start')
    expect(start?.authorization).toBe('Bearer exchanged-1')
    const [form] = authority.exchanges
    expect(Object.fromEntries(form ?? [])).toMatchObject({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: expect.stringMatching(/^eyJ/),
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      resource: 'control-plane',
      audience: 'brokered',
      scope: 'signaling:dataflow',
    })
    await trade.started('brokered-PULL')
    expect(authority.exchanges).toHaveLength(1)
  })

  it('DPS-16: reports with a token of the broker', async () => {
    const pair = await trade.started('brokered-PULL')
    const claims = { sub: 'brokered', scope: 'signaling:dataflow', participant_context: trade.provider.context }
    expect((await completed(pair, await authority.token(claims))).status).toBe(200)
    await trade.reaches('provider', pair, 'COMPLETED')
  })

  it.each([
    ['whose signature is not the broker’s', async () => authority.token(scoped(), true)],
    ['of another issuer', async () => authority.token({ ...scoped(), iss: 'https://elsewhere.example' })],
    ['for another receiver', async () => authority.token({ ...scoped(), aud: 'another' })],
    ['that has expired', async () => authority.token({ ...scoped(), exp: past() })],
    ['without a scope', async () => authority.token({ sub: 'brokered' })],
    ['with a scope for something else', async () => authority.token({ ...scoped(), scope: 'catalog:read' })],
    [
      'whose actor alone is the data plane',
      async () => authority.token({ ...scoped(), sub: 'somebody', act: { sub: 'brokered' } }),
    ],
  ])('DPS-16: is refused with a token %s', async (_what, token) => {
    const pair = await trade.started('brokered-PULL')
    expect((await completed(pair, await token())).status).toBe(401)
    await trade.reaches('provider', pair, 'STARTED')
  })

  const scoped = () => ({ sub: 'brokered', scope: 'signaling:dataflow' })

  it('DPS-16: is registered by an operator only, since our own credential goes to the broker', async () => {
    const answer = await register({ dataplaneId: 'stealing', profiles: ['stealing-PULL'], authorization: broker() })
    expect(answer).toMatchObject({ status: 400, body: [{ code: 'management.authorization-unsupported' }] })
  })

  it('DPS-16: a broker that refuses ends the transfer, with the reason on our side', async () => {
    authority.brokerStatus = 400
    await done(register({ dataplaneId: 'denied', profiles: ['denied-PULL'], authorization: broker() }, 'operator'))
    const reply = await done(trade.requestByHand({ format: 'denied-PULL' }))
    const pair = { consumer: '', provider: String(reply.body.providerPid) }
    expect(await trade.reaches('provider', pair, 'TERMINATED')).toMatchObject({
      errorCode: 'dps.plane-unauthorized',
      errorSide: 'US',
    })
  })
})

describe('a registration', () => {
  it.each([
    ['of an unknown type', () => ({ type: 'api-key', key: 'x' })],
    ['without a type', () => ({ tokenEndpoint: 'https://x.example/token' })],
    ['with two sources of keys', () => ({ ...ownClient(), jwks: { keys: [] }, jwksUri: authority.jwksUri })],
    ['of a broker with inline keys', () => ({ ...broker(), jwks: { keys: [] } })],
    ['of a client without a secret', () => ({ ...ownClient(), clientSecret: undefined })],
  ])('DPS-14: with an authorization %s is refused', async (_what, authorization) => {
    const body = { dataplaneId: 'malformed', profiles: ['malformed-PULL'], authorization: authorization() }
    expect((await register(body, 'operator')).status).toBe(400)
  })
})

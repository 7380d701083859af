import { participantContextId } from '@weft/foundation/access'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Body, type ControlPlaneUnderTest, startControlPlane } from '../../testing/control-plane-under-test.ts'
import { negotiate, requestTransfer } from '../../testing/journeys.ts'
import {
  done,
  makeDataspace,
  makeParticipant,
  managed,
  managementContext,
  membershipPolicy,
  openPolicy,
  type Participant,
  publish,
  testProfile,
} from '../../testing/participants.ts'

let plane: ControlPlaneUnderTest
let alice: Participant
let bob: Participant

beforeAll(async () => {
  plane = await startControlPlane()
  await makeDataspace(plane)
  alice = await makeParticipant(plane, 'alice')
  bob = await makeParticipant(plane, 'bob')
})

afterAll(() => plane.stop())

const base = (participant: Participant) => `/participants/${participant.context}`
const as = (participant: Participant, method: string, path: string, body?: unknown) =>
  plane.api(method, base(participant) + path, { token: participant.token, ...(body === undefined ? {} : { body }) })

const asset = (id: string, more: object = {}) =>
  managed('Asset', { '@id': id, properties: { name: 'A thing', contenttype: 'text/csv' }, ...more })

type TestCriterion = readonly [string, string, unknown]

const query = (...criteria: TestCriterion[]) =>
  managed('QuerySpec', {
    filterExpression: criteria.map(([operandLeft, operator, operandRight]) => ({
      '@type': 'Criterion',
      operandLeft,
      operator,
      operandRight,
    })),
  })

describe('participant contexts', () => {
  const context = (id: string, more: object = {}) =>
    managed('ParticipantContext', { '@id': id, identity: `did:web:example.com:${id}`, ...more })

  it('are created once: asking again for the same is answered the same, for something else it is a conflict', async () => {
    const first = await plane.api('POST', '/participants', {
      body: context('once', { properties: { a: 1, b: { c: 2 } } }),
    })
    const again = await plane.api('POST', '/participants', {
      body: context('once', { properties: { b: { c: 2 }, a: 1 } }),
    })
    expect(first.status).toBe(200)
    expect(first.body).toMatchObject({ '@context': [managementContext], '@type': 'IdResponse', '@id': 'once' })
    expect(again.body).toEqual(first.body)
    const other = await plane.api('POST', '/participants', { body: context('once', { properties: { a: 2 } }) })
    expect(other.status).toBe(409)
    expect(other.body[0]).toMatchObject({ type: 'ObjectConflict', code: 'context.conflict' })
  })

  it('have a DID of their own', async () => {
    await done(plane.api('POST', '/participants', { body: context('first') }))
    const taken = await plane.api('POST', '/participants', {
      body: managed('ParticipantContext', { '@id': 'second', identity: 'did:web:example.com:first' }),
    })
    expect(taken.status).toBe(409)
    expect(taken.body[0]).toMatchObject({ code: 'context.conflict', path: 'identity' })
    const none = await plane.api('POST', '/participants', {
      body: managed('ParticipantContext', { '@id': 'second', identity: 'no did' }),
    })
    expect(none.status).toBe(400)
    expect(none.body[0]).toMatchObject({ path: 'identity' })
  })

  it('are listed, read, and deleted with everything that belongs to them', async () => {
    const gone = await makeParticipant(plane, 'gone')
    await publish(plane, gone, 'asset-1')
    const listed = await plane.api('GET', '/participants?offset=0&limit=500')
    expect(listed.body.map((one) => (one as Body)['@id'])).toContain(gone.context)
    expect((await plane.api('GET', base(gone))).body).toMatchObject({ identity: gone.did, state: 'ACTIVATED' })
    expect((await plane.api('DELETE', base(gone))).status).toBe(204)
    expect((await plane.api('GET', base(gone))).status).toBe(404)
    expect((await plane.api('DELETE', base(gone))).status).toBe(404)
    const again = await makeParticipant(plane, 'gone')
    expect((await as(again, 'GET', '/assets/asset-1')).status).toBe(404)
  })

  it('are not deleted while something runs', async () => {
    const provider = await makeParticipant(plane, 'provider')
    const consumer = await makeParticipant(plane, 'consumer')
    await publish(plane, provider, 'asset-1')
    const contract = await negotiate(plane, consumer, provider, 'asset-1')
    await requestTransfer(plane, consumer, provider, String(contract.contractAgreementId))
    const refused = await plane.api('DELETE', base(consumer))
    expect(refused.status).toBe(409)
    expect(refused.body[0]).toMatchObject({ code: 'context.in-use' })
  })
})

describe('the settings of a context', () => {
  const config = (entries: object, privateEntries?: object) =>
    managed('ParticipantContextConfig', { entries, ...(privateEntries === undefined ? {} : { privateEntries }) })

  it('keep private entries in the vault and show them to nobody', async () => {
    const path = `${base(alice)}/config`
    expect((await plane.api('PUT', path, { body: config({ a: '1', b: '2' }, { key: 'very secret' }) })).status).toBe(
      204,
    )
    const shown = await plane.api('GET', path)
    expect(shown.body).toMatchObject({ '@type': 'ParticipantContextConfig', entries: { a: '1', b: '2' } })
    expect(JSON.stringify(shown.body)).not.toContain('secret')
    const partition = plane.vault.partition(participantContextId(alice.context))
    expect(await partition.get('control-plane/config/key')).toBe('very secret')
    expect((await plane.api('PATCH', path, { body: config({ a: null, c: '3' }, { key: null }) })).status).toBe(204)
    expect((await plane.api('GET', path)).body.entries).toEqual({ b: '2', c: '3' })
    expect(await partition.get('control-plane/config/key')).toBeUndefined()
    expect((await plane.api('PUT', path, { body: config({ a: null }) })).status).toBe(400)
  })
})

describe('dataspace profiles', () => {
  it('are associated by name; an unknown name changes nothing', async () => {
    const path = `${base(bob)}/profiles`
    const body = managed('AssociateDataspaceProfile', { profiles: ['unknown'] })
    const refused = await plane.api('PUT', path, { body })
    expect(refused.status).toBe(400)
    expect(refused.body[0]).toMatchObject({ code: 'context.profile-unknown', path: 'profiles' })
    expect((await plane.api('GET', path)).body).toMatchObject([{ name: testProfile }])
  })

  it('are found, and stay as long as somebody takes part', async () => {
    const found = await plane.api('POST', '/dataspaceprofiles/request', { body: query(['name', '=', testProfile]) })
    expect(found.body).toMatchObject([{ '@type': 'DataspaceProfile', trustedIssuers: [{ '@id': plane.hub.issuer }] }])
    const refused = await plane.api('DELETE', `/dataspaceprofiles/${testProfile}`)
    expect(refused.status).toBe(409)
  })

  it('have scopes that say what is asked for: a POLICY scope needs its prefix', async () => {
    const scope = managed('DcpScope', {
      '@id': 'wrong',
      type: 'POLICY',
      value: 'org.eclipse.dspace.dcp.vc.type:X:read',
    })
    const refused = await plane.api('POST', '/dcpscopes', { body: scope })
    expect(refused.status).toBe(400)
    expect(refused.body[0]).toMatchObject({ path: 'prefixMapping' })
    const found = await plane.api('POST', '/dcpscopes/request', { body: query(['type', '=', 'POLICY']) })
    expect(found.body).toMatchObject([{ '@id': 'membership', prefixMapping: 'MembershipCredential' }])
  })
})

describe('assets', () => {
  const source = {
    '@type': 'DataAddress',
    type: 'HttpData',
    baseUrl: 'https://source.example/data',
    'header:Authorization': 'Bearer source-secret',
    'header:X-Trace': 'on',
    authCode: 'code-secret',
  }

  it('keep the credentials of their address in the vault: no answer ever holds one', async () => {
    expect((await as(alice, 'POST', '/assets', asset('guarded', { dataAddress: source }))).status).toBe(200)
    const shown = await as(alice, 'GET', '/assets/guarded')
    expect(shown.body.dataAddress).toEqual({
      '@type': 'DataAddress',
      type: 'HttpData',
      baseUrl: 'https://source.example/data',
      'header:X-Trace': 'on',
    })
    const listed = await as(alice, 'POST', '/assets/request')
    expect(JSON.stringify([shown.body, listed.body, plane.logLines()])).not.toMatch(/(source|code)-secret/)
    const database = await plane.database.forService('control_plane', [])
    const rows = await database.tenant(participantContextId(alice.context), (tx) =>
      tx.rows('select * from control_plane.asset'),
    )
    expect(JSON.stringify(rows)).not.toContain('code-secret')
  })

  it('give the data plane the credentials with the start', async () => {
    const provider = await makeParticipant(plane, 'secretive')
    await publish(plane, provider, 'asset-1')
    await done(as(provider, 'PUT', '/assets', asset('asset-1', { dataAddress: source })))
    const contract = await negotiate(plane, alice, provider, 'asset-1')
    await requestTransfer(plane, alice, provider, String(contract.contractAgreementId))
    await expect
      .poll(
        () =>
          plane.plane.signals.findLast((one) => one.signal === 'start' && one.body.participantId === provider.did)
            ?.body,
      )
      .toMatchObject({
        metadata: { dataAddress: { authCode: 'code-secret', 'header:Authorization': 'Bearer source-secret' } },
      })
  })

  it.each([
    { type: 'HttpData', baseUrl: 'file:///etc/passwd' },
    { type: 'HttpData', baseUrl: '/etc/passwd' },
    { type: 'HttpData' },
    { type: 'File', baseUrl: 'https://source.example' },
    { type: 'HttpData', baseUrl: 'https://user:secret@source.example' },
  ])('are refused with the source %j: only http addresses are served', async (dataAddress) => {
    const answer = await as(alice, 'POST', '/assets', asset('wrong', { dataAddress }))
    expect(answer.status).toBe(400)
    expect(answer.body[0]).toMatchObject({ type: 'InvalidRequest', code: 'management.data-address-refused' })
    expect((await as(alice, 'GET', '/assets/wrong')).status).toBe(404)
  })

  it('are found by their properties, plain or with EDC’s namespace, private ones too', async () => {
    await done(as(alice, 'POST', '/assets', asset('red', { properties: { colour: 'red', tags: ['x', 'y'] } })))
    await done(
      as(
        alice,
        'POST',
        '/assets',
        asset('blue', { properties: { colour: 'blue' }, privateProperties: { owner: 'me' } }),
      ),
    )
    const ids = async (...criteria: TestCriterion[]) =>
      (await done(as(alice, 'POST', '/assets/request', query(...criteria)))).body.map((one) => (one as Body)['@id'])
    expect(await ids(['colour', '=', 'red'])).toEqual(['red'])
    expect(await ids(['https://w3id.org/edc/v0.0.1/ns/id', 'in', ['red', 'blue']])).toEqual(['red', 'blue'])
    expect(await ids(["'https://w3id.org/edc/v0.0.1/ns/colour'", 'like', 'b%'])).toEqual(['blue'])
    expect(await ids(['privateProperties.owner', '=', 'me'])).toEqual(['blue'])
    expect(await ids(['tags', 'contains', 'y'])).toEqual(['red'])
    // What is missing matches nothing, not even "!=".
    expect(await ids(['owner', '!=', 'me'])).toEqual([])
    expect(await ids(['colour', '=', 'red'], ['colour', '=', 'blue'])).toEqual([])
  })

  it('are not deleted while an agreement refers to them', async () => {
    await publish(plane, alice, 'contracted')
    await negotiate(plane, bob, alice, 'contracted')
    const refused = await as(alice, 'DELETE', '/assets/contracted')
    expect(refused.status).toBe(409)
    expect(refused.body[0]).toMatchObject({ code: 'management.in-use' })
    await done(as(alice, 'POST', '/assets', asset('free')))
    expect((await as(alice, 'DELETE', '/assets/free')).status).toBe(204)
  })

  it('have ids that are unique in their context only', async () => {
    await done(as(alice, 'POST', '/assets', asset('shared-id')))
    expect((await as(alice, 'POST', '/assets', asset('shared-id'))).body[0]).toMatchObject({
      code: 'management.exists',
    })
    expect((await as(bob, 'POST', '/assets', asset('shared-id'))).status).toBe(200)
    await done(as(bob, 'DELETE', '/assets/shared-id'))
    expect((await as(alice, 'GET', '/assets/shared-id')).status).toBe(200)
  })
})

describe('policies', () => {
  const policy = (id: string, content: object) => managed('PolicyDefinition', { '@id': id, policy: content })

  it('are validated when they are stored: what could never be satisfied is refused with its place', async () => {
    const unknown = {
      '@type': 'Set',
      permission: [
        { action: 'use', constraint: [{ leftOperand: 'phaseOfTheMoon', operator: 'eq', rightOperand: 'full' }] },
      ],
    }
    const answer = await as(alice, 'POST', '/policydefinitions', policy('moon', unknown))
    expect(answer.status).toBe(400)
    expect(answer.body[0]).toMatchObject({
      type: 'ValidationFailure',
      code: 'policy.unknown-operand',
      path: '/permission/0/constraint/0',
    })
    const empty = await as(alice, 'POST', '/policydefinitions', policy('empty', { '@type': 'Set' }))
    expect(empty.body[0]).toMatchObject({ code: 'policy.no-rule' })
  })

  it('are given back as they were given, and kept while a definition names them', async () => {
    await publish(plane, alice, 'policed')
    const shown = await as(alice, 'GET', '/policydefinitions/policed-contract')
    expect(shown.body).toMatchObject({ '@type': 'PolicyDefinition', policy: membershipPolicy })
    const refused = await as(alice, 'DELETE', '/policydefinitions/policed-contract')
    expect(refused.status).toBe(409)
  })
})

describe('contract definitions', () => {
  it('name policies of their own context only', async () => {
    await done(
      as(bob, 'POST', '/policydefinitions', managed('PolicyDefinition', { '@id': 'of-bob', policy: openPolicy })),
    )
    const body = managed('ContractDefinition', { '@id': 'd', accessPolicyId: 'of-bob', contractPolicyId: 'of-bob' })
    const answer = await as(alice, 'POST', '/contractdefinitions', body)
    expect(answer.status).toBe(400)
    expect(answer.body[0]).toMatchObject({ type: 'ValidationFailure', path: 'accessPolicyId' })
  })
})

describe('queries', () => {
  it('are bounded and refuse what they do not know', async () => {
    const wrong = [
      managed('QuerySpec', { limit: 501 }),
      managed('QuerySpec', { limit: 0 }),
      managed('QuerySpec', { offset: -1 }),
      query(['nothing', '=', 'x']),
      query(['state', '~', 'x']),
      query(['participantContextId', '=', alice.context]),
      { '@type': 'QuerySpec' },
      { '@context': [managementContext], '@type': 'Query' },
    ]
    for (const body of wrong) {
      const answer = await as(alice, 'POST', '/contractnegotiations/request', body)
      expect(answer.status).toBe(400)
      expect(answer.body[0]).toMatchObject({ type: 'ValidationFailure' })
    }
  })

  it('give pages in the order of creation', async () => {
    const many = await makeParticipant(plane, 'many')
    for (const id of ['3', '1', '2']) await done(as(many, 'POST', '/assets', asset(id)))
    const ids = async (spec: object) =>
      (await done(as(many, 'POST', '/assets/request', managed('QuerySpec', spec)))).body.map(
        (one) => (one as Body)['@id'],
      )
    expect(await ids({})).toEqual(['3', '1', '2'])
    expect(await ids({ sortOrder: 'DESC' })).toEqual(['2', '1', '3'])
    expect(await ids({ offset: 1, limit: 1 })).toEqual(['1'])
    expect((await as(many, 'POST', '/assets/request')).body).toHaveLength(3)
  })
})

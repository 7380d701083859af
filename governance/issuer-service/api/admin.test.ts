import { participantContextId } from '@weft/foundation/access'
import { didWeb } from '@weft/protocols/trust'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FakeHolder } from '../testing/fake-holder.ts'
import {
  adminToken,
  fakeToken,
  membershipDefinition,
  type RunningIssuerService,
  requestMessage,
  runIssuerService,
  until,
} from '../testing/run-issuer-service.ts'

let service: RunningIssuerService
let member: FakeHolder
const base = '/participants/issuer'
beforeAll(async () => {
  member = await FakeHolder.open('member')
  service = await runIssuerService({ holders: [member] })
  await service.issuer('issuer')
})
afterAll(async () => {
  await service.stop()
  await member.close()
})

const codeOf = (answer: { body: readonly { code: string; path: string | null }[] }) => answer.body[0]?.code
const holder = (more: Readonly<Record<string, unknown>> = {}) => ({
  holderId: 'did:web:example.com:acme',
  did: 'did:web:example.com:acme',
  name: 'ACME',
  properties: { level: 1 },
  ...more,
})

describe('issuers', () => {
  test('are made with a key in a vault partition of their own, and the same one again when repeated', async () => {
    const body = { participantContextId: 'another', did: didWeb(service.publicUrl, 'another') }
    const first = await service.admin('POST', '/participants', body)
    expect(first).toMatchObject({
      status: 201,
      body: { ...body, issuerService: `${service.publicUrl}/issuance/v1beta/participants/another` },
    })
    expect(first.headers.get('location')).toBe('/api/issuer/v1beta/participants/another')
    const document = await service.get('/another/did.json')
    expect(await service.admin('POST', '/participants', body)).toMatchObject({ status: 201, body: first.body })
    expect((await service.get('/another/did.json')).body).toEqual(document.body)
    const kept = await service.vault.partition(participantContextId('another')).get('issuer-service/signing-key')
    const { d } = JSON.parse(kept ?? '{}')
    expect(d).toEqual(expect.any(String))
    expect(service.log.join('')).not.toContain(d)
    expect(JSON.stringify(document.body)).not.toContain(d)
  })

  test('of another DID, or of a DID that is taken, are refused and leave nothing behind', async () => {
    const did = didWeb(service.publicUrl, 'issuer')
    const taken = await service.admin('POST', '/participants', { participantContextId: 'thief', did })
    expect([taken.status, codeOf(taken)]).toEqual([409, 'issuer.issuer-conflict'])
    await expect(service.vault.partition(participantContextId('thief')).put('x', 'y')).rejects.toMatchObject({
      code: 'secrets.partition-closed',
    })
    const changed = await service.admin('POST', '/participants', {
      participantContextId: 'issuer',
      did: didWeb(service.publicUrl, 'x'),
    })
    expect([changed.status, codeOf(changed)]).toEqual([409, 'issuer.issuer-conflict'])
  })

  test.each(['did:web:example.com:issuer', 'did:key:z6Mk', 'issuer', '', 'did:web:localhost'])(
    'cannot have the DID "%s"',
    async (did) => {
      const answer = await service.admin('POST', '/participants', { participantContextId: 'foreign', did })
      expect(answer.status).toBe(400)
      expect(answer.body[0].path).toBe('did')
    },
  )

  test('are listed page by page, and read one by one', async () => {
    const page = await service.admin('GET', '/participants?limit=1')
    expect(page.body).toHaveLength(1)
    expect((await service.admin('GET', '/participants?limit=0')).status).toBe(400)
    expect((await service.admin('GET', base)).body).toMatchObject({ participantContextId: 'issuer' })
    expect(codeOf(await service.admin('GET', '/participants/nobody'))).toBe('issuer.issuer-unknown')
  })
})

describe('holders', () => {
  test('are registered once: the same content is fine, other content or a taken DID is a conflict', async () => {
    const first = await service.admin('POST', `${base}/holders`, holder())
    expect(first).toMatchObject({
      status: 201,
      body: { holderId: 'did:web:example.com:acme', holderName: 'ACME', anonymous: false },
    })
    expect(await service.admin('POST', `${base}/holders`, holder())).toMatchObject({ status: 201, body: first.body })
    const changed = await service.admin('POST', `${base}/holders`, holder({ name: 'Other' }))
    expect([changed.status, codeOf(changed), changed.body[0].path]).toEqual([409, 'issuer.holder-conflict', 'holderId'])
    const taken = await service.admin('POST', `${base}/holders`, holder({ holderId: 'other' }))
    expect([taken.status, codeOf(taken), taken.body[0].path]).toEqual([409, 'issuer.holder-conflict', 'did'])
  })

  test('are read at their Location, replaced, found and removed', async () => {
    const did = 'did:web:localhost%3A7100:acme'
    const created = await service.admin('POST', `${base}/holders`, holder({ holderId: did, did }))
    const location = (created.headers.get('location') ?? '').replace('/api/issuer/v1beta', '')
    expect((await service.admin('GET', location)).body).toEqual(created.body)
    const replaced = await service.admin(
      'PUT',
      `${base}/holders`,
      holder({ holderId: did, did, properties: { level: 2 } }),
    )
    expect(replaced).toMatchObject({ status: 200, body: { properties: { level: 2 } } })
    const query = { filterExpression: [{ operandLeft: 'did', operator: '=', operandRight: did }] }
    expect((await service.admin('POST', `${base}/holders/query`, query)).body).toEqual([replaced.body])
    expect((await service.admin('DELETE', location)).status).toBe(204)
    for (const answer of [await service.admin('GET', location), await service.admin('DELETE', location)]) {
      expect([answer.status, codeOf(answer)]).toEqual([404, 'issuer.holder-unknown'])
    }
    const gone = await service.admin('PUT', `${base}/holders`, holder({ holderId: did, did }))
    expect([gone.status, codeOf(gone)]).toEqual([404, 'issuer.holder-unknown'])
  })

  test('a replacement cannot take the DID of another holder', async () => {
    const did = 'did:web:example.com:b'
    await service.admin('POST', `${base}/holders`, holder({ holderId: 'b', did }))
    const answer = await service.admin('PUT', `${base}/holders`, holder({ holderId: 'b' }))
    expect([answer.status, codeOf(answer), answer.body[0].path]).toEqual([409, 'issuer.holder-conflict', 'did'])
  })

  test.each([
    ['did', { did: 'nobody' }],
    ['did', { did: undefined }],
    ['holderId', { holderId: '' }],
    ['holderId', { holderId: 5 }],
    ['properties', { properties: [] }],
    ['surprise', { surprise: true }],
  ])('are refused with the field %s', async (path, change) => {
    const answer = await service.admin('POST', `${base}/holders`, holder(change))
    expect([answer.status, answer.body[0].path]).toEqual([400, path])
  })

  test('the same holder may be registered at two issuers', async () => {
    await service.issuer('neighbour')
    const at = await service.admin('POST', '/participants/neighbour/holders', holder())
    expect(at).toMatchObject({ status: 201, body: { participantContextId: 'neighbour' } })
  })
})

describe('attestations and definitions', () => {
  test('an attestation has a known type and no configuration', async () => {
    const unknown = await service.admin('POST', `${base}/attestations`, {
      id: 'x',
      attestationType: 'database',
      configuration: {},
    })
    expect([unknown.status, unknown.body[0].path]).toEqual([400, 'attestationType'])
    const configured = await service.admin('POST', `${base}/attestations`, {
      id: 'x',
      attestationType: 'holder',
      configuration: { a: 1 },
    })
    expect([configured.status, configured.body[0].path]).toEqual([400, 'configuration/a'])
  })

  test('an attestation that a definition uses stays', async () => {
    const used = await service.admin('DELETE', `${base}/attestations/holder-record`)
    expect([used.status, codeOf(used)]).toEqual([409, 'issuer.attestation-conflict'])
    expect(used.body[0].message).toContain('membership')
    const repeated = { id: 'unused', attestationType: 'holder' }
    expect((await service.admin('POST', `${base}/attestations`, repeated)).status).toBe(201)
    expect((await service.admin('POST', `${base}/attestations`, repeated)).status).toBe(201)
    expect((await service.admin('POST', `${base}/attestations/query`)).body).toHaveLength(2)
    expect((await service.admin('DELETE', `${base}/attestations/unused`)).status).toBe(204)
    expect((await service.admin('DELETE', `${base}/attestations/unused`)).status).toBe(404)
  })

  test('a definition is created once, replaced, read and deleted', async () => {
    const same = await service.admin('POST', `${base}/credentialdefinitions`, membershipDefinition())
    expect(same.status).toBe(201)
    const other = await service.admin('POST', `${base}/credentialdefinitions`, membershipDefinition({ validity: 5 }))
    expect([other.status, codeOf(other)]).toEqual([409, 'issuer.definition-conflict'])
    const draft = membershipDefinition({ id: 'draft' })
    await service.admin('POST', `${base}/credentialdefinitions`, draft)
    const replaced = await service.admin('PUT', `${base}/credentialdefinitions`, { ...draft, validity: '60' })
    expect(replaced).toMatchObject({ status: 200, body: { validity: 60 } })
    const path = `${base}/credentialdefinitions/draft`
    expect((await service.admin('GET', path)).body).toEqual(replaced.body)
    const query = { filterExpression: [{ operandLeft: 'id', operator: 'in', operandRight: ['draft'] }] }
    expect((await service.admin('POST', `${base}/credentialdefinitions/query`, query)).body).toEqual([replaced.body])
    expect((await service.admin('DELETE', path)).status).toBe(204)
    expect(codeOf(await service.admin('GET', path))).toBe('issuer.definition-unknown')
  })

  test('a definition names attestations that exist', async () => {
    const answer = await service.admin(
      'POST',
      `${base}/credentialdefinitions`,
      membershipDefinition({ id: 'y', attestations: ['holder-record', 'none'] }),
    )
    expect([answer.status, answer.body[0].path]).toEqual([400, 'attestations/1'])
  })
})

describe('queries', () => {
  test.each([
    [
      'filterExpression/0/operandLeft',
      { filterExpression: [{ operandLeft: 'holder_id; drop table', operator: '=', operandRight: 'x' }] },
    ],
    ['filterExpression/0/operator', { filterExpression: [{ operandLeft: 'did', operator: '~', operandRight: 'x' }] }],
    ['filterExpression/0/operandRight', { filterExpression: [{ operandLeft: 'did', operator: '=', operandRight: 5 }] }],
    ['sortField', { sortField: 'nothing' }],
    ['limit', { limit: 501 }],
  ])('are refused with the field %s', async (path, query) => {
    const answer = await service.admin('POST', `${base}/holders/query`, query)
    expect([answer.status, answer.body[0].path]).toEqual([400, path])
  })

  test('give pages in a stable order', async () => {
    for (const name of ['p1', 'p2', 'p3']) {
      const did = `did:web:example.com:${name}`
      await service.admin('POST', `${base}/holders`, holder({ holderId: did, did, name: 'paged' }))
    }
    const filterExpression = [{ operandLeft: 'holderName', operator: '=', operandRight: 'paged' }]
    const pages = []
    for (const offset of [0, 1, 2, 3]) {
      pages.push(
        (
          await service.admin('POST', `${base}/holders/query`, {
            filterExpression,
            offset,
            limit: 1,
            sortField: 'did',
            sortOrder: 'DESC',
          })
        ).body,
      )
    }
    expect(pages.map((page) => page.map((one: { did: string }) => one.did.slice(-2)))).toEqual([
      ['p3'],
      ['p2'],
      ['p1'],
      [],
    ])
  })

  test('find credentials by type and holder, as clients of the reference ask', async () => {
    const body = { holderId: member.did, did: member.did, name: 'Member', properties: { level: 1 } }
    await service.admin('POST', `${base}/holders`, body)
    expect((await service.request('issuer', member, requestMessage('query-test', 'membership'))).status).toBe(201)
    await until(() => member.received.length > 0, 'the credential arrives')
    const filterExpression = (type: string) => [
      { operandLeft: 'verifiableCredential.credential.type', operator: 'contains', operandRight: type },
      { operandLeft: 'holderId', operator: '=', operandRight: member.did },
    ]
    const found = await service.admin('POST', `${base}/credentials/query`, {
      filterExpression: filterExpression('MembershipCredential'),
    })
    expect(found.body).toHaveLength(1)
    const none = await service.admin('POST', `${base}/credentials/query`, {
      filterExpression: filterExpression('OtherCredential'),
    })
    expect(none.body).toEqual([])
    const processes = await service.admin('POST', `${base}/issuanceprocesses/query`, {
      filterExpression: [{ operandLeft: 'holderPid', operator: '=', operandRight: 'query-test' }],
    })
    expect(processes.body).toMatchObject([
      { credentialDefinitions: ['membership'], credentialFormats: { MembershipCredential: 'vc11-sl2021/jwt' } },
    ])
  })
})

describe('credentials', () => {
  test('that are unknown have no status to change', async () => {
    for (const action of ['revoke', 'suspend', 'resume']) {
      const unknown = await service.admin('POST', `${base}/credentials/nothing/${action}`)
      expect([unknown.status, codeOf(unknown)]).toEqual([404, 'issuer.credential-unknown'])
    }
    expect((await service.admin('GET', `${base}/credentials/nothing/status`)).status).toBe(404)
  })
})

describe('access', () => {
  const own = fakeToken('participant', 'issuer-client', 'issuer', 'issuer-admin-api:write')
  const tokens = {
    admin: adminToken,
    own,
    foreign: fakeToken('participant', 'neighbour-client', 'neighbour', 'issuer-admin-api:write'),
    reading: fakeToken('participant', 'issuer-client', 'issuer', 'issuer-admin-api:read'),
    provisioner: fakeToken('provisioner', 'provisioner', null, 'issuer-admin-api:write'),
    agent: fakeToken('workload', 'issuer-registration-agent', null, 'issuer-admin-api:holders:write'),
    none: '',
  }
  const names = Object.keys(tokens) as (keyof typeof tokens)[]

  test.each([
    ['GET', '/participants', ['admin']],
    ['GET', base, ['admin', 'own', 'reading']],
    ['POST', `${base}/holders/query`, ['admin', 'own', 'reading', 'provisioner', 'agent']],
    ['DELETE', `${base}/holders/nobody`, ['admin', 'own', 'provisioner', 'agent']],
    ['POST', `${base}/attestations/query`, ['admin', 'own', 'reading']],
    ['DELETE', `${base}/attestations/nothing`, ['admin', 'own']],
    ['POST', `${base}/credentialdefinitions/query`, ['admin', 'own', 'reading']],
    ['DELETE', `${base}/credentialdefinitions/nothing`, ['admin', 'own']],
    ['POST', `${base}/issuanceprocesses/query`, ['admin', 'own', 'reading', 'provisioner']],
    ['POST', `${base}/credentials/query`, ['admin', 'own', 'reading']],
    ['POST', `${base}/credentials/nothing/revoke`, ['admin', 'own']],
    ['POST', `${base}/credentials/nothing/suspend`, ['admin', 'own']],
    ['POST', `${base}/credentials/nothing/resume`, ['admin', 'own']],
  ] as const)('%s %s is for %j', async (method, path, expected) => {
    const passed: string[] = []
    for (const name of names) {
      const { status } = await service.admin(method, path, undefined, tokens[name])
      expect([200, 204, 401, 403, 404]).toContain(status)
      if (status !== 401 && status !== 403) passed.push(name)
    }
    expect(passed).toEqual(expected)
  })

  test('an issuer is answered alike for a foreign context and for one that does not exist', async () => {
    const foreign = await service.admin('POST', '/participants/neighbour/holders/query', {}, own)
    const unknown = await service.admin('POST', '/participants/nobody/holders/query', {}, own)
    expect([foreign.status, foreign.body]).toEqual([403, unknown.body])
    expect(unknown.status).toBe(403)
  })
})

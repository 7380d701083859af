import { randomUUID } from 'node:crypto'
import { participantContextId } from '@weft/foundation/access'
import type { Did } from '@weft/protocols/trust'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { migrations, schema } from './store/migrations.ts'
import { FakeHolder } from './testing/fake-holder.ts'
import { issueTo } from './testing/issued.ts'
import { makeDue } from './testing/make-due.ts'
import {
  type Answer,
  fakeToken,
  membershipDefinition,
  type RunningIssuerService,
  requestMessage,
  runIssuerService,
  until,
} from './testing/run-issuer-service.ts'

let service: RunningIssuerService
let member: FakeHolder
let did: Did
const base = '/participants/issuer'
const holder = (more: Readonly<Record<string, unknown>> = {}) => ({
  holderId: member.did,
  did: member.did,
  name: 'Member',
  properties: { level: 1 },
  ...more,
})
beforeAll(async () => {
  member = await FakeHolder.open('member')
  service = await runIssuerService({ holders: [member] })
  did = (await service.issuer('issuer')).did
  await service.admin('POST', `${base}/holders`, holder())
  for (const more of [
    { id: 'membership-2', format: 'vc20-bssl/jwt' },
    { id: 'by-hand', approval: 'manual' },
  ]) {
    await service.admin('POST', `${base}/credentialdefinitions`, membershipDefinition(more))
  }
})
beforeEach(() => {
  member.answers = [200]
})
afterAll(async () => {
  await service.stop()
  await member.close()
})

const idOf = (answer: Answer) => answer.headers.get('location')?.split('/').at(-1)
const processOf = async (answer: Answer) =>
  (await service.admin('GET', `${base}/issuanceprocesses/${idOf(answer)}`)).body
const reaches = (answer: Answer, state: string) =>
  until(async () => (await processOf(answer)).state === state, `the issuance is ${state}`)
const deliveriesOf = (holderPid: string) => member.received.filter(({ delivery }) => delivery.holderPid === holderPid)
const arrive = (holderPid: string, count: number) =>
  until(() => deliveriesOf(holderPid).length === count, `${count} deliveries for ${holderPid}`)
const ask = (holderPid: string, ...ids: string[]) =>
  service.request('issuer', member, requestMessage(holderPid, ...ids))
const statusOf = async (answer: Answer) => {
  const authorization = `Bearer ${await member.token(did)}`
  return (await service.get(new URL(answer.headers.get('location') ?? '').pathname, { authorization })).body.status
}

describe('the format of a delivery', () => {
  test.each([
    ['profile', 'membership', 'vc11-sl2021/jwt', 'vc11-sl2021/jwt'],
    ['profile', 'membership-2', 'vc20-bssl/jwt', 'vc20-bssl/jwt'],
    ['edc', 'membership', 'VC1_0_JWT', 'vc11-sl2021/jwt'],
    ['edc', 'membership-2', 'VC2_0_JOSE', 'vc20-bssl/jwt'],
  ] as const)(
    'DCP-35: for a holder with format names "%s", %s is called %s',
    async (formatNames, id, name, profile) => {
      const changed = await service.admin('PUT', `${base}/holders`, holder({ formatNames }))
      expect(changed).toMatchObject({ status: 200, body: { formatNames } })
      const issued = await issueTo(service, member, id)
      expect(issued.format).toBe(name)
      expect(issued.credential).toMatchObject({ profile, issuer: did, subjects: [{ id: member.did }] })
      expect(member.faults).toEqual([])
    },
  )

  test('is named as DCP does where nothing else is said, and by no other name', async () => {
    await service.admin('PUT', `${base}/holders`, holder())
    expect((await issueTo(service, member)).format).toBe('vc11-sl2021/jwt')
    expect((await service.admin('PUT', `${base}/holders`, holder({ formatNames: 'jwt' }))).status).toBe(400)
  })
})

describe('a request with a holderPid that was used before', () => {
  test('DCP-32: is the same request while that is open, with the same absolute Location', async () => {
    member.answers = [503, 503, 200]
    const holderPid = randomUUID()
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask(holderPid, 'membership')))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
    const locations = new Set(answers.map(({ headers }) => headers.get('location')))
    expect(locations.size).toBe(1)
    expect([...locations][0]).toMatch(new RegExp(`^${service.publicUrl}/`))
    await reaches(answers[0] as Answer, 'DELIVERED')
    const issued = new Set(deliveriesOf(holderPid).map(({ credentials: [credential] }) => credential?.id))
    expect(issued.size).toBe(1)
  })

  test('DCP-32, DCP-35: is answered 201 and delivered each time, with the same credential soon after the delivery', async () => {
    const holderPid = randomUUID()
    const locations = new Set<string | null>()
    for (let time = 1; time <= 3; time++) {
      const message = requestMessage(holderPid, 'membership')
      const token = await member.token(did, `access-${time}`)
      const answer = await service.request('issuer', member, message, token)
      expect(answer.status).toBe(201)
      locations.add(answer.headers.get('location'))
      await arrive(holderPid, time)
      await until(async () => (await statusOf(answer)) === 'ISSUED', 'the status says so')
      expect(deliveriesOf(holderPid).at(-1)?.sender.accessToken).toBe(`access-${time}`)
    }
    expect(locations.size).toBe(1)
    const ids = deliveriesOf(holderPid).map(({ credentials: [credential] }) => credential?.id)
    expect(new Set(ids).size).toBe(1)
    const database = await service.database.forService(schema, migrations)
    await until(async () => {
      const [row] = await database.tenant(participantContextId('issuer'), (tx) =>
        tx.rows<{ n: number }>(
          `select count(*)::int as n from ${schema}.process_task where process_type = 'issuance' and name not like '%.deadline'`,
        ),
      )
      return row?.n === 0
    }, 'nothing is left to do')
  })

  test('DCP-32: is a new one when something else is asked for, a credential was revoked, or time has passed', async () => {
    const holderPid = randomUUID()
    const first = await ask(holderPid, 'membership')
    await reaches(first, 'DELIVERED')
    const other = await ask(holderPid, 'membership', 'membership-2')
    expect(idOf(other)).not.toBe(idOf(first))
    await reaches(other, 'DELIVERED')
    const filterExpression = [{ operandLeft: 'processId', operator: '=', operandRight: idOf(other) }]
    const { body } = await service.admin('POST', `${base}/credentials/query`, { filterExpression })
    await service.admin('POST', `${base}/credentials/${body[0].id}/revoke`)
    const third = await ask(holderPid, 'membership', 'membership-2')
    expect(idOf(third)).not.toBe(idOf(other))
    await reaches(third, 'DELIVERED')
    service.advance(601)
    const fourth = await ask(holderPid, 'membership', 'membership-2')
    expect(idOf(fourth)).not.toBe(idOf(third))
    await reaches(fourth, 'DELIVERED')
  })

  test('DCP-32: is a new one after a rejection, which a record that was corrected may turn', async () => {
    await service.admin('PUT', `${base}/holders`, holder({ properties: { level: 0 } }))
    const holderPid = randomUUID()
    const refused = await ask(holderPid, 'membership')
    await reaches(refused, 'ERRORED')
    await arrive(holderPid, 1)
    await service.admin('PUT', `${base}/holders`, holder())
    const granted = await ask(holderPid, 'membership')
    expect(idOf(granted)).not.toBe(idOf(refused))
    await reaches(granted, 'DELIVERED')
    expect(deliveriesOf(holderPid).map(({ delivery }) => delivery.status)).toEqual(['REJECTED', 'ISSUED'])
  })

  test('is refused while a request for something else is open', async () => {
    const holderPid = randomUUID()
    await ask(holderPid, 'by-hand')
    const answer = await ask(holderPid, 'by-hand', 'membership')
    expect(answer).toMatchObject({ status: 409, body: { code: 'issuer.request-conflict' } })
  })

  test('DCP-32, DCP-35: is delivered at once when the holder was away at first, and says by it that it is back', async () => {
    const slow = await runIssuerService({
      holders: [member],
      deliveryPolicy: { limit: 3, baseMs: 3_600_000, maxMs: 3_600_000 },
    })
    try {
      const audience = (await slow.issuer('issuer')).did
      await slow.admin('POST', `${base}/holders`, holder())
      const message = requestMessage(randomUUID(), 'membership')
      const send = async (accessToken: string) =>
        slow.request('issuer', member, message, await member.token(audience, accessToken))
      const stateOf = async (answer: Answer) =>
        (await slow.admin('GET', `${base}/issuanceprocesses/${idOf(answer)}`)).body.state
      member.answers = [503]
      const attempts = member.attempts.length
      const first = await send('first')
      await until(() => member.attempts.length > attempts, 'it was tried')
      member.answers = [200]
      slow.advance(2)
      const second = await send('second')
      expect(second.headers.get('location')).toBe(first.headers.get('location'))
      await until(async () => (await stateOf(second)) === 'DELIVERED', 'it is delivered')
      const [delivered] = deliveriesOf(message.holderPid)
      expect(delivered?.sender.accessToken).toBe('second')
    } finally {
      await slow.stop()
      member.trust(service.resolver, service.clock)
    }
  })

  test('leaves what was delivered as it is when it cannot be delivered again', async () => {
    const holderPid = randomUUID()
    const answer = await ask(holderPid, 'membership')
    await reaches(answer, 'DELIVERED')
    member.answers = [422]
    const attempts = member.attempts.length
    await ask(holderPid, 'membership')
    await until(() => member.attempts.length > attempts, 'it was tried')
    expect(await statusOf(answer)).toBe('ISSUED')
  })
})

describe('a request that somebody has to approve', () => {
  test('DCP-36: is received until then, and issued after', async () => {
    const holderPid = randomUUID()
    const answer = await ask(holderPid, 'by-hand', 'membership')
    await reaches(answer, 'AWAITING_APPROVAL')
    expect(await statusOf(answer)).toBe('RECEIVED')
    expect(idOf(await ask(holderPid, 'by-hand', 'membership'))).toBe(idOf(answer))
    const path = `${base}/issuanceprocesses/${idOf(answer)}/approve`
    const answers = await Promise.all([service.admin('POST', path), service.admin('POST', path)])
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409])
    await reaches(answer, 'DELIVERED')
    expect(deliveriesOf(holderPid)[0]?.credentials).toHaveLength(2)
    expect(await service.admin('POST', path)).toMatchObject({
      status: 409,
      body: [{ code: 'issuer.issuance-not-waiting' }],
    })
  })

  test('DCP-36, DCP-46: is rejected with a reason that the holder is not told', async () => {
    const holderPid = randomUUID()
    const answer = await ask(holderPid, 'by-hand')
    await reaches(answer, 'AWAITING_APPROVAL')
    const reason = 'owes Carol 300 euros'
    const path = `${base}/issuanceprocesses/${idOf(answer)}/reject`
    expect((await service.admin('POST', path, { reason })).status).toBe(204)
    await arrive(holderPid, 1)
    const { delivery } = deliveriesOf(holderPid)[0] ?? {}
    expect(delivery).toMatchObject({ status: 'REJECTED', rejectionReason: 'issuer.not-approved' })
    expect(JSON.stringify(delivery)).not.toContain('Carol')
    expect(await processOf(answer)).toMatchObject({ errorCode: 'issuer.not-approved', errorDetail: reason })
    expect(await statusOf(answer)).toBe('REJECTED')
  })

  test('cannot be approved against the rules of the definition', async () => {
    const answer = await ask(randomUUID(), 'by-hand')
    await reaches(answer, 'AWAITING_APPROVAL')
    await service.admin('PUT', `${base}/holders`, holder({ properties: { level: 0 } }))
    const refused = await service.admin('POST', `${base}/issuanceprocesses/${idOf(answer)}/approve`)
    expect(refused).toMatchObject({ status: 409, body: [{ code: 'issuer.approval-impossible' }] })
    expect((await processOf(answer)).state).toBe('AWAITING_APPROVAL')
    await service.admin('PUT', `${base}/holders`, holder())
  })

  test('ends as a rejection when nobody does in time', async () => {
    const answer = await ask(randomUUID(), 'by-hand')
    await reaches(answer, 'AWAITING_APPROVAL')
    await makeDue(service, 'issuer', 'issuance.approval.deadline')
    await reaches(answer, 'ERRORED')
    expect(await processOf(answer)).toMatchObject({ errorCode: 'issuer.not-approved' })
  })

  test('is decided about by the issuer itself and the operator only', async () => {
    const write = 'issuer-admin-api:write'
    for (const [token, status] of [
      [fakeToken('participant', 'c', 'issuer', write), 404],
      [fakeToken('participant', 'c', 'neighbour', write), 403],
      [fakeToken('participant', 'c', 'issuer', 'issuer-admin-api:read'), 403],
      [fakeToken('provisioner', 'c', null, write), 403],
    ] as const) {
      for (const action of ['approve', 'reject']) {
        const answer = await service.admin('POST', `${base}/issuanceprocesses/nothing/${action}`, undefined, token)
        expect(answer.status).toBe(status)
      }
    }
  })
})

describe('a request that was approved before it came', () => {
  const preAuthorize = async (more: Readonly<Record<string, unknown>> = {}) =>
    service.admin('POST', `${base}/preauthorizations`, { holderId: member.did, credentials: ['by-hand'], ...more })
  const askWith = async (code: string, holderPid: string = randomUUID(), id = 'by-hand') => {
    const token = await member.forge({ aud: did, token: 'access', 'pre-authorized_code': code })
    return service.request('issuer', member, requestMessage(holderPid, id), token)
  }

  test('DCP-35: waits for nobody, and the access token beside the code is sent back', async () => {
    const given = await preAuthorize()
    expect(given.status).toBe(201)
    const holderPid = randomUUID()
    const answers = await Promise.all([askWith(given.body.code, holderPid), askWith(given.body.code, holderPid)])
    expect(answers.map(({ status }) => status)).toEqual([201, 201])
    await reaches(answers[0] as Answer, 'DELIVERED')
    expect(deliveriesOf(holderPid)[0]?.sender.accessToken).toBe('access')
    expect(service.log.join('')).not.toContain(given.body.code)
    expect(await askWith(given.body.code)).toMatchObject({
      status: 401,
      body: { code: 'issuer.pre-authorization-invalid' },
    })
  })

  test('is refused with a code that is unknown, too old, of another holder or for something else', async () => {
    expect((await askWith('unknown')).status).toBe(401)
    const { code } = (await preAuthorize()).body
    expect((await askWith(code, randomUUID(), 'membership')).status).toBe(401)
    await service.admin('POST', `${base}/holders`, { holderId: 'other', did: 'did:web:example.com:other' })
    const foreign = (await preAuthorize({ holderId: 'other' })).body
    expect((await askWith(foreign.code)).status).toBe(401)
    service.advance(86_401)
    expect((await askWith(code)).status).toBe(401)
  })

  test('still has to meet the rules', async () => {
    const { code } = (await preAuthorize()).body
    await service.admin('PUT', `${base}/holders`, holder({ properties: { level: 0 } }))
    const answer = await askWith(code)
    await reaches(answer, 'ERRORED')
    expect(await processOf(answer)).toMatchObject({ errorCode: 'issuer.rule-not-met' })
    await service.admin('PUT', `${base}/holders`, holder())
  })

  test('is of a holder and for credentials that there are', async () => {
    expect(await preAuthorize({ holderId: 'nobody' })).toMatchObject({ status: 404 })
    expect(await preAuthorize({ credentials: ['nothing'] })).toMatchObject({
      status: 400,
      body: [{ path: 'credentials/0' }],
    })
  })
})

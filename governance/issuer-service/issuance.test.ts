import { randomUUID } from 'node:crypto'
import { participantContextId } from '@weft/foundation/access'
import { expectTenantIsolation, overEachEngine } from '@weft/foundation/database-testing'
import { createProcesses } from '@weft/foundation/processes'
import { createLogger } from '@weft/foundation/telemetry'
import {
  createPresentation,
  createSchemaChecker,
  parseScope,
  typeScope,
  verifyPresentations,
} from '@weft/protocols/dcp'
import { createStatusChecker, type Did, fetchDocumentOver, type StatusChecker } from '@weft/protocols/trust'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { migrations, schema } from './store/migrations.ts'
import { FakeHolder } from './testing/fake-holder.ts'
import {
  type Answer,
  membershipDefinition,
  type RunningIssuerService,
  requestMessage,
  runIssuerService,
  until,
} from './testing/run-issuer-service.ts'

overEachEngine('issuance', (engine) => {
  let member: FakeHolder
  let other: FakeHolder
  let service: RunningIssuerService
  let issuer: { readonly context: string; readonly did: Did }
  let base: string

  beforeAll(async () => {
    member = await FakeHolder.open('member')
    other = await FakeHolder.open('other')
    service = await runIssuerService({ engine, holders: [member, other] })
    issuer = await service.issuer('issuer')
    base = `/participants/${issuer.context}`
    for (const [holder, level] of [
      [member, 3],
      [other, 0],
    ] as const) {
      const body = { holderId: holder.did, did: holder.did, name: 'Company', properties: { level } }
      expect((await service.admin('POST', `${base}/holders`, body)).status).toBe(201)
    }
  })
  afterAll(async () => {
    await service.stop()
    await member.close()
    await other.close()
  })

  const processOf = async (answer: Answer) => {
    const id = answer.headers.get('location')?.split('/').at(-1)
    return (await service.admin('GET', `${base}/issuanceprocesses/${id}`)).body
  }
  const reaches = (answer: Answer, state: string) =>
    until(async () => (await processOf(answer)).state === state, `the issuance is ${state}`)
  const statusOf = async (answer: Answer, holder: FakeHolder, token?: string) =>
    service.get(new URL(answer.headers.get('location') ?? '').pathname, {
      authorization: `Bearer ${token ?? (await holder.token(issuer.did))}`,
    })
  const fetchDocument = (purpose: string) => fetchDocumentOver(service.outbound.send, { purpose })
  const newStatuses = (): StatusChecker => {
    const { resolver, clock } = service
    return createStatusChecker({ fetchStatusList: fetchDocument('trust.status-list'), resolver, clock })
  }
  /** What a verifier finds when the holder presents the credential. */
  const verify = async (credential: string, statuses: StatusChecker = newStatuses()) => {
    const verifier = other.did
    const presentation = await createPresentation({
      holder: member.did,
      audience: verifier,
      credentials: [credential],
      key: member.key,
      clock: service.clock,
    })
    const { resolver, clock } = service
    return verifyPresentations({
      presentations: [presentation],
      holder: member.did,
      audience: verifier,
      required: [parseScope(typeScope('MembershipCredential'))],
      trusted: (did) => did === issuer.did,
      resolver,
      statuses,
      schemas: createSchemaChecker({ fetchSchema: fetchDocument('dcp.schema'), clock }),
      clock,
    })
  }
  const issue = async (): Promise<{ answer: Answer; jwt: string }> => {
    const holderPid = randomUUID()
    const answer = await service.request(issuer.context, member, requestMessage(holderPid, 'membership'))
    expect(answer.status).toBe(201)
    await reaches(answer, 'DELIVERED')
    const received = member.received.find(({ delivery }) => delivery.holderPid === holderPid)
    if (received?.delivery.status !== 'ISSUED') throw new Error('nothing was issued')
    return { answer, jwt: received.delivery.credentials[0]?.payload ?? '' }
  }

  test('DCP-32, DCP-35: a request is answered 201 with its resource, and what was asked for is delivered', async () => {
    const before = member.received.length
    const holderPid = randomUUID()
    const token = await member.token(issuer.did, 'access-token-of-the-holder')
    const answer = await service.request(issuer.context, member, requestMessage(holderPid, 'membership'), token)
    expect(answer.status).toBe(201)
    expect(answer.headers.get('location')).toMatch(
      new RegExp(`^${service.publicUrl}/issuance/v1beta/participants/issuer/requests/[0-9a-f-]{36}$`),
    )
    await reaches(answer, 'DELIVERED')
    const received = member.received.slice(before)
    expect(received).toHaveLength(1)
    expect(received[0]?.delivery).toMatchObject({ status: 'ISSUED', holderPid })
    expect(received[0]?.sender).toMatchObject({ did: issuer.did, accessToken: 'access-token-of-the-holder' })
    expect(received[0]?.credentials[0]).toMatchObject({
      issuer: issuer.did,
      types: ['VerifiableCredential', 'MembershipCredential'],
      subjects: [{ id: member.did, claims: { name: 'Company', membership: { level: 3 } } }],
    })
    expect((await statusOf(answer, member)).body).toMatchObject({
      type: 'CredentialStatus',
      holderPid,
      status: 'ISSUED',
    })
    expect(member.faults).toEqual([])
    expect(service.log.join('')).not.toContain('access-token-of-the-holder')
    await until(async () => {
      const id = answer.headers.get('location')?.split('/').at(-1)
      const partition = service.vault.partition(participantContextId(issuer.context))
      return (await partition.get(`issuer-service/request/${id}`)) === undefined
    }, "the holder's access token is gone from the vault")
  })

  test('DCP-43: an issued credential verifies; after it was revoked it does not, as soon as the verifier looks again', async () => {
    const { jwt } = await issue()
    const statuses = newStatuses()
    expect(await verify(jwt, statuses)).toMatchObject([{ issuer: issuer.did }])
    const query = {
      filterExpression: [{ operandLeft: 'holderId', operator: '=', operandRight: member.did }],
      sortOrder: 'DESC',
    }
    const found = await service.admin('POST', `${base}/credentials/query`, query)
    const claims = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString())
    const mine = found.body.find((one: { credential: { id: string } }) => one.credential.id === claims.vc.id)
    expect(mine.credential.credentialStatus).toEqual(claims.vc.credentialStatus)
    expect(JSON.stringify(found.body)).not.toContain(jwt.split('.')[2])

    const path = `${base}/credentials/${mine.id}`
    expect((await service.admin('GET', `${path}/status`)).body).toEqual({
      credentialId: mine.id,
      status: null,
      reason: null,
    })
    expect((await service.admin('POST', `${path}/revoke`)).status).toBe(204)
    expect((await service.admin('POST', `${path}/revoke`)).status).toBe(204)
    expect((await service.admin('GET', `${path}/status`)).body).toMatchObject({ status: 'revocation' })
    // A verifier keeps a list for ten seconds at most.
    service.advance(10.1)
    await expect(verify(jwt, statuses)).rejects.toMatchObject({ status: 401, code: 'dcp.credential-revoked' })
  })

  test('revoking one credential leaves the others valid, however they share a list', async () => {
    const issued: { readonly jwt: string }[] = []
    for (let count = 0; count < 4; count++) issued.push(await issue())
    const { body } = await service.admin('POST', `${base}/credentials/query`, { sortOrder: 'DESC', limit: 500 })
    const first = body.find(
      (one: { credential: { id: string } }) => issued[0]?.jwt && one.credential.id === idOf(issued[0].jwt),
    )
    await service.admin('POST', `${base}/credentials/${first.id}/revoke`)
    await expect(verify(issued[0]?.jwt ?? '')).rejects.toMatchObject({ status: 401 })
    for (const { jwt } of issued.slice(1)) expect(await verify(jwt)).toHaveLength(1)
    const places = body.flatMap((one: { credential: { credentialStatus: readonly { id: string }[] } }) =>
      one.credential.credentialStatus.map(({ id }) => id),
    )
    expect(new Set(places).size).toBe(body.length * 2)
  })

  test('DCP-10: a token is good for one request, be it answered or refused', async () => {
    const token = await member.token(issuer.did)
    const message = requestMessage(randomUUID(), 'membership')
    expect((await service.request(issuer.context, member, message, token)).status).toBe(201)
    const again = await service.request(issuer.context, member, message, token)
    expect(again).toMatchObject({ status: 401, body: { code: 'dcp.replayed' } })
    const refused = await member.token(issuer.did)
    expect(
      (await service.request(issuer.context, member, requestMessage(randomUUID(), 'nothing'), refused)).status,
    ).toBe(400)
    expect((await service.request(issuer.context, member, message, refused)).status).toBe(401)
  })

  test('DCP-03, DCP-04, DCP-12: requests without a token for this issuer by a known holder are refused', async () => {
    const stranger = await FakeHolder.open('stranger')
    stranger.trust(service.resolver, service.clock)
    const message = requestMessage(randomUUID(), 'membership')
    const path = '/issuance/v1beta/participants/issuer/credentials'
    const missing = await fetch(service.publicUrl + path, {
      method: 'POST',
      body: JSON.stringify(message),
      headers: { 'content-type': 'application/json' },
    })
    expect(missing.status).toBe(401)
    const misdirected = await member.token(other.did)
    expect((await service.request(issuer.context, member, message, misdirected)).status).toBe(401)
    expect((await service.request(issuer.context, stranger, message)).status).toBe(401)
    await stranger.close()
  })

  test('DCP-33, DCP-34: unknown ids and incomplete messages are refused with the field', async () => {
    const unknown = await service.request(issuer.context, member, requestMessage(randomUUID(), 'membership', 'nothing'))
    expect(unknown).toMatchObject({
      status: 400,
      body: { code: 'issuer.credential-not-offered', field: 'credentials/1/id' },
    })
    for (const member_ of ['holderPid', 'credentials', 'type']) {
      const { [member_ as 'type']: _, ...incomplete } = requestMessage(randomUUID(), 'membership')
      expect(await service.request(issuer.context, member, incomplete)).toMatchObject({
        status: 400,
        body: { code: 'dcp.message-invalid' },
      })
    }
    expect((await service.request(issuer.context, member, '{"type":')).status).toBe(400)
  })

  test('DCP-36: a request is shown to its requester only', async () => {
    const { answer } = await issue()
    expect((await statusOf(answer, member)).status).toBe(200)
    expect(await statusOf(answer, other)).toMatchObject({ status: 404, body: { code: 'issuer.request-unknown' } })
    const unknown = await service.get(`/issuance/v1beta/participants/issuer/requests/${randomUUID()}`, {
      authorization: `Bearer ${await member.token(issuer.did)}`,
    })
    expect(unknown).toMatchObject({ status: 404, body: { code: 'issuer.request-unknown' } })
    const anonymous = await service.get(new URL(answer.headers.get('location') ?? '').pathname)
    expect(anonymous.status).toBe(401)
  })

  test('DCP-46: a rule that is not met ends in ERRORED with the reason here, and a REJECTED without it there', async () => {
    const answer = await service.request(issuer.context, other, requestMessage(randomUUID(), 'membership'))
    await reaches(answer, 'ERRORED')
    const process = await processOf(answer)
    expect(process).toMatchObject({ errorCode: 'issuer.rule-not-met' })
    expect(process.errorDetail).toContain('properties.level GEQ')
    await until(() => other.received.length > 0, 'the rejection arrives')
    expect(other.received[0]?.delivery).toMatchObject({ status: 'REJECTED', rejectionReason: 'issuer.rule-not-met' })
    expect((await statusOf(answer, other)).body).toMatchObject({ status: 'REJECTED' })
  })

  test('a required claim that is missing ends in ERRORED with its name', async () => {
    const mappings = [{ input: 'properties.absent', output: 'credentialSubject.absent', required: true }]
    await service.admin('POST', `${base}/credentialdefinitions`, membershipDefinition({ id: 'absent', mappings }))
    const holderPid = randomUUID()
    const answer = await service.request(issuer.context, member, requestMessage(holderPid, 'absent'))
    await reaches(answer, 'ERRORED')
    expect(await processOf(answer)).toMatchObject({
      errorCode: 'issuer.claims-missing',
      errorDetail: expect.stringContaining('properties.absent'),
    })
    const rejected = () => member.received.some(({ delivery }) => delivery.holderPid === holderPid)
    await until(rejected, 'the rejection arrives')
  })

  test('a delivery that fails is tried again with the same credential and the same place in the list', async () => {
    member.answers = [503, 503, 200]
    const before = member.attempts.length
    const { answer, jwt } = await issue()
    // A holder that stored the first one and failed afterwards is given nothing new.
    const attempts = member.attempts
      .slice(before)
      .map(({ credentials: [credential] }) => [credential?.id, credential?.status])
    expect(attempts).toHaveLength(3)
    expect(attempts[1]).toEqual(attempts[0])
    expect(attempts[2]).toEqual(attempts[0])
    const { body } = await service.admin('POST', `${base}/credentials/query`, {
      filterExpression: [{ operandLeft: 'processId', operator: '=', operandRight: (await processOf(answer)).id }],
    })
    expect(body).toHaveLength(1)
    expect(body[0].credential.id).toBe(idOf(jwt))
    member.answers = [200]
  })

  test('a delivery that never succeeds, or is refused for good, ends in ERRORED with the reason', async () => {
    for (const [status, code] of [
      [503, 'dcp.counterparty-failed'],
      [404, 'issuer.delivery-failed'],
      [422, 'dcp.counterparty-refused'],
    ] as const) {
      member.answers = [status]
      const answer = await service.request(issuer.context, member, requestMessage(randomUUID(), 'membership'))
      await reaches(answer, 'ERRORED')
      expect(await processOf(answer)).toMatchObject({ errorCode: code })
      expect((await statusOf(answer, member)).body).toMatchObject({ status: 'REJECTED' })
    }
    member.answers = [200]
  })

  test('no row holds a signed credential', async () => {
    const { jwt } = await issue()
    const signature = jwt.split('.')[2] ?? ''
    const database = await service.database.forService(schema, migrations)
    for (const table of ['issued_credential', 'issuance_process', 'process_task', 'process_history', 'outbox']) {
      const rows = await database.tenant(participantContextId(issuer.context), (tx) =>
        tx.rows(`select * from ${schema}.${table}`),
      )
      expect(JSON.stringify(rows)).not.toContain(signature)
    }
  })

  test('every table keeps unfiltered statements inside one issuer', async () => {
    const second = await service.issuer('second-issuer')
    const holder = { holderId: 'member', did: member.did, name: 'Company', properties: { level: 1 } }
    await service.admin('POST', '/participants/second-issuer/holders', holder)
    member.answers = [200]
    const token = await member.token(second.did)
    const message = requestMessage(randomUUID(), 'membership')
    const before = member.received.length
    expect((await service.request(second.context, member, message, token)).status).toBe(201)
    const fromSecond = () => member.received.slice(before).some(({ sender }) => sender.did === second.did)
    await until(fromSecond, 'the second issuer has issued')
    for (const [context, holderId] of [
      [issuer.context, member.did],
      [second.context, 'member'],
    ]) {
      const offer = { holderId, credentials: ['membership'] }
      expect((await service.admin('POST', `/participants/${context}/credentials/offer`, offer)).status).toBe(204)
      expect((await service.admin('POST', `/participants/${context}/preauthorizations`, offer)).status).toBe(201)
    }

    const database = await service.database.forService(schema, migrations)
    const processes = createProcesses({
      database,
      exclusive: false,
      logger: createLogger({ component: 'test', level: 'silent' }),
    })
    for (const context of [issuer.context, second.context].map((name) => participantContextId(name))) {
      await database.tenant(context, (tx) =>
        processes.record(tx, {
          participantContextId: context,
          processType: 'issuance',
          processId: 'isolation-test',
          from: null,
          to: 'SUBMITTED',
          tasks: [{ name: 'isolation.test', dueInMs: 3_600_000 }],
          events: [{ subject: 'isolation.test', body: {} }],
        }),
      )
    }
    const contexts = [participantContextId(issuer.context), participantContextId(second.context)] as const
    const tables = await expectTenantIsolation(database, contexts)
    expect(tables).toEqual(
      expect.arrayContaining([
        'attestation',
        'credential_definition',
        'credential_offer',
        'holder',
        'issuance_process',
        'issued_credential',
        'issuer',
        'pre_authorization',
        'signing_key',
        'status_entry',
        'status_list',
        'used_token',
      ]),
    )
  })
})

function idOf(jwt: string): string {
  return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()).vc.id
}

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { FakeHolder } from './testing/fake-holder.ts'
import { fakeToken, type RunningIssuerService, runIssuerService, until } from './testing/run-issuer-service.ts'

let service: RunningIssuerService
let member: FakeHolder
let did: string
const base = '/participants/issuer'
beforeAll(async () => {
  member = await FakeHolder.open('member')
  service = await runIssuerService({ holders: [member] })
  did = (await service.issuer('issuer')).did
  await service.admin('POST', `${base}/holders`, { holderId: 'member', did: member.did, properties: { level: 1 } })
})
beforeEach(() => {
  member.answers = [200]
})
afterAll(async () => {
  await service.stop()
  await member.close()
})

const offer = (more: Readonly<Record<string, unknown>> = {}, token?: string) =>
  service.admin(
    'POST',
    `${base}/credentials/offer`,
    { holderId: 'member', credentials: ['membership'], ...more },
    token,
  )
const readAt = async (location: string | null) =>
  (await service.admin('GET', (location ?? '').replace('/api/issuer/v1beta', ''))).body
const ends = (location: string | null, state: string) =>
  until(async () => (await readAt(location)).state === state, `the offer is ${state}`)

describe('an offer', () => {
  test.each([
    [undefined, 'reissue'],
    ['proof-key-revocation', 'proof-key-revocation'],
  ])(
    'DCP-41, DCP-42: with the reason %s reaches the holder, complete, from the issuer',
    async (reason, offerReason) => {
      const answer = await offer(reason === undefined ? {} : { reason })
      expect(answer.status).toBe(204)
      await ends(answer.headers.get('location'), 'SENT')
      expect(member.offers.at(-1)).toEqual({
        issuer: did,
        credentials: [
          {
            id: 'membership',
            credentialType: 'MembershipCredential',
            credentialSchema: `${service.publicUrl}/issuance/v1beta/participants/issuer/schemas/membership`,
            offerReason,
            bindingMethods: ['did:web'],
            profile: 'vc11-sl2021/jwt',
          },
        ],
      })
      expect(member.faults).toEqual([])
    },
  )

  test('is sent again while the holder is down, and once more is not sent after that', async () => {
    const before = member.offers.length
    member.answers = [503, 404, 200]
    const answer = await offer()
    await ends(answer.headers.get('location'), 'SENT')
    expect(member.offers).toHaveLength(before + 1)
  })

  test.each([
    [503, 'dcp.counterparty-failed'],
    [422, 'dcp.counterparty-refused'],
  ])('that is answered %s every time ends as FAILED, with the reason', async (status, errorCode) => {
    member.answers = [status]
    const answer = await offer()
    await ends(answer.headers.get('location'), 'FAILED')
    expect(await readAt(answer.headers.get('location'))).toMatchObject({ errorCode, holderId: 'member' })
    const filterExpression = [{ operandLeft: 'state', operator: '=', operandRight: 'FAILED' }]
    const failed = await service.admin('POST', `${base}/credentialoffers/query`, { filterExpression })
    expect(failed.body.length).toBeGreaterThan(0)
  })

  test('is for a holder that is registered, and of credentials that are offered', async () => {
    const unknown = await offer({ holderId: 'nobody' })
    expect(unknown).toMatchObject({ status: 404, body: [{ code: 'issuer.holder-unknown', path: 'holderId' }] })
    const nothing = await offer({ credentials: ['membership', 'nothing'] })
    expect(nothing).toMatchObject({ status: 400, body: [{ path: 'credentials/1' }] })
    expect((await offer({ credentials: [] })).status).toBe(400)
    const lost = await service.admin('GET', `${base}/credentialoffers/nothing`)
    expect(lost).toMatchObject({ status: 404, body: [{ code: 'issuer.offer-unknown' }] })
  })

  test('is made by the issuer itself and the operator only', async () => {
    const write = 'issuer-admin-api:write'
    for (const [token, status] of [
      [fakeToken('participant', 'c', 'issuer', write), 404],
      [fakeToken('participant', 'c', 'neighbour', write), 403],
      [fakeToken('participant', 'c', 'issuer', 'issuer-admin-api:read'), 403],
      [fakeToken('provisioner', 'c', null, write), 403],
    ] as const) {
      expect((await offer({ holderId: 'nobody' }, token)).status).toBe(status)
    }
  })
})

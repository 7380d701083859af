import { randomUUID } from 'node:crypto'
import type { CredentialDelivery } from '@weft/protocols/dcp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deliver, type FakeIssuer, type FakeParty } from './testing/fake-counterparty.ts'
import { administrator, ownerOf, provisioner, startTestHub, type TestHub, type TestParticipant } from './testing/hub.ts'
import { askFor, issueTo, statusOf, untilStatus } from './testing/issuance.ts'

let hub: TestHub
let issuer: FakeIssuer
let participant: TestParticipant

beforeAll(async () => {
  hub = await startTestHub()
  issuer = await hub.others.issuer('issuer')
  participant = await hub.participant()
})
afterAll(async () => await hub.stop())

async function delivery(holderPid: string, type = 'MembershipCredential'): Promise<CredentialDelivery> {
  const payload = await issuer.credential(participant.did, type)
  return {
    status: 'ISSUED',
    issuerPid: 'i1',
    holderPid,
    credentials: [{ credentialType: type, payload, format: 'vc11-sl2021/jwt' }],
  }
}

async function codeOf(answer: Response): Promise<[number, string]> {
  return [answer.status, ((await answer.json()) as { code: string }).code]
}

async function heldOf(one: TestParticipant): Promise<{ id: string; holderPid: string }[]> {
  const answer = await hub.admin(ownerOf(one.id), 'GET', `/participants/${one.id}/credentials`)
  return (await answer.json()) as { id: string; holderPid: string }[]
}

describe('asking for credentials', () => {
  it('the request reaches the issuer with its holderPid, and its status names the issuer’s id', async () => {
    const holderPid = await askFor(hub, participant, issuer, ['MembershipCredential'])
    await untilStatus(hub, participant, holderPid, 'REQUESTED')
    expect(issuer.requests.filter((request) => request.holderPid === holderPid)).toEqual([
      { holderPid, credentials: [{ id: 'MembershipCredential-definition' }] },
    ])
    expect(await statusOf(hub, participant, holderPid)).toEqual({
      issuerDid: issuer.did,
      holderPid,
      issuerPid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      status: 'REQUESTED',
      typesAndFormats: [
        { id: 'MembershipCredential-definition', credentialType: 'MembershipCredential', format: 'VC1_0_JWT' },
      ],
      error: null,
    })
  })

  it('is idempotent by holderPid, refuses other content under it, and says where the status is', async () => {
    const path = `/participants/${participant.id}/credentials/request`
    const body = {
      issuerDid: issuer.did,
      holderPid: randomUUID(),
      credentials: [{ id: 'a', type: 'A', format: 'vc11-sl2021/jwt' }],
    }
    const first = await hub.admin(provisioner, 'POST', path, body)
    const again = await hub.admin(provisioner, 'POST', path, body)
    const location = `/api/identity/v1beta/participants/${participant.id}/credentials/request/${body.holderPid}`
    for (const answer of [first, again]) {
      expect(answer.status).toBe(201)
      expect(answer.headers.get('location')).toBe(location)
      expect(await answer.text()).toBe('')
    }
    const other = await hub.admin(provisioner, 'POST', path, {
      ...body,
      credentials: [{ id: 'b', type: 'B', format: 'VC1_0_JWT' }],
    })
    expect(other.status).toBe(409)
    await untilStatus(hub, participant, body.holderPid, 'REQUESTED')
    expect(issuer.requests.filter((request) => request.holderPid === body.holderPid)).toHaveLength(1)
  })

  it.each<[string, object]>([
    ['issuerDid', { issuerDid: 'https://example.com' }],
    ['credentials', { credentials: [] }],
    ['holderPid', { holderPid: 'a b' }],
    ['/credentials/0/format', { credentials: [{ id: 'a', type: 'A' }] }],
  ])('names the field "%s" that is wrong', async (field, changes) => {
    const body = { issuerDid: issuer.did, credentials: [{ id: 'a', type: 'A', format: 'VC1_0_JWT' }], ...changes }
    const answer = await hub.admin(provisioner, 'POST', `/participants/${participant.id}/credentials/request`, body)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject([{ path: field }])
  })

  it('an unknown and an inactive participant cannot ask', async () => {
    const inactive = await hub.participant({ active: false })
    const body = { issuerDid: issuer.did, credentials: [{ id: 'a', type: 'A', format: 'VC1_0_JWT' }] }
    for (const [id, status] of [
      [inactive.id, 409],
      ['unknown', 404],
    ] as const) {
      expect((await hub.admin(provisioner, 'POST', `/participants/${id}/credentials/request`, body)).status).toBe(
        status,
      )
    }
  })
})

describe('being answered', () => {
  it('a passing fault of the issuer is retried with the same holderPid', async () => {
    let times = 0
    const flaky = await hub.others.issuer('flaky', async () =>
      ++times < 3 ? { status: 503 } : { status: 201, headers: { location: 'https://elsewhere.example/requests/r7' } },
    )
    const holderPid = await askFor(hub, participant, flaky, ['MembershipCredential'])
    await untilStatus(hub, participant, holderPid, 'REQUESTED')
    expect(flaky.requests.map((request) => request.holderPid)).toEqual([holderPid, holderPid, holderPid])
    expect((await statusOf(hub, participant, holderPid)).issuerPid).toBe('r7')
  })

  it('a refusal ends in ERROR with a reason', async () => {
    const strict = await hub.others.issuer('strict', async () => ({ status: 403 }))
    const holderPid = await askFor(hub, participant, strict, ['MembershipCredential'])
    await untilStatus(hub, participant, holderPid, 'ERROR')
    expect((await statusOf(hub, participant, holderPid)).error).toEqual({
      code: 'dcp.counterparty-refused',
      reason: expect.stringContaining('403'),
    })
    expect(strict.requests).toHaveLength(1)
  })

  it('an issuer that says 409 has the request from an earlier try', async () => {
    const knowing = await hub.others.issuer('knowing', async () => ({ status: 409 }))
    const holderPid = await askFor(hub, participant, knowing, ['MembershipCredential'])
    await untilStatus(hub, participant, holderPid, 'REQUESTED')
  })

  it('a party that issues nothing is reported', async () => {
    const party = await hub.others.party('no-issuer')
    const holderPid = await askFor(hub, participant, party, ['MembershipCredential'])
    await untilStatus(hub, participant, holderPid, 'ERROR')
    expect((await statusOf(hub, participant, holderPid)).error?.code).toBe('trust.service-not-found')
  })

  it('a delivery that overtakes the answer is taken, and the late answer changes nothing', async () => {
    const outcomes: number[] = []
    const fast = await hub.others.issuer('fast', async ({ holderPid }) => {
      const payload = await fast.credential(participant.did, 'MembershipCredential')
      const container = { credentialType: 'MembershipCredential', payload, format: 'VC1_0_JWT' }
      const message = { status: 'ISSUED', issuerPid: 'fast-1', holderPid, credentials: [container] } as const
      outcomes.push((await deliver(fast, participant, message)).status)
      return { status: 201, headers: { location: 'requests/fast-1' } }
    })
    const holderPid = await askFor(hub, participant, fast, ['MembershipCredential'])
    await untilStatus(hub, participant, holderPid, 'ISSUED')
    await expect.poll(() => outcomes).toEqual([200])
    expect(await statusOf(hub, participant, holderPid)).toMatchObject({
      status: 'ISSUED',
      issuerPid: 'fast-1',
      error: null,
    })
    expect((await heldOf(participant)).filter((one) => one.holderPid === holderPid)).toHaveLength(1)
  })
})

describe('DCP-40: taking a delivery', () => {
  const ask = async (types: readonly string[] = ['MembershipCredential']): Promise<string> => {
    const holderPid = await askFor(hub, participant, issuer, types)
    await untilStatus(hub, participant, holderPid, 'REQUESTED')
    return holderPid
  }
  const expectNothingStored = async (holderPid: string): Promise<void> => {
    expect((await statusOf(hub, participant, holderPid)).status).toBe('REQUESTED')
    expect((await heldOf(participant)).filter((one) => one.holderPid === holderPid)).toEqual([])
  }

  it('a credential is stored and shown to its holder', async () => {
    const holderPid = await issueTo(hub, participant, issuer, ['MembershipCredential'])
    const [one] = (await heldOf(participant)).filter((held) => held.holderPid === holderPid)
    const path = `/participants/${participant.id}/credentials/${one?.id}`
    const answer = await hub.admin(ownerOf(participant.id, 'identity-api:credentials:read'), 'GET', path)
    expect(await answer.json()).toMatchObject({
      state: 500,
      issuerId: issuer.did,
      holderId: participant.did,
      verifiableCredential: {
        format: 'VC1_0_JWT',
        credential: {
          type: ['VerifiableCredential', 'MembershipCredential'],
          credentialSubject: [{ id: participant.did, level: 'gold' }],
        },
      },
    })
    const stranger = await hub.participant()
    expect((await hub.admin(administrator, 'GET', `/participants/${stranger.id}/credentials/${one?.id}`)).status).toBe(
      404,
    )
  })

  it('a repeated delivery is answered 200 and stores nothing more', async () => {
    const holderPid = await ask()
    const message = await delivery(holderPid)
    for (let time = 0; time < 3; time++) expect((await deliver(issuer, participant, message)).status).toBe(200)
    expect((await heldOf(participant)).filter((one) => one.holderPid === holderPid)).toHaveLength(1)
  })

  it('deliveries at the same time store once', async () => {
    const holderPid = await ask()
    const message = await delivery(holderPid)
    const answers = await Promise.all(Array.from({ length: 5 }, () => deliver(issuer, participant, message)))
    expect(answers.map((answer) => answer.status)).toEqual(Array(5).fill(200))
    expect((await heldOf(participant)).filter((one) => one.holderPid === holderPid)).toHaveLength(1)
  })

  it('a rejection ends the request in ERROR with the issuer’s reason, and may be repeated', async () => {
    const holderPid = await ask()
    const message = { status: 'REJECTED', issuerPid: 'i1', holderPid, rejectionReason: 'not a member\nyet' } as const
    for (let time = 0; time < 2; time++) expect((await deliver(issuer, participant, message)).status).toBe(200)
    expect(await statusOf(hub, participant, holderPid)).toMatchObject({
      status: 'ERROR',
      error: { code: 'identity-hub.issuer-refused', reason: expect.stringMatching(/not a member yet$/) },
    })
    expect(await codeOf(await deliver(issuer, participant, await delivery(holderPid)))).toEqual([
      409,
      'identity-hub.request-closed',
    ])
  })

  it('a sender who is not the issuer of the request is answered as for an unknown holderPid', async () => {
    const holderPid = await ask()
    const stranger: FakeParty = await hub.others.party('stranger')
    const message = await delivery(holderPid)
    const foreign = await deliver(stranger, participant, message)
    const unknown = await deliver(issuer, participant, { ...message, holderPid: randomUUID() })
    expect(await codeOf(foreign)).toEqual([404, 'identity-hub.delivery-foreign'])
    expect(await codeOf(unknown)).toEqual([404, 'identity-hub.delivery-foreign'])
    await expectNothingStored(holderPid)
  })

  it('the holderPid of another participant is unknown', async () => {
    const holderPid = await ask()
    const other = await hub.participant()
    expect(await codeOf(await deliver(issuer, other, await delivery(holderPid)))).toEqual([
      404,
      'identity-hub.delivery-foreign',
    ])
    await expectNothingStored(holderPid)
  })

  it('credentials of another issuer, for another subject, expired or forged are refused, all or nothing', async () => {
    const holderPid = await ask()
    const other = await hub.participant()
    const second = await hub.others.issuer('second-issuer')
    const good = await issuer.credential(participant.did, 'MembershipCredential')
    const [header, payload] = good.split('.')
    const bad = {
      'another issuer': await second.credential(participant.did, 'MembershipCredential'),
      'another subject': await issuer.credential(other.did, 'MembershipCredential'),
      expired: await issuer.credential(participant.did, 'MembershipCredential', {
        validUntil: new Date(Date.now() - 60_000),
      }),
      forged: `${header}.${payload}.${(await second.credential(participant.did, 'X')).split('.')[2]}`,
      'no credential': 'junk',
    }
    for (const [name, text] of Object.entries(bad)) {
      const containers = [good, text].map((one) => ({
        credentialType: 'MembershipCredential',
        payload: one,
        format: 'vc11-sl2021/jwt',
      }))
      const answer = await deliver(issuer, participant, {
        status: 'ISSUED',
        issuerPid: 'i1',
        holderPid,
        credentials: containers,
      })
      expect(answer.status, name).toBeGreaterThanOrEqual(400)
      expect(answer.status, name).toBeLessThan(500)
    }
    await expectNothingStored(holderPid)
  })

  it('what was not requested, and less than was requested, is refused', async () => {
    const holderPid = await ask(['MembershipCredential', 'OtherCredential'])
    const only = await delivery(holderPid)
    expect(await codeOf(await deliver(issuer, participant, only))).toEqual([400, 'dcp.delivery-mismatch'])
    expect((await deliver(issuer, participant, await delivery(holderPid, 'PlantedCredential'))).status).toBe(400)
    const mislabelled = await delivery(holderPid, 'OtherCredential')
    if (mislabelled.status !== 'ISSUED') throw new Error('expected a delivery')
    const renamed = mislabelled.credentials.map((one) => ({ ...one, credentialType: 'MembershipCredential' }))
    const both = [...mislabelled.credentials, ...renamed]
    expect(await codeOf(await deliver(issuer, participant, { ...mislabelled, credentials: both }))).toEqual([
      400,
      'dcp.delivery-mismatch',
    ])
    await expectNothingStored(holderPid)
  })

  it('DCP-38, DCP-39: a message without holderPid or with another status is refused', async () => {
    const token = async () => `Bearer ${await issuer.token(participant.did)}`
    const { holderPid: _, ...without } = await delivery(randomUUID())
    for (const body of [without, { ...(await delivery(randomUUID())), status: 'DONE' }]) {
      const answer = await fetch(`${participant.credentialService}/credentials`, {
        method: 'POST',
        headers: { authorization: await token(), 'content-type': 'application/json' },
        body: JSON.stringify({
          '@context': ['https://w3id.org/dspace-dcp/v1.0/dcp.jsonld'],
          type: 'CredentialMessage',
          ...body,
        }),
      })
      expect(await codeOf(answer)).toEqual([400, 'dcp.message-invalid'])
    }
  })

  it('DCP-10: the token of a delivery is good for once', async () => {
    const holderPid = await ask()
    const authorization = `Bearer ${await issuer.token(participant.did)}`
    const { buildCredentialMessage } = await import('@weft/protocols/dcp')
    const body = JSON.stringify(buildCredentialMessage(await delivery(holderPid)))
    const send = async () =>
      await fetch(`${participant.credentialService}/credentials`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body,
      })
    expect((await send()).status).toBe(200)
    expect(await codeOf(await send())).toEqual([401, 'dcp.replayed'])
  })
})

it('an issuer that delivers nothing before the deadline leads to ERROR, and its late delivery is refused', async () => {
  const hasty = await startTestHub({ deadlineSeconds: 1 })
  try {
    const silent = await hasty.others.issuer('silent')
    const holder = await hasty.participant()
    const holderPid = await askFor(hasty, holder, silent, ['MembershipCredential'])
    await untilStatus(hasty, holder, holderPid, 'ERROR')
    expect((await statusOf(hasty, holder, holderPid)).error?.code).toBe('identity-hub.issuer-silent')
    const payload = await silent.credential(holder.did, 'MembershipCredential')
    const late = await deliver(silent, holder, {
      status: 'ISSUED',
      issuerPid: 'i1',
      holderPid,
      credentials: [{ credentialType: 'MembershipCredential', payload, format: 'vc11-sl2021/jwt' }],
    })
    expect(await codeOf(late)).toEqual([409, 'identity-hub.request-closed'])
  } finally {
    await hasty.stop()
  }
})

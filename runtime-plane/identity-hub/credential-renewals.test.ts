import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { deliver, type FakeIssuer } from './testing/fake-counterparty.ts'
import { ownerOf, provisioner, startTestHub, type TestHub, type TestParticipant } from './testing/hub.ts'
import { issueTo } from './testing/issuance.ts'

let hub: TestHub
/** Renews in the course of an hour: before that, nothing is due but what a test makes due. */
let patient: TestHub

/** A share of nearly everything: the renewal of a credential that lives for an hour is due after 0.4 seconds. */
const eager = 0.9999

beforeAll(async () => {
  hub = await startTestHub({ credentialRenewalShare: eager })
  patient = await startTestHub()
})
afterAll(async () => {
  await hub.stop()
  await patient.stop()
})

interface ShownCredential {
  readonly id: string
  readonly holderPid: string
  readonly renewal: {
    readonly state: string
    readonly at: number | null
    readonly attempts: number
    readonly holderPid: string | null
    readonly error: { code: string } | null
  }
}

async function held(participant: TestParticipant, at = hub): Promise<ShownCredential[]> {
  const answer = await at.admin(ownerOf(participant.id), 'GET', `/participants/${participant.id}/credentials`)
  return (await answer.json()) as ShownCredential[]
}

async function until(check: () => Promise<void>): Promise<void> {
  await vi.waitFor(check, { timeout: 15_000, interval: 30 })
}

/** Makes the renewal of what a participant of the patient hub holds due. */
async function renewNow(participant: TestParticipant): Promise<void> {
  await patient.database.tenant(participant.id, async (tx) => {
    await tx.run("update identity_hub.process_task set due_at = now() where name = 'credential.renew'")
    await tx.rows("select pg_notify('weft_identity_hub_task', 'a test')")
  })
}

async function answerRenewal(
  issuer: FakeIssuer,
  participant: TestParticipant,
  holderPid: string,
  outcome: 'ISSUED' | 'REJECTED',
): Promise<number> {
  const pids = { issuerPid: 'i2', holderPid }
  if (outcome === 'REJECTED') {
    const refusal = { ...pids, status: outcome, rejectionReason: 'not now' } as const
    return (await deliver(issuer, participant, refusal)).status
  }
  // Too short a life to be renewed itself: the test is over after one renewal.
  const validUntil = new Date(Date.now() + 50_000)
  const payload = await issuer.credential(participant.did, 'MembershipCredential', { validUntil })
  const container = { credentialType: 'MembershipCredential', payload, format: 'vc11-sl2021/jwt' }
  return (await deliver(issuer, participant, { ...pids, status: outcome, credentials: [container] })).status
}

describe('renewal before expiry', () => {
  it('asks the issuer again for the same credential in time; the new one takes the place of the old one', async () => {
    const issuer = await hub.others.issuer('renewing')
    const participant = await hub.participant()
    const first = await issueTo(hub, participant, issuer, ['MembershipCredential'])
    await until(async () => expect(issuer.requests).toHaveLength(2))
    const [, again] = issuer.requests
    expect(again?.credentials).toEqual([{ id: 'MembershipCredential-definition' }])
    expect(again?.holderPid).not.toBe(first)
    const [old] = await held(participant)
    expect(old?.renewal).toMatchObject({ state: 'REQUESTED', holderPid: again?.holderPid, attempts: 0 })

    expect(await answerRenewal(issuer, participant, again?.holderPid ?? '', 'ISSUED')).toBe(200)
    const now = await held(participant)
    expect(now).toHaveLength(1)
    expect(now[0]).toMatchObject({ holderPid: again?.holderPid, renewal: { state: 'NONE' } })
    expect(now[0]?.id).not.toBe(old?.id)
    const [container] = [await issuer.credential(participant.did, 'MembershipCredential')]
    const late = await deliver(issuer, participant, {
      status: 'ISSUED',
      issuerPid: 'i1',
      holderPid: first,
      credentials: [{ credentialType: 'MembershipCredential', payload: container, format: 'vc11-sl2021/jwt' }],
    })
    expect(late.status, 'a repetition of the first delivery brings nothing back').toBe(200)
    expect(await held(participant)).toHaveLength(1)
  })

  it('a refusal leads to another try later, which is shown with its reason; the credential stays', async () => {
    const issuer = await hub.others.issuer('refusing')
    const participant = await hub.participant()
    await issueTo(hub, participant, issuer, ['MembershipCredential'])
    await until(async () => expect(issuer.requests).toHaveLength(2))
    await answerRenewal(issuer, participant, issuer.requests[1]?.holderPid ?? '', 'REJECTED')
    const [shown] = await held(participant)
    expect(shown?.renewal).toMatchObject({
      state: 'SCHEDULED',
      attempts: 1,
      error: { code: 'identity-hub.issuer-refused' },
    })
    expect(shown?.renewal.at).toBeGreaterThan(Date.now() + 200_000)
  })

  it('it ends in FAILED, where somebody sees it, and the credential is held to its date', async () => {
    const issuer = await hub.others.issuer('stubborn')
    const participant = await hub.participant()
    await issueTo(hub, participant, issuer, ['MembershipCredential'])
    await until(async () => expect(issuer.requests).toHaveLength(2))
    await hub.database.tenant(participant.id, (tx) =>
      tx.run('update identity_hub.held_credential set renewal_attempts = 29'),
    )
    await answerRenewal(issuer, participant, issuer.requests[1]?.holderPid ?? '', 'REJECTED')
    const [shown] = await held(participant)
    expect(shown?.renewal).toMatchObject({ state: 'FAILED', attempts: 30, at: null })
  })

  it('a participant that is not active asks nobody, and goes on when it is active again', async () => {
    const issuer = await patient.others.issuer('waiting')
    const participant = await patient.participant()
    await issueTo(patient, participant, issuer, ['MembershipCredential'])
    const activate = (isActive: boolean) =>
      patient.admin(provisioner, 'POST', `/participants/${participant.id}/state?isActive=${isActive}`)
    await activate(false)
    await renewNow(participant)
    await until(async () => {
      const [shown] = await held(participant, patient)
      expect(shown?.renewal).toMatchObject({ state: 'SCHEDULED', attempts: 1 })
    })
    expect(issuer.requests).toHaveLength(1)
    await activate(true)
    await renewNow(participant)
    await until(async () => expect(issuer.requests).toHaveLength(2))
  })

  it('a credential without an end, or with an end too near, has no renewal', async () => {
    const issuer = await hub.others.issuer('brief')
    const participant = await hub.participant()
    await issueTo(hub, participant, issuer, ['MembershipCredential'], {
      MembershipCredential: { validUntil: new Date(Date.now() + 50_000) },
    })
    expect(await held(participant)).toMatchObject([{ renewal: { state: 'NONE', at: null } }])
  })

  it('X-01: a credential that its holder has forgotten is renewed no more; nobody else can forget it', async () => {
    const issuer = await patient.others.issuer('forgotten')
    const participant = await patient.participant()
    const other = await patient.participant()
    await issueTo(patient, participant, issuer, ['MembershipCredential'])
    const path = `/participants/${participant.id}/credentials`
    const [shown] = (await (await patient.admin(ownerOf(participant.id), 'GET', path)).json()) as ShownCredential[]
    const foreign = `/participants/${other.id}/credentials/${shown?.id}`
    expect((await patient.admin(ownerOf(other.id), 'DELETE', foreign)).status).toBe(404)
    expect((await patient.admin(ownerOf(participant.id), 'DELETE', `${path}/${shown?.id}`)).status).toBe(204)
    expect((await patient.admin(ownerOf(participant.id), 'DELETE', `${path}/${shown?.id}`)).status).toBe(404)
    await renewNow(participant)
    const left = () =>
      patient.database.tenant(participant.id, (tx) =>
        tx.rows("select 1 from identity_hub.process_task where name = 'credential.renew'"),
      )
    await until(async () => expect(await left()).toEqual([]))
    expect(issuer.requests).toHaveLength(1)
  })

  it('a removed participant is renewed no more', async () => {
    const issuer = await patient.others.issuer('late')
    const participant = await patient.participant()
    await issueTo(patient, participant, issuer, ['MembershipCredential'])
    await patient.admin(provisioner, 'DELETE', `/participants/${participant.id}`)
    const rows = await patient.database.tenant(participant.id, (tx) =>
      tx.rows('select 1 from identity_hub.process_task'),
    )
    expect(rows).toEqual([])
  })
})

import { randomUUID } from 'node:crypto'
import { expect, vi } from 'vitest'
import { type CredentialChanges, deliver, type FakeIssuer } from './fake-counterparty.ts'
import { provisioner, type TestHub, type TestParticipant } from './hub.ts'

/** What the API shows of a credential request. */
export interface RequestStatus {
  readonly status: string
  readonly issuerPid: string | null
  readonly error: { readonly code: string; readonly reason: string } | null
}

/** Asks for credentials of some types through the identity API. Returns the holderPid. */
export async function askFor(
  hub: TestHub,
  participant: TestParticipant,
  issuer: Pick<FakeIssuer, 'did'>,
  types: readonly string[],
  profiles: Readonly<Record<string, Pick<CredentialChanges, 'profile'>>> = {},
): Promise<string> {
  const holderPid = randomUUID()
  const answer = await hub.admin(provisioner, 'POST', `/participants/${participant.id}/credentials/request`, {
    issuerDid: issuer.did,
    holderPid,
    credentials: types.map((type) => ({
      id: `${type}-definition`,
      type,
      format: profiles[type]?.profile ?? 'VC1_0_JWT',
    })),
  })
  expect(answer.status).toBe(201)
  return holderPid
}

export async function statusOf(hub: TestHub, participant: TestParticipant, holderPid: string): Promise<RequestStatus> {
  const path = `/participants/${participant.id}/credentials/request/${holderPid}`
  return (await (await hub.admin(provisioner, 'GET', path)).json()) as RequestStatus
}

/** Waits until a request is in a state, at most fifteen seconds. */
export async function untilStatus(
  hub: TestHub,
  participant: TestParticipant,
  holderPid: string,
  status: string,
): Promise<void> {
  const check = async () => expect(await statusOf(hub, participant, holderPid)).toMatchObject({ status })
  await vi.waitFor(check, { timeout: 15_000, interval: 20 })
}

/** Drives one issuance from the request to ISSUED. Returns the holderPid. */
export async function issueTo(
  hub: TestHub,
  participant: TestParticipant,
  issuer: FakeIssuer,
  types: readonly string[],
  changes: Readonly<Record<string, CredentialChanges>> = {},
): Promise<string> {
  const holderPid = await askFor(hub, participant, issuer, types, changes)
  await untilStatus(hub, participant, holderPid, 'REQUESTED')
  const credentials = await Promise.all(
    types.map(async (type) => ({
      credentialType: type,
      payload: await issuer.credential(participant.did, type, changes[type]),
      format: changes[type]?.profile ?? 'vc11-sl2021/jwt',
    })),
  )
  const answer = await deliver(issuer, participant, { status: 'ISSUED', issuerPid: 'i1', holderPid, credentials })
  expect(answer.status, await answer.text()).toBe(200)
  expect((await statusOf(hub, participant, holderPid)).status).toBe('ISSUED')
  return holderPid
}

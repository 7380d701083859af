import { buildCredentialOffer, buildIssuerMetadata, type CredentialObject } from '@weft/protocols/dcp'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { FakeIssuer } from './testing/fake-counterparty.ts'
import { ownerOf, startTestHub, type TestHub, type TestParticipant } from './testing/hub.ts'
import { issueTo, untilStatus } from './testing/issuance.ts'

let hub: TestHub

beforeAll(async () => {
  hub = await startTestHub()
})
afterAll(async () => await hub.stop())

interface ShownOffer {
  readonly id: string
  readonly state: string
  readonly credentials: { readonly id: string; readonly credentialType: string | null }[]
  readonly holderPid: string | null
  readonly error: { readonly code: string } | null
}

const membership: CredentialObject = {
  id: 'membership-1',
  credentialType: 'MembershipCredential',
  profile: 'vc11-sl2021/jwt',
}

async function offer(
  issuer: FakeIssuer,
  participant: TestParticipant,
  credentials: readonly CredentialObject[],
): Promise<number> {
  const answer = await fetch(`${participant.credentialService}/offers`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${await issuer.token(participant.did)}`,
    },
    body: JSON.stringify(buildCredentialOffer({ issuer: issuer.did, credentials })),
  })
  return answer.status
}

async function offersOf(participant: TestParticipant): Promise<ShownOffer[]> {
  const path = `/participants/${participant.id}/credentials/offers`
  return (await (await hub.admin(ownerOf(participant.id), 'GET', path)).json()) as ShownOffer[]
}

async function until(check: () => Promise<void>): Promise<void> {
  await vi.waitFor(check, { timeout: 15_000, interval: 30 })
}

async function untilState(participant: TestParticipant, state: string): Promise<ShownOffer> {
  await until(async () => expect(await offersOf(participant)).toMatchObject([{ state }]))
  const [first] = await offersOf(participant)
  if (!first) throw new Error('no offer')
  return first
}

function publishMetadata(name: string, issuer: FakeIssuer, supported: readonly CredentialObject[]): void {
  const complete = supported.map((one) => ({
    id: one.id,
    credentialType: one.credentialType ?? '',
    credentialSchema: 'https://example.com/schema',
    offerReason: 'issuance',
    bindingMethods: ['did:web'],
    profile: 'vc11-sl2021/jwt',
  }))
  const metadata = buildIssuerMetadata({ issuer: issuer.did, credentialsSupported: complete })
  hub.others.serve(`/${name}/metadata`, JSON.stringify(metadata))
}

async function act(participant: TestParticipant, method: string, id: string, verb = '', body?: unknown) {
  const path = `/participants/${participant.id}/credentials/offers/${id}${verb}`
  return await hub.admin(ownerOf(participant.id), method, path, body)
}

describe('DCP-41: offers', () => {
  it('sparse entries are completed from the metadata of the issuer; the participant decides', async () => {
    const issuer = await hub.others.issuer('sparse')
    publishMetadata('sparse', issuer, [membership, { ...membership, id: 'other', credentialType: 'OtherCredential' }])
    const participant = await hub.participant()
    expect(await offer(issuer, participant, [{ id: 'membership-1' }, { id: 'unheard-of' }])).toBe(200)
    const open = await untilState(participant, 'OPEN')
    expect(open.credentials).toEqual([
      {
        id: 'membership-1',
        credentialType: 'MembershipCredential',
        profile: 'vc11-sl2021/jwt',
        offerReason: 'issuance',
      },
    ])
    expect(issuer.requests).toHaveLength(0)
    expect(hub.others.timesAsked('/sparse/metadata')).toBe(1)
  })

  it('complete entries need no metadata', async () => {
    const issuer = await hub.others.issuer('complete')
    const participant = await hub.participant()
    await offer(issuer, participant, [membership])
    await untilState(participant, 'OPEN')
    expect(hub.others.timesAsked('/complete/metadata')).toBe(0)
  })

  it('an offer that cannot be found out is shown with its reason', async () => {
    const issuer = await hub.others.issuer('vague')
    publishMetadata('vague', issuer, [membership])
    const participant = await hub.participant()
    await offer(issuer, participant, [{ id: 'unheard-of' }])
    expect(await untilState(participant, 'UNRESOLVED')).toMatchObject({
      error: { code: 'identity-hub.offer-unresolved' },
    })
  })

  it('accepting one asks its issuer, once however often it is accepted', async () => {
    const issuer = await hub.others.issuer('accepted')
    const participant = await hub.participant()
    await offer(issuer, participant, [membership, { ...membership, id: 'data', credentialType: 'DataCredential' }])
    const { id } = await untilState(participant, 'OPEN')
    const first = await act(participant, 'POST', id, '/accept', { credentials: ['data'], holderPid: 'chosen' })
    expect(first.status).toBe(201)
    expect(first.headers.get('location')).toMatch(/\/credentials\/request\/chosen$/)
    const again = await act(participant, 'POST', id, '/accept')
    expect(again.headers.get('location')).toBe(first.headers.get('location'))
    await untilStatus(hub, participant, 'chosen', 'REQUESTED')
    expect(issuer.requests).toEqual([{ holderPid: 'chosen', credentials: [{ id: 'data' }] }])
    expect(await (await act(participant, 'GET', id)).json()).toMatchObject({ state: 'ACCEPTED', holderPid: 'chosen' })
  })

  it('only what is offered can be accepted, and only while it is open', async () => {
    const issuer = await hub.others.issuer('narrow')
    const participant = await hub.participant()
    await offer(issuer, participant, [membership])
    const { id } = await untilState(participant, 'OPEN')
    const wrong = await act(participant, 'POST', id, '/accept', { credentials: ['something else'] })
    expect(await wrong.json()).toMatchObject([{ path: 'credentials' }])
    expect((await act(participant, 'POST', 'unknown', '/accept')).status).toBe(404)
    expect((await act(participant, 'DELETE', id)).status).toBe(204)
    expect((await act(participant, 'DELETE', id)).status).toBe(404)
    expect(await offersOf(participant)).toEqual([])
    expect(issuer.requests).toHaveLength(0)
  })

  it('X-01: another context sees and accepts no offer of this one', async () => {
    const issuer = await hub.others.issuer('private')
    const participant = await hub.participant()
    const other = await hub.participant()
    await offer(issuer, participant, [membership])
    const { id } = await untilState(participant, 'OPEN')
    expect(await offersOf(other)).toEqual([])
    for (const [method, verb] of [
      ['GET', ''],
      ['POST', '/accept'],
      ['DELETE', ''],
    ] as const) {
      expect((await act(other, method, id, verb)).status).toBe(404)
    }
    expect(await offersOf(participant)).toHaveLength(1)
  })
})

describe('offers that renew what is held (section 3.11)', () => {
  it.each(['reissue', 'proof-key-revocation'])(
    'DCP-45: the reason %s has it asked for again at once',
    async (offerReason) => {
      const issuer = await hub.others.issuer(`renews-${offerReason}`)
      const participant = await hub.participant()
      await issueTo(hub, participant, issuer, ['MembershipCredential'])
      await offer(issuer, participant, [{ ...membership, offerReason }])
      await untilState(participant, 'RENEWED')
      await until(async () => expect(issuer.requests).toHaveLength(2))
      expect(issuer.requests[1]?.credentials).toEqual([{ id: 'membership-1' }])
      await offer(issuer, participant, [{ ...membership, offerReason }])
      await untilState(participant, 'RENEWED')
      expect(issuer.requests, 'one request at a time').toHaveLength(2)
    },
  )

  it('DCP-45: what is not held is not asked for by itself, and nobody renews what another issuer issued', async () => {
    const issuer = await hub.others.issuer('owner')
    const stranger = await hub.others.issuer('stranger')
    const participant = await hub.participant()
    await issueTo(hub, participant, issuer, ['MembershipCredential'])
    await offer(stranger, participant, [{ ...membership, offerReason: 'reissue' }])
    await untilState(participant, 'OPEN')
    expect(issuer.requests).toHaveLength(1)
    expect(stranger.requests).toHaveLength(0)
  })

  it('the same offer a second time is looked at again once it was dealt with', async () => {
    const issuer = await hub.others.issuer('yearly')
    const participant = await hub.participant()
    await offer(issuer, participant, [{ ...membership, offerReason: 'reissue' }])
    await untilState(participant, 'OPEN')
    await issueTo(hub, participant, issuer, ['MembershipCredential'])
    await offer(issuer, participant, [{ ...membership, offerReason: 'reissue' }])
    await untilState(participant, 'RENEWED')
  })
})

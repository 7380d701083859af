import { createOutboundClient, type OutboundClient } from '@weft/foundation/http'
import { createLogger } from '@weft/foundation/telemetry'
import {
  createSchemaChecker,
  dcpContext,
  parsePresentationResponse,
  parseScope,
  typeScope,
  verifyPresentations,
} from '@weft/protocols/dcp'
import {
  createDidResolver,
  createStatusBits,
  createStatusChecker,
  fetchDocumentOver,
  issueStatusListCredential,
  parseJwt,
  type StatusPurpose,
  writeStatusBit,
} from '@weft/protocols/trust'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { CredentialChanges, FakeIssuer, FakeParty } from '../testing/fake-counterparty.ts'
import { ownerOf, startTestHub, type TestHub, type TestParticipant } from '../testing/hub.ts'
import { issueTo } from '../testing/issuance.ts'
import { stsToken } from '../testing/keys.ts'

let hub: TestHub
let issuer: FakeIssuer
let verifier: FakeParty
let outbound: OutboundClient

beforeAll(async () => {
  hub = await startTestHub()
  issuer = await hub.others.issuer('issuer')
  verifier = await hub.others.party('verifier')
  const logger = createLogger({ component: 'test', level: 'silent' })
  outbound = createOutboundClient({ allowedOrigins: [hub.publicUrl, hub.others.origin], logger })
})
afterAll(async () => {
  await outbound.close()
  await hub.stop()
})

async function holderOf(credentials: Readonly<Record<string, CredentialChanges>>): Promise<TestParticipant> {
  const participant = await hub.participant()
  await issueTo(hub, participant, issuer, Object.keys(credentials), credentials)
  return participant
}

/** Asks as the verifier, with an access token for `granted`. */
async function ask(
  holder: TestParticipant,
  granted: readonly string[],
  members: Readonly<Record<string, unknown>>,
): Promise<{ presentation: string[]; presentationSubmission?: { definition_id: string; descriptor_map: object[] } }> {
  const { claims } = await stsToken(hub, holder, verifier.did, granted.join(' '))
  const answer = await fetch(`${holder.credentialService}/presentations/query`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${await verifier.token(holder.did, String(claims.token))}`,
    },
    body: JSON.stringify({ '@context': [dcpContext], type: 'PresentationQueryMessage', ...members }),
  })
  expect(answer.status).toBe(200)
  return (await answer.json()) as Awaited<ReturnType<typeof ask>>
}

/** What the protocol's own verifier makes of an answer: the specific types, profile by profile. */
async function verified(holder: TestParticipant, answer: object, required: readonly string[]): Promise<string[]> {
  const fetchDocument = fetchDocumentOver(outbound.send, { purpose: 'test' })
  const resolver = createDidResolver({ fetchDocument, clock: Date.now })
  const credentials = await verifyPresentations({
    presentations: parsePresentationResponse(answer).presentations,
    holder: holder.did,
    audience: verifier.did,
    required: required.map(parseScope),
    trusted: (did) => did === issuer.did,
    resolver,
    statuses: createStatusChecker({ fetchStatusList: fetchDocument, resolver, clock: Date.now }),
    schemas: createSchemaChecker({ fetchSchema: fetchDocument, clock: Date.now }),
    clock: Date.now,
  })
  return credentials.map(({ profile, types }) => `${profile} ${types.at(-1)}`).toSorted()
}

const membership = typeScope('MembershipCredential')
const data = typeScope('DataCredential')
const v20 = { profile: 'vc20-bssl/jwt' } as const

describe('DCP-22: presentations of both data models', () => {
  it('hold credentials of one profile each, in the form that partners read', async () => {
    const holder = await holderOf({ MembershipCredential: {}, OtherCredential: {}, DataCredential: v20 })
    const scopes = [membership, typeScope('OtherCredential'), data]
    const answer = await ask(holder, scopes, { scope: scopes })
    expect(answer.presentation).toHaveLength(2)
    expect(await verified(holder, answer, scopes)).toEqual([
      'vc11-sl2021/jwt MembershipCredential',
      'vc11-sl2021/jwt OtherCredential',
      'vc20-bssl/jwt DataCredential',
    ])
    const claims = answer.presentation.map((one) => parseJwt(one).claims)
    // Credentials that came in the same millisecond have no order.
    expect(claims.find((one) => one.vp)).toMatchObject({
      aud: verifier.did,
      vp: { type: ['VerifiablePresentation'] },
    })
    expect(claims.find((one) => !one.vp)).toMatchObject({ type: 'EnvelopedVerifiablePresentation' })
  })

  it('DCP-24: many credentials of one type crowd out no other type', async () => {
    const holder = await holderOf({ OtherCredential: {} })
    for (let number = 0; number < 65; number += 1) await issueTo(hub, holder, issuer, ['MembershipCredential'])
    const scopes = [membership, typeScope('OtherCredential')]
    expect(await verified(holder, await ask(holder, scopes, { scope: scopes }), scopes)).toContain(
      'vc11-sl2021/jwt OtherCredential',
    )
  }, 60_000)

  it('a credential of data model 2.0 is stored, listed and presented', async () => {
    const holder = await holderOf({ DataCredential: v20 })
    const held = await hub.admin(ownerOf(holder.id), 'GET', `/participants/${holder.id}/credentials`)
    expect(await held.json()).toMatchObject([{ state: 500, verifiableCredential: { format: 'VC2_0_JOSE' } }])
    expect(await verified(holder, await ask(holder, [data], { scope: [data] }), [data])).toEqual([
      'vc20-bssl/jwt DataCredential',
    ])
  })
})

describe('DCP-16: presentation definitions', () => {
  const definitionOf = (type: string) => ({
    id: 'd1',
    input_descriptors: [
      {
        id: 'wanted',
        constraints: { fields: [{ path: ['$.vc.type'], filter: { type: 'array', contains: { const: type } } }] },
      },
    ],
  })

  it('are answered with what they describe, and say which is which', async () => {
    const holder = await holderOf({ MembershipCredential: {}, DataCredential: v20 })
    const presentationDefinition = definitionOf('DataCredential')
    const answer = await ask(holder, [membership, data], { presentationDefinition })
    expect(await verified(holder, answer, [data])).toEqual(['vc20-bssl/jwt DataCredential'])
    expect(answer.presentationSubmission).toMatchObject({
      definition_id: 'd1',
      descriptor_map: [{ id: 'wanted', path: '$.presentation[0]' }],
    })
  })

  it('DCP-18: give nothing beyond the grant', async () => {
    const holder = await holderOf({ MembershipCredential: {}, DataCredential: {} })
    const presentationDefinition = definitionOf('DataCredential')
    expect((await ask(holder, [membership], { presentationDefinition })).presentation).toEqual([])
    const everything = { id: 'all', input_descriptors: [{ id: 'a', constraints: { fields: [] } }] }
    const answer = await ask(holder, [membership], { presentationDefinition: everything })
    expect(await verified(holder, answer, [membership])).toEqual(['vc11-sl2021/jwt MembershipCredential'])
  })
})

describe('DCP-20: credentials that the issuer has withdrawn', () => {
  let serial = 0
  /** A credential whose bit is set in a list of its own. */
  async function withdrawn(purpose: StatusPurpose, isSet = true): Promise<CredentialChanges> {
    const path = `/lists/${serial++}`
    const url = hub.others.origin + path
    const kind = 'BitstringStatusList'
    const bits = createStatusBits()
    writeStatusBit(bits, 5, isSet)
    const content = { kind, url, issuer: issuer.did, purpose, bits, validFrom: new Date(0) } as const
    hub.others.serve(path, await issueStatusListCredential(content, issuer.key), 'application/vc+jwt')
    return { ...v20, status: [{ kind, purpose, index: 5, listUrl: url }] }
  }
  const types = async (holder: TestParticipant, scopes: readonly string[]) =>
    (await ask(holder, scopes, { scope: scopes })).presentation

  it('are not presented, whether revoked or suspended; the others are', async () => {
    const holder = await holderOf({
      MembershipCredential: await withdrawn('revocation'),
      OtherCredential: await withdrawn('suspension'),
      DataCredential: await withdrawn('revocation', false),
    })
    const scopes = [membership, typeScope('OtherCredential'), data]
    const presented = async () => verified(holder, await ask(holder, scopes, { scope: scopes }), [data])
    // A list that takes more than a second, as on a busy machine, counts as one that cannot be read for a while.
    const check = async () => expect(await presented()).toEqual(['vc20-bssl/jwt DataCredential'])
    await vi.waitFor(check, { timeout: 15_000, interval: 100 })
    const states = async (type: string) => {
      const path = `/participants/${holder.id}/credentials?type=${type}`
      return ((await (await hub.admin(ownerOf(holder.id), 'GET', path)).json()) as { state: number }[])[0]?.state
    }
    expect(await Promise.all(['MembershipCredential', 'OtherCredential', 'DataCredential'].map(states))).toEqual([
      600, 700, 500,
    ])
  })

  it('are presented while their list cannot be read: the verifier, who has to look, decides', async () => {
    const gone = await withdrawn('revocation')
    hub.others.serve(new URL(gone.status?.[0]?.listUrl ?? '').pathname, undefined)
    const holder = await holderOf({ MembershipCredential: gone })
    expect(await types(holder, [membership])).toHaveLength(1)
  })

  it('X-05: a list inside our own network is not fetched for it', async () => {
    const listUrl = 'http://127.0.0.1:9/list'
    const status = [{ kind: 'BitstringStatusList', purpose: 'revocation', index: 1, listUrl }] as const
    const holder = await holderOf({ MembershipCredential: { ...v20, status } })
    expect(await types(holder, [membership])).toHaveLength(1)
  })
})

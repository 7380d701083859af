import { createOutboundClient, type OutboundClient } from '@weft/foundation/http'
import { createLogger } from '@weft/foundation/telemetry'
import {
  buildCredentialOffer,
  buildPresentationQuery,
  createAccessToken,
  createSchemaChecker,
  dcpContext,
  parsePresentationResponse,
  typeScope,
  verifyPresentations,
} from '@weft/protocols/dcp'
import {
  createDidResolver,
  createStatusChecker,
  type DidResolver,
  didWeb,
  fetchDocumentOver,
  generateSigningKey,
  parseCredential,
  parseJwt,
  signJwt,
} from '@weft/protocols/trust'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deliver, type FakeIssuer, type FakeParty } from '../testing/fake-counterparty.ts'
import {
  controlPlane,
  ownerOf,
  provisioner,
  startTestHub,
  type TestHub,
  type TestParticipant,
  tokenFor,
} from '../testing/hub.ts'
import { issueTo } from '../testing/issuance.ts'

let hub: TestHub
let issuer: FakeIssuer
let verifier: FakeParty
let holder: TestParticipant
let outbound: OutboundClient
let resolver: DidResolver

const membership = typeScope('MembershipCredential')
const identity = typeScope('ParticipantCredential')

beforeAll(async () => {
  hub = await startTestHub()
  issuer = await hub.others.issuer('issuer')
  verifier = await hub.others.party('verifier')
  holder = await hub.participant()
  await issueTo(hub, holder, issuer, ['MembershipCredential', 'ParticipantCredential'])
  const logger = createLogger({ component: 'test', level: 'silent' })
  outbound = createOutboundClient({ allowedOrigins: [hub.publicUrl, hub.others.origin], logger })
  resolver = createDidResolver({
    fetchDocument: fetchDocumentOver(outbound.send, { purpose: 'test' }),
    clock: Date.now,
  })
})
afterAll(async () => {
  await outbound.close()
  await hub.stop()
})

/** The access token that the holder's STS makes for a verifier. */
async function grant(scopes: string, audience: string = verifier.did, participant = holder): Promise<string> {
  const answer = await fetch(`${hub.internalUrl}/sts/token`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tokenFor(controlPlane)}` },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: participant.id,
      audience,
      bearer_access_scope: scopes,
    }),
  })
  const { access_token: token } = (await answer.json()) as { access_token: string }
  return String(parseJwt(token).claims.token)
}

async function post(path: string, body: unknown, authorization?: string, participant = holder): Promise<Response> {
  return await fetch(`${participant.credentialService}/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
    body: JSON.stringify(body),
  })
}

async function query(scopes: readonly string[], accessToken: string, sender: FakeParty = verifier): Promise<Response> {
  const token = await sender.token(holder.did, accessToken)
  return await post('presentations/query', buildPresentationQuery(scopes), `Bearer ${token}`)
}

async function presentedTypes(answer: Response): Promise<string[]> {
  expect(answer.status).toBe(200)
  const { presentations } = parsePresentationResponse(await answer.json())
  return presentations.flatMap((presentation) => {
    const { vp } = parseJwt(presentation).claims as unknown as { vp: { verifiableCredential: string[] } }
    return vp.verifiableCredential
      .flatMap((one) => parseCredential(one).types)
      .filter((type) => type !== 'VerifiableCredential')
  })
}

async function codeOf(answer: Response): Promise<[number, string]> {
  return [answer.status, ((await answer.json()) as { code: string }).code]
}

describe('presentation query', () => {
  it("an issued credential is presented in a form that the protocol's verifier accepts", async () => {
    const answer = await query([membership], await grant(membership))
    expect(answer.status).toBe(200)
    const { presentations } = parsePresentationResponse(await answer.json())
    const statuses = createStatusChecker({
      fetchStatusList: fetchDocumentOver(outbound.send, { purpose: 'test' }),
      resolver,
      clock: Date.now,
    })
    const schemas = createSchemaChecker({
      fetchSchema: fetchDocumentOver(outbound.send, { purpose: 'test' }),
      clock: Date.now,
    })
    const verified = await verifyPresentations({
      presentations,
      holder: holder.did,
      audience: verifier.did,
      required: [{ kind: 'type', type: 'MembershipCredential', context: undefined }],
      trusted: (did) => did === issuer.did,
      resolver,
      statuses,
      schemas,
      clock: Date.now,
    })
    expect(verified).toMatchObject([
      {
        types: ['VerifiableCredential', 'MembershipCredential'],
        issuer: issuer.did,
        subjects: [{ id: holder.did, claims: { level: 'gold' } }],
      },
    ])
  })

  it('DCP-19: credentials are named by type or by id, with or without an operation', async () => {
    const list = (await (
      await hub.admin(ownerOf(holder.id), 'GET', `/participants/${holder.id}/credentials?type=ParticipantCredential`)
    ).json()) as {
      verifiableCredential: { credential: { id: string } }
    }[]
    const id = `org.eclipse.dspace.dcp.vc.id:${list[0]?.verifiableCredential.credential.id}`
    expect(await presentedTypes(await query([id], await grant(id)))).toEqual(['ParticipantCredential'])
    const bare = membership.replace(':read', '')
    expect(await presentedTypes(await query([bare], await grant(membership)))).toEqual(['MembershipCredential'])
  })

  it('DCP-18: what goes beyond the grant is left out, silently', async () => {
    const both = [membership, identity]
    expect((await presentedTypes(await query(both, await grant(both.join(' '))))).toSorted()).toEqual([
      'MembershipCredential',
      'ParticipantCredential',
    ])
    expect(await presentedTypes(await query(both, await grant(membership)))).toEqual(['MembershipCredential'])
    expect(await presentedTypes(await query([identity], await grant(membership)))).toEqual([])
    expect(await presentedTypes(await query([typeScope('Unknown')], await grant(typeScope('Unknown'))))).toEqual([])
  })

  it('DCP-19: types are compared whole', async () => {
    const part = typeScope('Membership')
    expect(await presentedTypes(await query([part], await grant(part)))).toEqual([])
  })

  it('DCP-20: credentials that have expired or are not yet valid are not presented', async () => {
    const participant = await hub.participant()
    await issueTo(hub, participant, issuer, ['ShortCredential', 'MembershipCredential', 'LaterCredential'])
    const setDate = async (column: string, date: string, type: string) =>
      await hub.database.tenant(participant.id, (tx) =>
        tx.run(`update identity_hub.held_credential set ${column} = $1 where $2 = any(types)`, [date, type]),
      )
    await setDate('valid_until', '2020-01-01T00:00:00Z', 'ShortCredential')
    await setDate('valid_from', '2999-01-01T00:00:00Z', 'LaterCredential')
    const scopes = [typeScope('ShortCredential'), membership, typeScope('LaterCredential')]
    const token = await verifier.token(participant.did, await grant(scopes.join(' '), verifier.did, participant))
    const answer = await post('presentations/query', buildPresentationQuery(scopes), `Bearer ${token}`, participant)
    expect(await presentedTypes(answer)).toEqual(['MembershipCredential'])
    for (const [type, state] of [
      ['ShortCredential', 800],
      ['LaterCredential', 900],
    ] as const) {
      const path = `/participants/${participant.id}/credentials?type=${type}`
      expect(await (await hub.admin(ownerOf(participant.id), 'GET', path)).json()).toMatchObject([{ state }])
    }
  })

  it('DCP-10: a token is good for one query, and for one answer only when two come at once', async () => {
    const token = await verifier.token(holder.did, await grant(membership))
    const body = buildPresentationQuery([membership])
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => post('presentations/query', body, `Bearer ${token}`)),
    )
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([200, 401, 401, 401, 401])
    expect(await codeOf(await post('presentations/query', body, `Bearer ${token}`))).toEqual([401, 'dcp.replayed'])
  })

  it('DCP-10: another token with the jti of a used one is refused', async () => {
    const accessToken = await grant(membership)
    const now = Math.floor(Date.now() / 1000)
    const withJti = async (jti: string | undefined, exp: number) =>
      await signJwt(
        { iss: verifier.did, sub: verifier.did, aud: holder.did, iat: now, exp, jti, token: accessToken },
        verifier.key,
      )
    const send = async (token: string) =>
      await post('presentations/query', buildPresentationQuery([membership]), `Bearer ${token}`)
    expect((await send(await withJti('same', now + 60))).status).toBe(200)
    expect(await codeOf(await send(await withJti('same', now + 61)))).toEqual([401, 'dcp.replayed'])
    expect(await codeOf(await send(await withJti(undefined, now + 60)))).toEqual([401, 'dcp.token-id-missing'])
  })

  it('DCP-10: two senders may use the same jti, and one sender with two participants', async () => {
    const other = await hub.participant()
    const now = Math.floor(Date.now() / 1000)
    const second = await hub.others.party('second-verifier')
    for (const [sender, to] of [
      [verifier, holder],
      [second, holder],
      [verifier, other],
    ] as const) {
      const token = await grant(membership, sender.did, to)
      const claims = { iss: sender.did, sub: sender.did, aud: to.did, iat: now, exp: now + 60, jti: 'shared', token }
      const bearer = `Bearer ${await signJwt(claims, sender.key)}`
      expect((await post('presentations/query', buildPresentationQuery([membership]), bearer, to)).status).toBe(200)
    }
  })

  it('DCP-11, DCP-50: tokens from the future, expired ones and ones that live too long are refused', async () => {
    const accessToken = await grant(membership)
    const now = Math.floor(Date.now() / 1000)
    const send = async (times: { iat: number; exp: number; nbf?: number }) => {
      const claims = {
        iss: verifier.did,
        sub: verifier.did,
        aud: holder.did,
        jti: crypto.randomUUID(),
        token: accessToken,
        ...times,
      }
      return (
        await post(
          'presentations/query',
          buildPresentationQuery([membership]),
          `Bearer ${await signJwt(claims, verifier.key)}`,
        )
      ).status
    }
    expect(await send({ iat: now, exp: now + 600 })).toBe(200)
    expect(await send({ iat: now + 60, exp: now + 120 })).toBe(401)
    expect(await send({ iat: now - 120, exp: now - 60 })).toBe(401)
    expect(await send({ iat: now, exp: now + 120, nbf: now + 60 })).toBe(401)
    expect(await send({ iat: now, exp: now + 3600 })).toBe(401)
  })

  it.each<[string, unknown, number, string]>([
    [
      'DCP-15: scope and definition',
      { scope: [membership], presentationDefinition: { id: 'x' } },
      400,
      'dcp.message-invalid',
    ],
    [
      'DCP-16: a definition with something that is not understood',
      { presentationDefinition: { id: 'x', input_descriptors: [{ id: 'a' }], submission_requirements: [{}] } },
      501,
      'dcp.presentation-definition-unsupported',
    ],
    ['DCP-16: an empty definition', { presentationDefinition: {} }, 400, 'dcp.message-invalid'],
    ['DCP-16: a definition that is null', { presentationDefinition: null }, 400, 'dcp.message-invalid'],
    ['DCP-17: an empty scope', { scope: [] }, 400, 'dcp.message-invalid'],
    ['DCP-17: no scope', {}, 400, 'dcp.message-invalid'],
    ['an unknown alias', { scope: ['org.example:X'] }, 400, 'dcp.scope-invalid'],
    ['another type', { type: 'CredentialMessage', scope: [membership] }, 400, 'dcp.message-invalid'],
  ])('%s is refused', async (_case, members, status, code) => {
    const token = await verifier.token(holder.did, await grant(membership))
    const body = { '@context': [dcpContext], type: 'PresentationQueryMessage', ...(members as object) }
    expect(await codeOf(await post('presentations/query', body, `Bearer ${token}`))).toEqual([status, code])
  })

  it('DCP-21: an access token of another verifier, a forged one, an expired one and none are refused alike', async () => {
    const forger = await generateSigningKey()
    const input = { holder: holder.did, verifier: verifier.did, scopes: [membership], clock: Date.now }
    const forged = await createAccessToken({
      ...input,
      key: { kid: `${holder.did}#key-1`, privateJwk: forger.privateJwk },
    })
    const ownKey = await createAccessToken({ ...input, key: verifier.key })
    const foreign = await grant(membership, issuer.did)
    for (const token of [forged.token, ownKey.token, foreign, 'junk']) {
      expect(await codeOf(await query([membership], token))).toEqual([401, 'dcp.access-token-invalid'])
    }
    const without = await verifier.token(holder.did)
    const answer = await post('presentations/query', buildPresentationQuery([membership]), `Bearer ${without}`)
    expect(await codeOf(answer)).toEqual([401, 'dcp.access-token-missing'])
  })

  it("X-02: another participant's access token opens nothing, though the same verifier brings it", async () => {
    const other = await hub.participant()
    const foreign = await grant(membership, verifier.did, other)
    expect(await codeOf(await query([membership], foreign))).toEqual([401, 'dcp.access-token-invalid'])
    const token = await verifier.token(other.did, await grant(membership))
    expect(
      await codeOf(await post('presentations/query', buildPresentationQuery([membership]), `Bearer ${token}`)),
    ).toEqual([401, 'dcp.audience-mismatch'])
    expect(
      await presentedTypes(
        await post(
          'presentations/query',
          buildPresentationQuery([membership]),
          `Bearer ${await verifier.token(other.did, foreign)}`,
          other,
        ),
      ),
    ).toEqual([])
  })
})

describe('every endpoint', () => {
  const endpoints = ['presentations/query', 'credentials', 'offers']

  it.each(endpoints)('DCP-12: %s wants a bearer token', async (path) => {
    const token = await verifier.token(holder.did)
    for (const authorization of [undefined, token, `Basic ${token}`, 'Bearer ']) {
      expect(await codeOf(await post(path, {}, authorization))).toEqual([401, 'dcp.token-missing'])
    }
  })

  it.each(endpoints)('%s answers an unknown participant like an inactive one', async (path) => {
    const inactive = await hub.participant()
    await hub.admin(provisioner, 'POST', `/participants/${inactive.id}/state?isActive=false`)
    const unknown = { ...inactive, credentialService: inactive.credentialService.replace(inactive.id, 'unknown') }
    for (const participant of [inactive, unknown]) {
      const answer = await post(path, {}, `Bearer ${await verifier.token(participant.did)}`, participant)
      expect(await codeOf(answer)).toEqual([404, 'identity-hub.context-unknown'])
    }
  })

  it.each(endpoints)('%s authenticates before it reads the message (X-03)', async (path) => {
    const stranger = didWeb(hub.others.origin, 'nobody')
    const claims = { iss: stranger, sub: stranger, aud: holder.did, jti: 'x', iat: 1, exp: 2 }
    const answer = await post(path, { type: 'nonsense' }, `Bearer ${await signJwt(claims, verifier.key)}`)
    expect(answer.status).toBe(401)
  })
})

describe('offers', () => {
  const offer = () => buildCredentialOffer({ issuer: issuer.did, credentials: [{ id: 'membership' }] })
  const kept = async (participant: TestParticipant) =>
    await hub.database.tenant(participant.id, (tx) =>
      tx.rows('select issuer_did, offer from identity_hub.received_offer'),
    )

  it('DCP-41: an offer is kept as it came, once however often it comes', async () => {
    const participant = await hub.participant()
    for (let time = 0; time < 3; time++) {
      const answer = await post('offers', offer(), `Bearer ${await issuer.token(participant.did)}`, participant)
      expect(answer.status).toBe(200)
    }
    expect(await kept(participant)).toEqual([
      { issuer_did: issuer.did, offer: { issuer: issuer.did, credentials: [{ id: 'membership' }] } },
    ])
  })

  it('DCP-10: the token of an offer is good for once', async () => {
    const token = `Bearer ${await issuer.token(holder.did)}`
    expect((await post('offers', offer(), token)).status).toBe(200)
    expect(await codeOf(await post('offers', offer(), token))).toEqual([401, 'dcp.replayed'])
  })

  it("DCP-42: an offer in another issuer's name is refused", async () => {
    const answer = await post('offers', offer(), `Bearer ${await verifier.token(holder.did)}`)
    expect(await codeOf(answer)).toEqual([401, 'identity-hub.offer-foreign'])
  })

  it('an offer without credentials is refused', async () => {
    const body = { ...offer(), credentials: [] }
    expect(await codeOf(await post('offers', body, `Bearer ${await issuer.token(holder.did)}`))).toEqual([
      400,
      'dcp.message-invalid',
    ])
  })

  it('no more offers are kept than the limit', async () => {
    const participant = await hub.participant()
    await hub.database.tenant(participant.id, (tx) =>
      tx.run(
        `insert into identity_hub.received_offer (participant_context_id, issuer_did, digest, offer, received_at)
         select $1, 'did:web:example.com', n::text, '{}', now() from generate_series(1, 1000) as n`,
        [participant.id],
      ),
    )
    const answer = await post('offers', offer(), `Bearer ${await issuer.token(participant.did)}`, participant)
    expect(await codeOf(answer)).toEqual([429, 'identity-hub.offers-full'])
  })
})

it('DCP-40: nobody can plant a credential without an open request', async () => {
  const payload = await issuer.credential(holder.did, 'PlantedCredential')
  const container = { credentialType: 'PlantedCredential', payload, format: 'vc11-sl2021/jwt' }
  const delivery = { status: 'ISSUED', issuerPid: 'i', holderPid: 'never-asked', credentials: [container] } as const
  const answer = await deliver(issuer, holder, delivery)
  expect(await codeOf(answer)).toEqual([404, 'identity-hub.delivery-foreign'])
})

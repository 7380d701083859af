import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Body, type ControlPlaneUnderTest, startControlPlane } from '../../testing/control-plane-under-test.ts'
import { makeDataspace, makeParticipant, managed, type Participant, testProfile } from '../../testing/participants.ts'

let plane: ControlPlaneUnderTest
let alice: Participant
let bob: Participant

beforeAll(async () => {
  plane = await startControlPlane()
  await makeDataspace(plane)
  alice = await makeParticipant(plane, 'alice')
  bob = await makeParticipant(plane, 'bob')
})

afterAll(() => plane.stop())

const as = (participant: Participant, method: string, path: string, body?: unknown) =>
  plane.api(method, `/participants/${participant.context}${path}`, {
    token: participant.token,
    ...(body === undefined ? {} : { body }),
  })

describe('requests to counterparties', () => {
  it('need a profile that the context takes part in, named once', async () => {
    const body = (more: object) =>
      managed('CatalogRequest', { counterPartyAddress: 'https://peer.example/dsp', counterPartyId: bob.did, ...more })
    const unknown = await as(alice, 'POST', '/catalog/request', body({ profile: 'another' }))
    expect(unknown.status).toBe(400)
    expect(unknown.body[0]).toMatchObject({ message: `No profile 'another' for participant '${alice.context}'` })
    const both = await as(alice, 'POST', '/catalog/request', body({ profile: testProfile, protocol: testProfile }))
    expect(both.body[0]).toMatchObject({ path: 'profile' })
  })

  it('that are refused are a 502 with the counterparty’s words', async () => {
    plane.peer.answer = async () => ({ status: 401, body: { code: 'their-code', reason: ['Who are you?'] } })
    const body = managed('CatalogRequest', {
      counterPartyAddress: plane.peer.url,
      counterPartyId: bob.did,
      profile: testProfile,
    })
    const answer = await as(alice, 'POST', '/catalog/request', body)
    expect(answer.status).toBe(502)
    expect(answer.body[0]).toMatchObject({ type: 'BadGateway', code: 'dsp.counterparty-unauthenticated' })
    expect(String((answer.body[0] as Body).message)).toContain('Who are you?')
  })

  it('do not go to addresses inside', async () => {
    const body = managed('CatalogRequest', {
      counterPartyAddress: 'http://169.254.169.254/latest',
      counterPartyId: bob.did,
      profile: testProfile,
    })
    const answer = await as(alice, 'POST', '/catalog/request', body)
    expect(answer.status).toBe(400)
    expect(answer.body[0]).toMatchObject({ code: 'outbound.address-refused' })
  })

  it('refuse callback addresses, which nobody would call', async () => {
    const body = managed('ContractRequest', {
      counterPartyAddress: 'https://peer.example/dsp',
      profile: testProfile,
      policy: { '@type': 'Offer', '@id': 'o', assigner: bob.did, target: 't', permission: [{ action: 'use' }] },
      callbackAddresses: [{ '@type': 'CallbackAddress', uri: 'https://me.example', events: [], transactional: false }],
    })
    expect((await as(alice, 'POST', '/contractnegotiations', body)).body[0]).toMatchObject({
      code: 'management.callbacks-unsupported',
    })
  })
})

describe('ids of processes', () => {
  it.each(['two words', 'a/b', 'a\\b'])('%s is refused: partners put them into one segment of a path', async (id) => {
    const partner = { '@id': id, counterPartyAddress: 'https://example.com', protocol: testProfile }
    const policy = {
      '@type': 'Offer',
      '@id': 'offer',
      assigner: 'did:web:example.com',
      target: 'thing',
      permission: [{ action: 'use' }],
    }
    const negotiation = managed('ContractRequest', { ...partner, policy })
    const transfer = managed('TransferRequest', { ...partner, contractId: 'agreement', transferType: 'HttpData-PULL' })
    for (const [path, body] of [
      ['/contractnegotiations', negotiation],
      ['/transferprocesses', transfer],
    ] as const) {
      const answer = await as(alice, 'POST', path, body)
      expect([path, answer.status]).toEqual([path, 400])
      expect(JSON.stringify(answer.body)).toContain('@id')
    }
  })
})

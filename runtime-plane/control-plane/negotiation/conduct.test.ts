import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { agreementByHand, otherTerms, requestedByHand, requestedByUs } from '../testing/conducted.ts'
import { type ControlPlaneUnderTest, startControlPlane } from '../testing/control-plane-under-test.ts'
import {
  makeDataspace,
  makeParticipant,
  managed,
  managementContext,
  openPolicy,
  type Participant,
  publish,
} from '../testing/participants.ts'

let plane: ControlPlaneUnderTest
let provider: Participant
let consumer: Participant

beforeAll(async () => {
  plane = await startControlPlane()
  await makeDataspace(plane)
  provider = await makeParticipant(plane, 'provider')
  consumer = await makeParticipant(plane, 'consumer')
  await publish(plane, provider, 'asset-1', { contract: openPolicy, negotiation: 'manual' })
})

afterAll(() => plane.stop())

const terms = (policy: object) => ({ '@context': [managementContext], policy })
const terminate = (reason: string) => managed('TerminateNegotiation', { reason })
const accepted = ['events', 'ContractNegotiationEventMessage', { eventType: 'ACCEPTED' }] as const
const finalized = ['events', 'ContractNegotiationEventMessage', { eventType: 'FINALIZED' }] as const
const verification = ['agreement/verification', 'ContractAgreementVerificationMessage'] as const
const termination = ['termination', 'ContractNegotiationTerminationMessage', { code: '1' }] as const

describe('a provider whose negotiations are conducted by people', () => {
  const asProvider = () => requestedByHand(plane, consumer, provider, 'asset-1')

  it('DSP-17: leaves a request REQUESTED until somebody says what follows', async () => {
    const one = await asProvider()
    expect(await one.in('REQUESTED')).toMatchObject({ conduct: 'manual', decision: { allowed: true } })
    expect(await one.wireState()).toBe('REQUESTED')
  })

  it('offers, is countered, and ends it with a reason (kit CN:01-02)', async () => {
    const one = await asProvider()
    expect((await one.command('offer', terms({ ...otherTerms, '@id': 'our-offer' }))).status).toBe(204)
    expect(await one.got('offers')).toMatchObject({
      '@type': 'ContractOfferMessage',
      ...one.pids,
      offer: { '@id': 'our-offer', '@type': 'Offer', target: 'asset-1' },
    })
    await one.in('OFFERED')
    expect(await one.wireState()).toBe('OFFERED')
    // The kit names the offer as it likes and sends members that nobody needs.
    const counter = {
      offer: {
        '@type': 'Offer',
        '@id': 'CD123:ACN0102:456',
        target: 'asset-1',
        permission: [{ action: 'use', constraint: [] }],
      },
    }
    expect((await one.send('request', 'ContractRequestMessage', counter)).status).toBe(200)
    expect(await one.wireState()).toBe('REQUESTED')
    expect(await one.in('REQUESTED')).toMatchObject({ offer: { '@id': 'CD123:ACN0102:456' } })
    expect((await one.command('terminate', terminate('Too cheap.'))).status).toBe(204)
    expect(await one.got('termination')).toMatchObject({ code: 'termination.requested', reason: ['Too cheap.'] })
    await one.in('TERMINATED')
    expect(await one.wireState()).toBe('TERMINATED')
  })

  it('agrees to the offer that was accepted, and finalizes (kit CN:01-03)', async () => {
    const one = await asProvider()
    await one.command('offer', terms({ ...otherTerms, target: 'asset-1' }))
    await one.in('OFFERED')
    expect((await one.send(...accepted)).status).toBe(200)
    expect(await one.wireState()).toBe('ACCEPTED')
    expect((await one.command('agree')).status).toBe(204)
    expect(await one.got('agreement')).toMatchObject({
      agreement: {
        target: 'asset-1',
        assigner: provider.did,
        assignee: consumer.did,
        permission: otherTerms.permission,
      },
    })
    await one.in('AGREED')
    expect((await one.send(...verification)).status).toBe(200)
    expect(await one.wireState()).toBe('VERIFIED')
    expect((await one.command('finalize')).status).toBe(204)
    expect(await one.got('events')).toMatchObject({ eventType: 'FINALIZED' })
    expect(await one.in('FINALIZED')).toHaveProperty('contractAgreementId')
    // CN:03-01, DSP-30.
    expect((await one.send(...termination)).status).toBe(400)
    expect(await one.wireState()).toBe('FINALIZED')
  })

  it('ends what it has offered, accepted or had verified (kit CN:02-05, CN:02-06, CN:02-07)', async () => {
    const [offered, taken, verified] = [await asProvider(), await asProvider(), await asProvider()]
    for (const one of [offered, taken]) {
      await one.command('offer', terms(otherTerms))
      await one.in('OFFERED')
    }
    expect((await taken.send(...accepted)).status).toBe(200)
    await verified.command('agree')
    await verified.in('AGREED')
    expect((await verified.send(...verification)).status).toBe(200)
    for (const one of [offered, taken, verified]) {
      expect((await one.command('terminate', terminate('No longer.'))).status).toBe(204)
      expect(await one.got('termination')).toMatchObject({ ...one.pids, reason: ['No longer.'] })
      await one.in('TERMINATED')
    }
  })

  it('DSP-31: takes the consumer’s end in every state, with its code and reason (kit CN:01-01, CN:02-02 to CN:02-04)', async () => {
    const [requested, agreed, offered] = [await asProvider(), await asProvider(), await asProvider()]
    await agreed.command('agree')
    await agreed.in('AGREED')
    await offered.command('offer', terms(otherTerms))
    await offered.in('OFFERED')
    for (const one of [requested, agreed, offered]) {
      expect((await one.send('termination', termination[1], { code: '1', reason: ['Enough.'] })).status).toBe(200)
      expect(await one.wireState()).toBe('TERMINATED')
      expect(await one.in('TERMINATED')).toMatchObject({
        errorCode: '1',
        errorDetail: 'Enough.',
        errorSide: 'COUNTERPARTY',
      })
    }
  })

  it('DSP-27: refuses a verification of what was offered or accepted, and stays (kit CN:03-02, CN:03-03)', async () => {
    const one = await asProvider()
    await one.command('offer', terms(otherTerms))
    await one.in('OFFERED')
    expect((await one.send(...verification)).status).toBe(400)
    expect(await one.wireState()).toBe('OFFERED')
    expect((await one.send(...accepted)).status).toBe(200)
    const refused = await one.send(...verification)
    expect(refused.status).toBe(400)
    expect(refused.body).toMatchObject({ '@type': 'ContractNegotiationError', ...one.pids })
    expect(await one.wireState()).toBe('ACCEPTED')
  })

  it('DSP-50: takes a counter-offer once, its repeat without effect, and another one not (kit CN:03-04)', async () => {
    const one = await asProvider()
    await one.command('offer', terms(otherTerms))
    await one.in('OFFERED')
    const offer = { offer: { ...otherTerms, '@id': 'counter', target: 'asset-1' } }
    expect((await one.send('request', 'ContractRequestMessage', offer, 'urn:uuid:first')).status).toBe(200)
    expect((await one.send('request', 'ContractRequestMessage', offer, 'urn:uuid:first')).status).toBe(200)
    const second = await one.send('request', 'ContractRequestMessage', offer, 'urn:uuid:second')
    expect(second.status).toBe(400)
    expect(second.body.code).toBe('dsp.invalid-transition')
    expect(await one.wireState()).toBe('REQUESTED')
  })

  it('DSP-48: agrees to a counter-offer only by somebody’s word, and then to its terms', async () => {
    const one = await asProvider()
    await one.command('offer', terms(otherTerms))
    await one.in('OFFERED')
    const counter = { '@type': 'Offer', '@id': 'c', target: 'asset-1', permission: [{ action: 'use' }] }
    await one.send('request', 'ContractRequestMessage', { offer: counter })
    expect(await one.in('REQUESTED')).not.toHaveProperty('contractAgreementId')
    await one.command('agree')
    expect(await one.got('agreement')).toMatchObject({ agreement: { permission: counter.permission } })
  })

  it('DSP-21: refuses a counter-offer about another dataset', async () => {
    const one = await asProvider()
    await one.command('offer', terms(otherTerms))
    await one.in('OFFERED')
    const offer = { ...otherTerms, '@id': 'c', target: 'another' }
    const refused = await one.send('request', 'ContractRequestMessage', { offer })
    expect(refused.status).toBe(400)
    expect(refused.body.code).toBe('dsp.offer-differs')
    expect(await one.wireState()).toBe('OFFERED')
  })

  it('ends a negotiation whose new terms the consumer’s credentials do not meet', async () => {
    const one = await asProvider()
    const demanding = {
      '@type': 'Offer',
      permission: [
        {
          action: 'use',
          constraint: [{ leftOperand: 'MembershipCredential.level', operator: 'eq', rightOperand: 'platinum' }],
        },
      ],
    }
    await one.command('offer', terms(demanding))
    await one.in('OFFERED')
    expect((await one.send(...accepted)).status).toBe(200)
    expect(await one.got('termination')).toMatchObject({ code: 'policy.not-satisfied' })
    expect(await one.in('TERMINATED')).toMatchObject({
      errorCode: 'policy.not-satisfied',
      decision: { allowed: false },
    })
  })

  it('refuses a command at the wrong time or of the wrong side with 409, naming what it needs', async () => {
    const one = await asProvider()
    for (const [name, needed] of [
      ['finalize', 'VERIFIED'],
      ['accept', 'consumer'],
      ['verify', 'consumer'],
    ] as const) {
      const refused = await one.command(name)
      expect(refused.status).toBe(409)
      expect(refused.body[0]).toMatchObject({ type: 'ObjectConflict', code: 'management.wrong-state' })
      expect(JSON.stringify(refused.body)).toContain(needed)
    }
    const wrong = await one.command('offer', terms({ ...otherTerms, target: 'another' }))
    expect(wrong.status).toBe(400)
    expect(wrong.body[0]).toMatchObject({ path: '/policy/target' })
  })
})

describe('a consumer who conducts a negotiation', () => {
  const asConsumer = () => requestedByUs(plane, consumer, provider, 'asset-9')
  const theirOffer = {
    '@type': 'Offer',
    '@id': 'their-offer',
    target: 'asset-9',
    permission: [{ action: 'use', constraint: [] }],
  }
  const offer = ['offers', 'ContractOfferMessage', { offer: theirOffer }] as const

  it('accepts, verifies, and is finalized (kit CN_C:01-01)', async () => {
    const one = await asConsumer()
    expect((await one.send(...offer)).status).toBe(200)
    expect(await one.wireState()).toBe('OFFERED')
    expect((await one.command('accept')).status).toBe(204)
    expect(await one.got('events')).toMatchObject({ eventType: 'ACCEPTED' })
    await one.in('ACCEPTED')
    const agreed = await one.send('agreement', 'ContractAgreementMessage', {
      ...agreementByHand(one, provider, consumer),
      callbackAddress: 'https://unneeded.example',
    })
    expect(agreed.status).toBe(200)
    expect(await one.wireState()).toBe('AGREED')
    expect((await one.command('verify')).status).toBe(204)
    expect(await one.got('agreement/verification')).toMatchObject(one.pids)
    await one.in('VERIFIED')
    expect((await one.send(...finalized)).status).toBe(200)
    expect(await one.wireState()).toBe('FINALIZED')
  })

  it('counters an offer without a callback address, and is ended (kit CN_C:01-02)', async () => {
    const one = await asConsumer()
    await one.send(...offer)
    expect((await one.command('request', terms({ ...otherTerms, '@id': 'counter' }))).status).toBe(204)
    const message = await one.got('request')
    expect(message).toMatchObject({
      '@type': 'ContractRequestMessage',
      ...one.pids,
      offer: { '@id': 'counter', target: 'asset-9' },
    })
    expect(message).not.toHaveProperty('callbackAddress')
    await one.in('REQUESTED')
    expect((await one.send(...termination)).status).toBe(200)
    expect(await one.wireState()).toBe('TERMINATED')
  })

  it('ends what it has requested, was offered or was sent the agreement of (kit CN_C:01-03, CN_C:02-02, CN_C:02-03)', async () => {
    const [requested, offered, agreed] = [await asConsumer(), await asConsumer(), await asConsumer()]
    await offered.send(...offer)
    await agreed.send('agreement', 'ContractAgreementMessage', agreementByHand(agreed, provider, consumer))
    for (const one of [requested, offered, agreed]) {
      expect((await one.command('terminate', terminate('Changed our mind.'))).status).toBe(204)
      expect(await one.got('termination')).toMatchObject({ ...one.pids, reason: ['Changed our mind.'] })
      expect(await one.in('TERMINATED')).toMatchObject({ errorDetail: 'Changed our mind.', errorSide: 'US' })
    }
  })

  it('DSP-31: is ended by the provider when VERIFIED (kit CN_C:02-06)', async () => {
    const one = await asConsumer()
    await one.send('agreement', 'ContractAgreementMessage', agreementByHand(one, provider, consumer))
    await one.command('verify')
    await one.in('VERIFIED')
    expect((await one.send(...termination)).status).toBe(200)
    expect(await one.in('TERMINATED')).toMatchObject({ errorCode: '1', errorSide: 'COUNTERPARTY' })
  })

  it('DSP-27: refuses an agreement and a finalization of what was only offered (kit CN_C:03-01 to CN_C:03-03)', async () => {
    const one = await asConsumer()
    expect((await one.send(...finalized)).status).toBe(400)
    expect(await one.wireState()).toBe('REQUESTED')
    await one.send(...offer)
    const early = await one.send('agreement', 'ContractAgreementMessage', agreementByHand(one, provider, consumer))
    expect(early.status).toBe(400)
    expect((await one.send(...finalized)).status).toBe(400)
    expect(await one.wireState()).toBe('OFFERED')
  })

  it('DSP-27: refuses another offer after it accepted, and a finalization (kit CN_C:03-04, CN_C:03-05)', async () => {
    const one = await asConsumer()
    await one.send(...offer)
    await one.command('accept')
    await one.in('ACCEPTED')
    expect((await one.send(...offer)).status).toBe(400)
    expect((await one.send(...finalized)).status).toBe(400)
    expect(await one.wireState()).toBe('ACCEPTED')
  })

  it('DSP-27: refuses a finalization of what it has not verified, and stays AGREED (kit CN_C:03-06)', async () => {
    const one = await asConsumer()
    await one.send('agreement', 'ContractAgreementMessage', agreementByHand(one, provider, consumer))
    expect((await one.send(...finalized)).status).toBe(400)
    expect(await one.wireState()).toBe('AGREED')
  })
})

describe('a consumer whose negotiation goes by itself', () => {
  const automatic = () => requestedByUs(plane, consumer, provider, 'asset-9', 'automatic')
  const offer = (permission: object) => ({
    offer: { '@type': 'Offer', '@id': 'theirs', target: 'asset-9', permission },
  })

  it('accepts an offer that is what it asked for', async () => {
    const one = await automatic()
    expect((await one.send('offers', 'ContractOfferMessage', offer([{ action: 'use' }]))).status).toBe(200)
    expect(await one.got('events')).toMatchObject({ eventType: 'ACCEPTED' })
    await one.in('ACCEPTED')
  })

  it('DSP-48: leaves any other offer to the participant, who may accept it', async () => {
    const one = await automatic()
    expect((await one.send('offers', 'ContractOfferMessage', offer(otherTerms.permission))).status).toBe(200)
    expect(await one.in('OFFERED')).toMatchObject({
      conduct: 'automatic',
      offer: { permission: otherTerms.permission },
    })
    expect((await one.command('accept')).status).toBe(204)
    await one.in('ACCEPTED')
  })
})

import { decodeJwt } from 'jose'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ControlPlaneUnderTest, startControlPlane } from '../testing/control-plane-under-test.ts'
import { processIn, requestContract } from '../testing/journeys.ts'
import {
  makeDataspace,
  makeParticipant,
  membershipScope,
  type Participant,
  participantScope,
  publish,
} from '../testing/participants.ts'

let plane: ControlPlaneUnderTest
let consumer: Participant
let provider: Participant
/** The scopes that the access token of each message granted. */
const granted: [message: string, scopes: string][] = []

beforeAll(async () => {
  plane = await startControlPlane({
    intercept: (outbound) => ({
      ...outbound,
      send: (request) => {
        const token = request.headers?.authorization?.replace('Bearer ', '')
        const access = request.purpose.startsWith('dsp.') && token ? decodeJwt(token).token : undefined
        if (typeof access === 'string') granted.push([request.purpose, String(decodeJwt(access).scope)])
        return outbound.send(request)
      },
    }),
  })
  await makeDataspace(plane)
  provider = await makeParticipant(plane, 'provider')
  consumer = await makeParticipant(plane, 'consumer')
  await publish(plane, provider, 'asset-1')
})

afterAll(() => plane.stop())

it('DCP-18: every message of a negotiation grants what its policy asks for, in both roles', async () => {
  const id = await requestContract(plane, consumer, provider, 'asset-1')
  await processIn(plane, consumer, 'contractnegotiations', id, ['FINALIZED'])
  const sent = granted.filter(([message]) => message.startsWith('dsp.Contract'))
  expect(sent.map(([message]) => message)).toEqual([
    'dsp.ContractRequestMessage',
    'dsp.ContractAgreementMessage',
    'dsp.ContractAgreementVerificationMessage',
    'dsp.ContractNegotiationEventMessage',
  ])
  expect(new Set(sent.map(([, scopes]) => scopes))).toEqual(new Set([`${participantScope} ${membershipScope}`]))
})

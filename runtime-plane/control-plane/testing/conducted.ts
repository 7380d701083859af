import { randomUUID } from 'node:crypto'
import type { Body, ControlPlaneUnderTest, Reply } from './control-plane-under-test.ts'
import { dspMessage, sendDsp } from './counterparty-messages.ts'
import type { FakeRequest } from './fake-server.ts'
import { processIn, readCatalog, waitFor } from './journeys.ts'
import { done, managed, type Participant, testProfile } from './participants.ts'

/** A negotiation that the test conducts on both sides: ours by commands, the other one by hand. */
export interface Conducted {
  readonly ours: string
  readonly pids: { readonly consumerPid: string; readonly providerPid: string }
  readonly offer: Readonly<Record<string, unknown>>
  /** Gives a command of the management API. */
  command(name: string, body?: object): Promise<Reply>
  /** Sends a message of the other side to a path below our negotiation. */
  send(path: string, type: string, members?: object, id?: string): Promise<Reply>
  /** The state as the other side reads it (DSP-34). */
  wireState(): Promise<unknown>
  /** Our negotiation, once it is in the state. */
  in(state: string): Promise<Body>
  /** The message of ours that the other side got at a path below its own process. */
  got(path: string): Promise<Body>
}

/** Terms in an offer of somebody who wants other ones than were offered. */
export const otherTerms = {
  '@type': 'Offer',
  permission: [
    { action: 'use', constraint: [{ leftOperand: 'MembershipCredential', operator: 'eq', rightOperand: 'active' }] },
    { action: 'use', constraint: [{ leftOperand: 'dateTime', operator: 'lt', rightOperand: '2099-01-01T00:00:00Z' }] },
  ],
}

/** We are the provider: the consumer's request has been taken. */
export async function requestedByHand(
  plane: ControlPlaneUnderTest,
  consumer: Participant,
  provider: Participant,
  assetId: string,
): Promise<Conducted> {
  plane.peer.answer = async () => ({ status: 200 })
  const dataset = (await readCatalog(plane, consumer, provider)).find((one) => one['@id'] === assetId)
  const offer = { ...dataset?.hasPolicy[0], target: assetId }
  const consumerPid = `urn:uuid:${randomUUID()}`
  const request = dspMessage('ContractRequestMessage', { consumerPid, offer, callbackAddress: plane.peer.url })
  const { body } = await done(sendDsp(plane, consumer, provider, '/negotiations/request', request))
  const providerPid = String(body.providerPid)
  return conducted(plane, { us: provider, them: consumer, ours: providerPid, offer }, { consumerPid, providerPid })
}

/** We are the consumer: our request has been acknowledged by the other side. */
export async function requestedByUs(
  plane: ControlPlaneUnderTest,
  consumer: Participant,
  provider: Participant,
  assetId: string,
  conduct: 'automatic' | 'manual' = 'manual',
): Promise<Conducted> {
  const providerPid = `urn:uuid:${randomUUID()}`
  plane.peer.answer = async (request) => {
    if (request.path !== '/negotiations/request') return { status: 200 }
    const { consumerPid } = JSON.parse(request.text) as Body
    const body = dspMessage('ContractNegotiation', { providerPid, consumerPid, state: 'REQUESTED' }, null)
    return { status: 201, body }
  }
  const offer = { '@type': 'Offer', '@id': `offer-${assetId}`, target: assetId, permission: [{ action: 'use' }] }
  const body = managed('ContractRequest', {
    counterPartyAddress: plane.peer.url,
    protocol: testProfile,
    conduct,
    policy: { ...offer, assigner: provider.did },
  })
  const path = `/participants/${consumer.context}/contractnegotiations`
  const reply = await done(plane.api('POST', path, { body, token: consumer.token }))
  const consumerPid = String(reply.body['@id'])
  const made = conducted(
    plane,
    { us: consumer, them: provider, ours: consumerPid, offer },
    { consumerPid, providerPid },
  )
  await made.in('REQUESTED')
  return made
}

function conducted(
  plane: ControlPlaneUnderTest,
  sides: {
    readonly us: Participant
    readonly them: Participant
    readonly ours: string
    readonly offer: Readonly<Record<string, unknown>>
  },
  pids: Conducted['pids'],
): Conducted {
  const { us, them, ours, offer } = sides
  const theirs = ours === pids.consumerPid ? pids.providerPid : pids.consumerPid
  return {
    ours,
    pids,
    offer,
    command: (name, body) => {
      const path = `/participants/${us.context}/contractnegotiations/${ours}/${name}`
      return plane.api('POST', path, { token: us.token, ...(body ? { body } : {}) })
    },
    send: (path, type, members = {}, id = `urn:uuid:${randomUUID()}`) =>
      sendDsp(plane, them, us, `/negotiations/${ours}/${path}`, dspMessage(type, { ...pids, ...members }, id)),
    wireState: async () => (await sendDsp(plane, them, us, `/negotiations/${ours}`, undefined)).body.state,
    in: (state) => processIn(plane, us, 'contractnegotiations', ours, [state]),
    got: async (path) => {
      const isIt = (request: FakeRequest) => decodeURIComponent(request.path) === `/negotiations/${theirs}/${path}`
      await waitFor(`a message at ${path}`, async () => plane.peer.received.some(isIt))
      return JSON.parse(plane.peer.received.findLast(isIt)?.text ?? '') as Body
    },
  }
}

/** An agreement as the other side, our provider, writes it. */
export function agreementByHand(
  { offer }: Conducted,
  provider: Participant,
  consumer: Participant,
  changes: object = {},
): object {
  return {
    agreement: {
      ...offer,
      '@type': 'Agreement',
      '@id': `urn:uuid:${randomUUID()}`,
      assigner: provider.did,
      assignee: consumer.did,
      timestamp: new Date().toISOString(),
      ...changes,
    },
  }
}

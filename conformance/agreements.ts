import { randomUUID } from 'node:crypto'
import type { OutboundClient } from '@weft/foundation/http'
import type { Organisation } from '@weft/sdk/demo'
import { dataspaceProfile, managementContext } from '@weft/sdk/demo'
import { type GivenAnswer, type ReceivedRequest, serveCounterpart } from './counterpart-server.ts'

type Message = Readonly<Record<string, unknown>>

/** Who an agreement is with, and what that one sends as `Authorization`. */
export interface Counterpart {
  readonly id: string
  readonly authorization: string
}

/** The counterparts of the participant under test: where it is provider, and where it is consumer. */
export interface Counterparts {
  readonly consumer: Counterpart
  readonly provider: Counterpart
}

/** An agreement between the participant under test and a counterpart. */
export interface PreparedAgreement {
  /** Its id between the parties: what the counterpart names. */
  readonly agreementId: string
  /** The participant's own id of it: what its management API takes. */
  readonly contractId: string
}

/** Makes the agreements that the transfer tests begin with: by real negotiations, in the counterparts' names. */
export interface AgreementMaker {
  /** With the participant under test as provider of `assetId`. */
  asProvider(assetId: string): Promise<PreparedAgreement>
  /** With the participant under test as consumer. */
  asConsumer(): Promise<PreparedAgreement>
}

/** Where the participant's messages to its counterparts go while agreements are made. */
export interface AgreementPeer {
  readonly url: string
  of(participant: Organisation, outbound: OutboundClient): AgreementMaker
  close(): Promise<void>
}

const context = ['https://w3id.org/dspace/2025/1/context.jsonld']
const deadlineMs = 15_000

/** Begins to listen; what is received before `of` was called is refused. */
export async function createAgreementPeer(counterparts: Counterparts): Promise<AgreementPeer> {
  let receive: (request: ReceivedRequest) => GivenAnswer = () => ({ status: 503 })
  const server = await serveCounterpart((request) => receive(request))
  return {
    url: server.url,
    of: (participant, outbound) => {
      const made = makerOf(server.url, counterparts, participant, outbound)
      receive = made.receive
      return made.maker
    },
    close: () => server.close(),
  }
}

function makerOf(
  url: string,
  { consumer, provider }: Counterparts,
  participant: Organisation,
  outbound: OutboundClient,
) {
  const waiting = new Map<string, (agreementId: string) => void>()
  const agreed = new Map<string, string>()

  const send = async ({ authorization }: Counterpart, to: string, message: Message): Promise<Message> => {
    const headers = { authorization }
    const body = { '@context': context, '@id': `urn:uuid:${randomUUID()}`, ...message }
    const answer = await outbound.send({ method: 'POST', url: to, headers, body, purpose: 'conformance.dsp' })
    if (answer.status >= 300) throw new Error(`${message['@type']} was answered ${answer.status}: ${answer.text()}`)
    return answer.body.length === 0 ? {} : (answer.json() as Message)
  }
  const settle = (pid: string): void => waiting.get(pid)?.(agreed.get(pid) ?? '')

  /** What a counterpart does as a consumer, and as a provider; each message is followed after its answer. */
  const follow = async (path: string, message: Message): Promise<void> => {
    const { consumerPid, providerPid, callbackAddress } = message as Record<string, string>
    const pids = { consumerPid, providerPid }
    if (path.endsWith('/agreement')) {
      agreed.set(String(consumerPid), String((message.agreement as Message)['@id']))
      await send(consumer, `${participant.dspAddress}/negotiations/${providerPid}/agreement/verification`, {
        '@type': 'ContractAgreementVerificationMessage',
        ...pids,
      })
    } else if (path.endsWith('/events')) settle(String(consumerPid))
    else if (path === '/negotiations/request') {
      const offer = message.offer as Message
      const agreement = {
        ...offer,
        '@type': 'Agreement',
        '@id': `urn:uuid:${randomUUID()}`,
        assigner: provider.id,
        assignee: participant.did,
        timestamp: new Date().toISOString(),
      }
      const pid = `theirs-${consumerPid}`
      agreed.set(pid, agreement['@id'])
      await send(provider, `${callbackAddress}/negotiations/${consumerPid}/agreement`, {
        '@type': 'ContractAgreementMessage',
        consumerPid,
        providerPid: pid,
        agreement,
      })
    } else if (path.endsWith('/verification')) {
      await send(provider, `${participant.dspAddress}/negotiations/${consumerPid}/events`, {
        '@type': 'ContractNegotiationEventMessage',
        ...pids,
        eventType: 'FINALIZED',
      })
      settle(String(providerPid))
    }
  }

  const receive = ({ path, body }: ReceivedRequest): GivenAnswer => {
    const message = body as Message
    setTimeout(() => {
      follow(path, message).catch((error: unknown) => console.error(`preparing an agreement failed: ${String(error)}`))
    }, 20)
    const { consumerPid } = message
    if (path !== '/negotiations/request') return { status: 200, body: {} }
    const opened = { '@context': context, '@type': 'ContractNegotiation', consumerPid, state: 'REQUESTED' }
    return { status: 201, body: { ...opened, providerPid: `theirs-${String(consumerPid)}` } }
  }
  const settled = (pid: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no agreement came about for ${pid}`)), deadlineMs)
      waiting.set(pid, (agreementId) => {
        clearTimeout(timer)
        resolve(agreementId)
      })
    })
  const maker: AgreementMaker = {
    asProvider: async (assetId) => {
      const offer = await offerOf(participant, outbound, assetId, consumer)
      const consumerPid = `urn:uuid:${randomUUID()}`
      const agreementId = settled(consumerPid)
      await send(consumer, `${participant.dspAddress}/negotiations/request`, {
        '@type': 'ContractRequestMessage',
        consumerPid,
        callbackAddress: url,
        offer: { ...offer, '@type': 'Offer', target: assetId },
      })
      return { agreementId: await agreementId, contractId: '' }
    },
    asConsumer: async () => {
      const id = randomUUID()
      const agreementId = settled(`theirs-${id}`)
      const path = { participantContextId: participant.participantContextId }
      const { management } = participant.apis
      await management.call('POST /participants/{participantContextId}/contractnegotiations', {
        path,
        body: {
          '@context': [managementContext],
          '@type': 'ContractRequest',
          '@id': id,
          counterPartyAddress: url,
          protocol: dataspaceProfile,
          policy: {
            '@type': 'Offer',
            '@id': `offer-${id}`,
            assigner: provider.id,
            target: 'theirs',
            permission: [{ action: 'use' }],
          },
        },
      })
      const between = await agreementId
      const { body } = await management.call('GET /participants/{participantContextId}/contractnegotiations/{id}', {
        path: { ...path, id },
      })
      return { agreementId: between, contractId: String(body.contractAgreementId) }
    },
  }
  return { maker, receive }
}

/** The first offer of a dataset, as the participant's own catalog endpoint gives it. */
export async function offerOf(
  participant: Organisation,
  outbound: OutboundClient,
  assetId: string,
  { authorization }: Counterpart,
): Promise<Message> {
  const answer = await outbound.send({
    method: 'GET',
    url: `${participant.dspAddress}/catalog/datasets/${encodeURIComponent(assetId)}`,
    headers: { authorization },
    purpose: 'conformance.dsp',
  })
  const { hasPolicy } = answer.json() as { readonly hasPolicy?: readonly Message[] }
  const offer = hasPolicy?.[0]
  if (!offer) throw new Error(`${assetId} is not offered: ${answer.status} ${answer.text()}`)
  return offer
}

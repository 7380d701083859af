import type { Body, ControlPlaneUnderTest } from './control-plane-under-test.ts'
import { done, dspAddress, managed, type Participant, testProfile } from './participants.ts'

export interface TestDataset {
  readonly '@id': string
  readonly hasPolicy: readonly ({ readonly '@id': string } & Readonly<Record<string, unknown>>)[]
  readonly distribution: readonly { readonly format: string }[]
}

/** Asks the provider for its catalog, as the consumer. */
export async function readCatalog(
  plane: ControlPlaneUnderTest,
  consumer: Participant,
  provider: Participant,
): Promise<readonly TestDataset[]> {
  const body = managed('CatalogRequest', {
    counterPartyAddress: dspAddress(plane, provider),
    counterPartyId: provider.did,
    protocol: testProfile,
  })
  const reply = await done(
    plane.api('POST', `/participants/${consumer.context}/catalog/request`, { body, token: consumer.token }),
  )
  return (reply.body.dataset ?? []) as readonly TestDataset[]
}

/** Requests the contract of an asset and gives back the consumer's negotiation id. */
export async function requestContract(
  plane: ControlPlaneUnderTest,
  consumer: Participant,
  provider: Participant,
  assetId: string,
  change: (policy: Record<string, unknown>) => Record<string, unknown> = (policy) => policy,
): Promise<string> {
  const dataset = (await readCatalog(plane, consumer, provider)).find((one) => one['@id'] === assetId)
  const offer = dataset?.hasPolicy[0]
  if (!offer) throw new Error(`${assetId} is not in the catalog`)
  const body = managed('ContractRequest', {
    counterPartyAddress: dspAddress(plane, provider),
    protocol: testProfile,
    policy: change({ ...offer, assigner: provider.did, target: assetId }),
  })
  const reply = await done(
    plane.api('POST', `/participants/${consumer.context}/contractnegotiations`, { body, token: consumer.token }),
  )
  return String(reply.body['@id'])
}

/** A process as its participant sees it, once it is in one of the states. */
export async function processIn(
  plane: ControlPlaneUnderTest,
  participant: Participant,
  kind: 'contractnegotiations' | 'transferprocesses',
  id: string,
  states: readonly string[],
): Promise<Body> {
  let last: Body | undefined
  await waitFor(
    `${kind} ${id} to be ${states.join(' or ')}`,
    async () => {
      const reply = await plane.api('GET', `/participants/${participant.context}/${kind}/${id}`, {
        token: participant.token,
      })
      last = reply.body
      return states.includes(String(reply.body.state))
    },
    () => JSON.stringify(last),
  )
  return last as Body
}

/** The one process of the other side that answers to ours. */
export async function counterpart(
  plane: ControlPlaneUnderTest,
  participant: Participant,
  kind: 'contractnegotiations' | 'transferprocesses',
  correlationId: string,
): Promise<Body> {
  const body = managed('QuerySpec', {
    filterExpression: [
      { '@type': 'Criterion', operandLeft: 'correlationId', operator: '=', operandRight: correlationId },
    ],
  })
  const reply = await done(
    plane.api('POST', `/participants/${participant.context}/${kind}/request`, { body, token: participant.token }),
  )
  if (reply.body.length !== 1) throw new Error(`${reply.body.length} processes answer to ${correlationId}`)
  return reply.body[0] as Body
}

/** Negotiates to the end; gives back the consumer's negotiation. */
export async function negotiate(
  plane: ControlPlaneUnderTest,
  consumer: Participant,
  provider: Participant,
  assetId: string,
): Promise<Body> {
  const id = await requestContract(plane, consumer, provider, assetId)
  return processIn(plane, consumer, 'contractnegotiations', id, ['FINALIZED'])
}

/** Requests a transfer and gives back the consumer's process id. */
export async function requestTransfer(
  plane: ControlPlaneUnderTest,
  consumer: Participant,
  provider: Participant,
  contractId: string,
  transferType = 'HttpData-PULL',
): Promise<string> {
  const body = managed('TransferRequest', {
    counterPartyAddress: dspAddress(plane, provider),
    protocol: testProfile,
    contractId,
    transferType,
  })
  const reply = await done(
    plane.api('POST', `/participants/${consumer.context}/transferprocesses`, { body, token: consumer.token }),
  )
  return String(reply.body['@id'])
}

/** Waits for a condition with a deadline. */
export async function waitFor(
  what: string,
  condition: () => Promise<boolean>,
  explain: () => string = () => '',
  deadlineMs = 15_000,
): Promise<void> {
  const until = performance.now() + deadlineMs
  while (!(await condition())) {
    if (performance.now() > until) throw new Error(`waited in vain for ${what}: ${explain()}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

import { managementContext, type Organisation } from '@weft/sdk/demo'
import { until } from '../../tools/suite/until.ts'
import type { EdcPartner } from './edc-partner.ts'

const context = { '@context': [managementContext] }
const protocol = 'dataspace-protocol-http:2025-1'
const edcNamespace = 'https://w3id.org/edc/v0.0.1/ns/'
const deadlineMs = 60_000

/** Where EDC tells its owner what became of a transfer, and where pushed bytes arrive. */
export interface Inbox {
  readonly url: string
  readonly received: readonly { readonly path: string; readonly body: unknown }[]
}

/** The address that EDC got for a pull, by full names. */
export interface EdcAddress {
  readonly endpoint: string
  readonly authorization: string
  readonly refreshEndpoint: string
  readonly refreshToken: string
}

/** Negotiates the offer of an asset of a Weft participant through EDC. @returns the agreement's id at EDC */
export async function negotiateThroughEdc(edc: EdcPartner, provider: Organisation, assetId: string): Promise<string> {
  const catalog = (await edc.manage('POST', '/catalog/request', {
    ...context,
    '@type': 'CatalogRequest',
    counterPartyAddress: provider.dspAddress,
    counterPartyId: provider.did,
    protocol,
  })) as { readonly dataset: readonly { readonly '@id': string; readonly hasPolicy: readonly object[] }[] }
  const offer = catalog.dataset.find((dataset) => dataset['@id'] === assetId)?.hasPolicy[0]
  if (!offer) throw new Error(`EDC finds no offer of ${assetId}`)
  const id = await begin(edc, '/contractnegotiations', {
    '@type': 'ContractRequest',
    counterPartyAddress: provider.dspAddress,
    protocol,
    policy: { ...offer, '@type': 'Offer', assigner: provider.did, target: assetId },
  })
  const negotiation = await untilState(edc, `/contractnegotiations/${id}`, 'FINALIZED')
  return String(negotiation.contractAgreementId)
}

/** Begins a transfer through EDC. @returns its id at EDC */
export function transferThroughEdc(
  edc: EdcPartner,
  provider: Organisation,
  contractId: string,
  inbox: Inbox,
  transfer: { readonly transferType: string; readonly dataDestination?: object },
): Promise<string> {
  return begin(edc, '/transferprocesses', {
    '@type': 'TransferRequest',
    counterPartyAddress: provider.dspAddress,
    protocol,
    contractId,
    callbackAddresses: [
      {
        '@type': 'CallbackAddress',
        uri: `${inbox.url}/events`,
        events: ['transfer.process.started'],
        transactional: false,
      },
    ],
    ...transfer,
  })
}

/** Suspends, resumes or terminates a transfer through EDC and waits for its state there. */
export async function commandEdc(
  edc: EdcPartner,
  id: string,
  command: 'suspend' | 'resume' | 'terminate',
  state: string,
): Promise<void> {
  const type = command === 'suspend' ? 'SuspendTransfer' : 'TerminateTransfer'
  const body = command === 'resume' ? undefined : { ...context, '@type': type, reason: 'as the suite wants it' }
  await edc.manage('POST', `/transferprocesses/${id}/${command}`, body)
  await untilState(edc, `/transferprocesses/${id}`, state)
}

/** Waits for the address number `count` that EDC reports for a transfer. */
export async function addressAtEdc(inbox: Inbox, transferId: string, count = 1): Promise<EdcAddress> {
  const reported = () =>
    inbox.received.flatMap(({ body }) => {
      const { payload } = (body ?? {}) as { readonly payload?: TransferEvent }
      return payload?.transferProcessId === transferId && payload.dataAddress ? [payload.dataAddress.properties] : []
    })
  await until(`address ${count} of the transfer ${transferId}`, deadlineMs, async () => reported().length >= count)
  const properties = reported()[count - 1] ?? {}
  const named = (name: string): string => properties[`${edcNamespace}${name}`] ?? ''
  return {
    endpoint: named('endpoint'),
    authorization: named('authorization'),
    refreshEndpoint: named('refreshEndpoint'),
    refreshToken: named('refreshToken'),
  }
}

interface TransferEvent {
  readonly transferProcessId: string
  readonly dataAddress?: { readonly properties: Readonly<Record<string, string>> } | null
}

/** Waits for a state of a process at EDC. @throws Error with EDC's words when it ends otherwise */
export async function untilState(edc: EdcPartner, path: string, state: string): Promise<Record<string, unknown>> {
  let last: Record<string, unknown> = {}
  await until(`${path} to be ${state} at EDC`, deadlineMs, async () => {
    last = (await edc.manage('GET', path)) as Record<string, unknown>
    if (last.state === 'TERMINATED' && state !== 'TERMINATED') throw new Error(`${path} ended: ${last.errorDetail}`)
    return last.state === state
  })
  return last
}

async function begin(edc: EdcPartner, path: string, body: object): Promise<string> {
  return ((await edc.manage('POST', path, { ...context, ...body })) as { readonly '@id': string })['@id']
}

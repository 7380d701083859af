import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { Writable } from 'node:stream'
import { WeftError } from '@weft/foundation/errors'
import type { OutboundClient } from '@weft/foundation/http'
import { managementContext } from './dataspace.ts'
import { demoErrors } from './errors.ts'
import type { FileSource } from './file-source.ts'
import { type Organisation, saysExists } from './organisation.ts'
import { dataspaceProfile } from './platform.ts'
import { until } from './waiting.ts'

const tradeDeadlineMs = 60_000
const refusalDeadlineMs = 10_000

/** A policy as the counterparty wrote it; only its id means something to us. */
interface OfferedPolicy {
  readonly '@id': string
  readonly [member: string]: unknown
}

/** An offer as it stood in the catalog. */
export interface Offer {
  readonly assetId: string
  readonly policy: OfferedPolicy
}

/** How a negotiation ended. */
export interface Ending {
  readonly negotiationId: string
  readonly state: string
  readonly agreementId: string | undefined
  readonly errorCode: string | undefined
  readonly reason: string | undefined
}

/** What a consumer needs to fetch: the provider's endpoint and a short-lived token. */
export interface DataAddress {
  readonly endpoint: string
  readonly authorization: string
}

export interface Download {
  readonly bytes: number
  /** Lower-case hexadecimal. */
  readonly sha256: string
}

/** Publishes the file as an asset, under a policy that demands a membership credential. */
export async function publish(provider: Organisation, source: FileSource): Promise<string> {
  const { management } = provider.apis
  const path = { participantContextId: provider.participantContextId }
  const assetId = 'parts-footprint'
  const made = (call: Promise<unknown>) =>
    call.catch((error) => (saysExists(error) ? undefined : Promise.reject(error)))
  await made(
    management.call('POST /participants/{participantContextId}/assets', {
      path,
      body: {
        '@context': [managementContext],
        '@type': 'Asset',
        '@id': assetId,
        properties: { name: source.name, contenttype: 'application/octet-stream' },
        dataAddress: { '@type': 'DataAddress', type: 'HttpData', baseUrl: source.url },
      },
    }),
  )
  await made(
    management.call('POST /participants/{participantContextId}/policydefinitions', {
      path,
      body: {
        '@context': [managementContext],
        '@type': 'PolicyDefinition',
        '@id': 'members-only',
        policy: {
          '@type': 'Set',
          permission: [
            {
              action: 'use',
              constraint: [{ leftOperand: 'MembershipCredential', operator: 'eq', rightOperand: 'active' }],
            },
          ],
        },
      },
    }),
  )
  await made(
    management.call('POST /participants/{participantContextId}/policydefinitions', {
      path,
      body: {
        '@context': [managementContext],
        '@type': 'PolicyDefinition',
        '@id': 'every-participant',
        policy: { '@type': 'Set', permission: [{ action: 'use' }] },
      },
    }),
  )
  await made(
    management.call('POST /participants/{participantContextId}/contractdefinitions', {
      path,
      body: {
        '@context': [managementContext],
        '@type': 'ContractDefinition',
        '@id': 'footprints',
        accessPolicyId: 'every-participant',
        contractPolicyId: 'members-only',
        assetsSelector: [
          {
            '@type': 'Criterion',
            operandLeft: 'https://w3id.org/edc/v0.0.1/ns/id',
            operator: '=',
            operandRight: assetId,
          },
        ],
      },
    }),
  )
  return assetId
}

/** Reads the provider's catalog over DSP and picks the offer for an asset. */
export async function findOffer(consumer: Organisation, provider: Organisation, assetId: string): Promise<Offer> {
  const { body } = await consumer.apis.management.call('POST /participants/{participantContextId}/catalog/request', {
    path: { participantContextId: consumer.participantContextId },
    body: {
      '@context': [managementContext],
      '@type': 'CatalogRequest',
      counterPartyAddress: provider.dspAddress,
      counterPartyId: provider.did,
      protocol: dataspaceProfile,
    },
  })
  const datasets = (body.dataset ?? []) as { '@id': string; hasPolicy: OfferedPolicy[] }[]
  const policy = datasets.find((dataset) => dataset['@id'] === assetId)?.hasPolicy[0]
  if (!policy)
    throw new WeftError(demoErrors['went-wrong'], {
      message: `${provider.name} offers ${consumer.name} no ${assetId}.`,
    })
  return { assetId, policy }
}

/** Asks for a contract and waits for its end, whichever it is. A negotiation that `id` names is looked at, not begun again. */
export async function negotiate(
  consumer: Organisation,
  provider: Organisation,
  offer: Offer,
  id: string,
): Promise<Ending> {
  const { management } = consumer.apis
  const path = { participantContextId: consumer.participantContextId }
  const begun = management.call('POST /participants/{participantContextId}/contractnegotiations', {
    path,
    body: {
      '@context': [managementContext],
      '@type': 'ContractRequest',
      '@id': id,
      counterPartyAddress: provider.dspAddress,
      protocol: dataspaceProfile,
      policy: { ...offer.policy, '@type': 'Offer', assigner: provider.did, target: offer.assetId },
    },
  })
  const negotiationId = await idOfBegun(begun, id)
  return until(`The negotiation ${negotiationId}`, tradeDeadlineMs, async () => {
    const { body } = await management.call('GET /participants/{participantContextId}/contractnegotiations/{id}', {
      path: { ...path, id: negotiationId },
    })
    if (body.state !== 'FINALIZED' && body.state !== 'TERMINATED') return undefined
    return {
      negotiationId,
      state: body.state,
      agreementId: body.contractAgreementId,
      errorCode: body.errorCode,
      reason: body.errorDetail,
    }
  })
}

/** The id of a process that was begun now or, when the answer says that it exists, in an earlier try of the step. */
async function idOfBegun(begun: Promise<{ readonly body: { readonly '@id': string } }>, id: string): Promise<string> {
  try {
    return (await begun).body['@id']
  } catch (error) {
    if (saysExists(error)) return id
    throw error
  }
}

/** A negotiation that has to succeed. */
export async function agree(consumer: Organisation, provider: Organisation, offer: Offer, id: string): Promise<string> {
  const ending = await negotiate(consumer, provider, offer, id)
  if (ending.agreementId === undefined || ending.state !== 'FINALIZED') {
    throw new WeftError(demoErrors['went-wrong'], {
      message: `The negotiation ${ending.negotiationId} ended ${ending.state}: ${ending.errorCode} ${ending.reason}`,
    })
  }
  return ending.agreementId
}

/**
 * Asks for the data under an agreement and waits until the provider has given address and token. A transfer that `id`
 * names is looked at, not begun again.
 */
export async function startTransfer(
  consumer: Organisation,
  provider: Organisation,
  agreementId: string,
  id: string,
): Promise<{ readonly transferId: string; readonly address: DataAddress }> {
  const { management } = consumer.apis
  const path = { participantContextId: consumer.participantContextId }
  const begun = management.call('POST /participants/{participantContextId}/transferprocesses', {
    path,
    body: {
      '@context': [managementContext],
      '@type': 'TransferRequest',
      '@id': id,
      counterPartyAddress: provider.dspAddress,
      protocol: dataspaceProfile,
      contractId: agreementId,
      transferType: 'HttpData-PULL',
    },
  })
  const transferId = await idOfBegun(begun, id)
  await untilTransfer(consumer, transferId, 'STARTED')
  const { body } = await management.call('GET /participants/{participantContextId}/edrs/{transferId}/dataaddress', {
    path: { ...path, transferId },
  })
  const { endpoint, authorization } = body
  if (endpoint === undefined || authorization === undefined) {
    throw new WeftError(demoErrors['went-wrong'], { message: `The transfer ${transferId} has no endpoint and token.` })
  }
  return { transferId, address: { endpoint, authorization } }
}

/** Ends a transfer from the consumer's side and waits until it is over. */
export async function endTransfer(consumer: Organisation, transferId: string): Promise<void> {
  const path = { participantContextId: consumer.participantContextId, id: transferId }
  const body = {
    '@context': [managementContext],
    '@type': 'TerminateTransfer' as const,
    reason: 'the demo has what it needs',
  }
  await consumer.apis.management
    .call('POST /participants/{participantContextId}/transferprocesses/{id}/terminate', { path, body })
    .catch((error) => (saysExists(error) ? undefined : Promise.reject(error)))
  await untilTransfer(consumer, transferId, 'TERMINATED')
}

function untilTransfer(consumer: Organisation, transferId: string, state: string): Promise<true> {
  return until(`The transfer ${transferId} becoming ${state}`, tradeDeadlineMs, async () => {
    const { body } = await consumer.apis.management.call(
      'GET /participants/{participantContextId}/transferprocesses/{id}',
      {
        path: { participantContextId: consumer.participantContextId, id: transferId },
      },
    )
    if (body.state === state) return true
    if (body.state === 'TERMINATED' || body.state === 'COMPLETED') {
      throw new WeftError(demoErrors['went-wrong'], {
        message: `The transfer ${transferId} ended ${body.state}: ${body.errorCode} ${body.errorDetail}`,
      })
    }
    return undefined
  })
}

/** Downloads into a file, with the digest taken on the way. Whatever cuts it, here or there, ends as this call's error. */
export async function download(address: DataAddress, file: string, outbound: OutboundClient): Promise<Download> {
  const hash = createHash('sha256')
  let bytes = 0
  const target = await open(file, 'w')
  const meter = new Writable({
    highWaterMark: 256 * 1024,
    write(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      bytes += chunk.length
      target.writeFile(chunk).then(() => done(), done)
    },
  })
  try {
    const head = await outbound.stream(request(address), () => meter)
    if (head.status !== 200) {
      throw new WeftError(demoErrors['went-wrong'], {
        message: `The data plane answered the download with ${head.status}.`,
      })
    }
    return { bytes, sha256: hash.digest('hex') }
  } finally {
    await target.close()
  }
}

/**
 * Tries the token of a terminated transfer until it is refused, and gives the code of the refusal. The provider has
 * acknowledged the termination before its data plane is told, so data may leave for a moment yet, and is cut then.
 */
export function refusalOf(address: DataAddress, outbound: OutboundClient): Promise<string> {
  return until('The refusal of the old token', refusalDeadlineMs, async () => {
    const response = await outbound.send(request(address)).catch((error: unknown) => {
      if (error instanceof WeftError) return undefined
      throw error
    })
    // Of the data plane's own troubles none is a refusal.
    if (response === undefined || response.status < 400 || response.status >= 500) return undefined
    const { code } = response.json() as { code?: unknown }
    if (typeof code === 'string') return code
    throw new WeftError(demoErrors['went-wrong'], {
      message: `The old token was answered ${response.status} without a code.`,
    })
  })
}

function request({ endpoint, authorization }: DataAddress) {
  return {
    method: 'GET',
    url: endpoint,
    headers: { authorization: `Bearer ${authorization}` },
    purpose: 'demo.download',
  } as const
}

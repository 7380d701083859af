import { dataspaceProfile, managementContext } from '@weft/sdk/demo'
import { type AgreementPeer, createAgreementPeer, type PreparedAgreement } from '../agreements.ts'
import { type CounterpartServer, serveCounterpart } from '../counterpart-server.ts'
import type { HostedPlatform } from '../platform.ts'
import { workloadOf } from '../workload.ts'
import { claim } from './claimed-identity.ts'
import type { ControlPlaneUnderTest } from './control-plane-peer.ts'
import { call, expectSuccess } from './expectations.ts'

const patienceMs = 7000
const datasetId = 'shared'

/** The data plane that the control plane is given. */
export interface GivenPlane {
  readonly url: string
  /** Where the control plane gets its tokens for it. */
  readonly tokenUrl: string
  /** No other data plane of the participant has it. */
  readonly transferType: string
}

/** The names under which the suite is a counterparty; the official kit uses the same. */
const counterparts = {
  consumer: { id: 'consumerId', authorization: claim('consumerId') },
  provider: { id: 'providerId', authorization: claim('providerId') },
}

/** The counterparty's address must be known to the platform before it starts. */
export function agreementPeer(): Promise<AgreementPeer> {
  return createAgreementPeer(counterparts)
}

/**
 * Gives the participant a data plane that the suite plays, a data set, and an agreement in each role; serves what the
 * suite calls besides the protocols: a trigger, and an entrance to signaling for a data plane that sends no token.
 */
export async function setUpControlPlane(
  hosted: HostedPlatform,
  peer: AgreementPeer,
  plane: GivenPlane,
): Promise<{ readonly target: ControlPlaneUnderTest; readonly stop: () => Promise<void> }> {
  const { participant, outbound, signalingUrl, operator } = hosted
  await operator.management.call('PUT /dataspaceprofiles', {
    body: {
      '@context': [managementContext],
      '@type': 'DataspaceProfile',
      name: dataspaceProfile,
      protocol: { version: '2025-1', binding: 'HTTPS', namespace: 'https://w3id.org/dspace/2025/1/' },
      trustedIssuers: [{ '@id': hosted.issuerDid, supportedTypes: ['*'] }],
      // The official kit names any process as consumer, and its data plane gives no address.
      transferRules: { pids: 'path', dataAddress: 'optional' },
    },
  })
  const signaling = `${signalingUrl}/api/signaling/participants/${participant.participantContextId}`
  const workload = await workloadOf(hosted, 'conformance-plane', ['signaling:dataflow:write'])
  const token = `Bearer ${await workload.token()}`
  expectSuccess(
    'the registration of a data plane',
    await call(
      'PUT',
      `${signaling}/dataplanes`,
      { authorization: token },
      {
        dataplaneId: 'conformance-plane',
        endpoint: plane.url,
        profiles: [plane.transferType],
        authorization: {
          type: 'oauth2_client_credentials',
          tokenEndpoint: plane.tokenUrl,
          clientId: 'participant',
          clientSecret: 'known to nobody else',
        },
      },
    ),
  )
  await publishDataset(hosted)
  const maker = peer.of(participant, outbound)
  const agreements = { provider: await maker.asProvider(datasetId), consumer: await maker.asConsumer() }
  const trigger = await serveTrigger(hosted, agreements.consumer, plane.transferType)
  const entrance = await serveCounterpart(async ({ path: rest, body }) => {
    const answer = await call(
      'POST',
      `${signaling}${rest}`,
      { authorization: token },
      body as Readonly<Record<string, unknown>>,
    )
    return { status: answer.status, body: answer.body }
  })
  return {
    target: {
      protocolUrl: participant.dspAddress,
      signalingUrl: entrance.url,
      triggerUrl: trigger.url,
      agreements: { provider: agreements.provider.agreementId, consumer: agreements.consumer.agreementId },
      datasetId,
      transferType: plane.transferType,
      patienceMs,
    },
    stop: async () => {
      await trigger.close()
      await entrance.close()
    },
  }
}

async function publishDataset({ participant }: HostedPlatform): Promise<void> {
  const path = { participantContextId: participant.participantContextId }
  const context = { '@context': [managementContext] }
  const { management } = participant.apis
  await management.call('POST /participants/{participantContextId}/assets', {
    path,
    body: {
      ...context,
      '@type': 'Asset',
      '@id': datasetId,
      properties: { name: 'A data set' },
      dataAddress: { '@type': 'DataAddress', type: 'HttpData', baseUrl: 'https://data.example/source' },
    },
  })
  await management.call('POST /participants/{participantContextId}/policydefinitions', {
    path,
    body: {
      ...context,
      '@type': 'PolicyDefinition',
      '@id': 'use',
      policy: { '@type': 'Set', permission: [{ action: 'use' }] },
    },
  })
  await management.call('POST /participants/{participantContextId}/contractdefinitions', {
    path,
    body: {
      ...context,
      '@type': 'ContractDefinition',
      '@id': 'everything',
      accessPolicyId: 'use',
      contractPolicyId: 'use',
      assetsSelector: [],
    },
  })
}

/** Begins a transfer as the participant's own client does. */
function serveTrigger(
  { participant }: HostedPlatform,
  { contractId }: PreparedAgreement,
  transferType: string,
): Promise<CounterpartServer> {
  return serveCounterpart(async ({ body }) => {
    const { dspUrl } = body as { readonly dspUrl: string }
    const { body: begun } = await participant.apis.management.call(
      'POST /participants/{participantContextId}/transferprocesses',
      {
        path: { participantContextId: participant.participantContextId },
        body: {
          '@context': [managementContext],
          '@type': 'TransferRequest',
          counterPartyAddress: dspUrl,
          protocol: dataspaceProfile,
          contractId,
          transferType,
        },
      },
    )
    return { status: 200, body: { id: begun['@id'] } }
  })
}

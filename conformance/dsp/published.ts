import type { Organisation } from '@weft/sdk/demo'
import { managementContext } from '@weft/sdk/demo'
import type { CounterpartServer } from '../counterpart-server.ts'
import { kitTransferType } from './flows.ts'

/** The dataset of the agreements that the transfer tests begin with; its negotiations need nobody's word. */
export const sharedAsset = 'shared'

const idProperty = 'https://w3id.org/edc/v0.0.1/ns/id'

/**
 * Publishes the datasets that the kit asks for under one policy that permits use. Their negotiations wait for commands.
 * @param flows the data plane that the participant's transfers of the kit's type go to
 */
export async function publishDatasets(
  { apis: { management }, participantContextId }: Organisation,
  assetIds: readonly string[],
  flows: CounterpartServer,
): Promise<void> {
  const path = { participantContextId }
  const context = { '@context': [managementContext] }
  await management.call('PUT /participants/{participantContextId}/dataplanes', {
    path,
    body: {
      dataplaneId: 'conformance-flows',
      endpoint: flows.url,
      profiles: [kitTransferType],
      authorization: {
        type: 'oauth2_client_credentials',
        tokenEndpoint: `${flows.url}/token`,
        clientId: 'participant',
        clientSecret: 'known to nobody else',
      },
    },
  })
  for (const id of [...assetIds, sharedAsset]) {
    await management.call('POST /participants/{participantContextId}/assets', {
      path,
      body: {
        ...context,
        '@type': 'Asset',
        '@id': id,
        properties: { name: `Data set ${id}` },
        dataAddress: { '@type': 'DataAddress', type: 'HttpData', baseUrl: 'https://data.example/source' },
      },
    })
  }
  await management.call('POST /participants/{participantContextId}/policydefinitions', {
    path,
    body: {
      ...context,
      '@type': 'PolicyDefinition',
      '@id': 'P123',
      policy: { '@type': 'Set', permission: [{ action: 'use' }] },
    },
  })
  const define = (id: string, negotiation: 'automatic' | 'manual', assets: readonly string[]) =>
    management.call('POST /participants/{participantContextId}/contractdefinitions', {
      path,
      body: {
        ...context,
        '@type': 'ContractDefinition',
        '@id': id,
        accessPolicyId: 'P123',
        contractPolicyId: 'P123',
        negotiation,
        assetsSelector: [{ '@type': 'Criterion', operandLeft: idProperty, operator: 'in', operandRight: [...assets] }],
      },
    })
  await define('CD123', 'manual', assetIds)
  await define('CD-shared', 'automatic', [sharedAsset])
}

import { managementContext } from '@weft/sdk/demo'
import type { KitProperties } from '../kit.ts'
import type { HostedPlatform } from '../platform.ts'
import { kitDid } from './kit-dids.ts'
import { kitTolerance } from './tolerance.ts'

const profile = 'conformance-dcp'

/**
 * The participant under test gets one more dataspace profile: it trusts the kit's issuer and asks everybody for a
 * membership credential. What the kit triggers is a catalog request.
 */
export async function prepareVerifier(hosted: HostedPlatform, kitUrl: string): Promise<KitProperties> {
  const { operator, participant } = hosted
  const context = { '@context': [managementContext] }
  await operator.management.call('POST /dataspaceprofiles', {
    body: {
      ...context,
      '@type': 'DataspaceProfile',
      name: profile,
      protocol: { version: '2025-1', binding: 'HTTPS', namespace: 'https://w3id.org/dspace/2025/1/' },
      trustedIssuers: [{ '@id': kitDid(kitUrl, 'issuer'), supportedTypes: ['*'] }],
      trust: kitTolerance,
    },
  })
  await operator.management.call('POST /dcpscopes', {
    body: {
      ...context,
      '@type': 'DcpScope',
      '@id': 'conformance-membership',
      type: 'DEFAULT',
      value: 'org.eclipse.dspace.dcp.vc.type:MembershipCredential:read',
      profile,
    },
  })
  const path = { participantContextId: participant.participantContextId }
  const { body: current } = await operator.management.call('GET /participants/{participantContextId}/profiles', {
    path,
  })
  await operator.management.call('PUT /participants/{participantContextId}/profiles', {
    path,
    body: {
      ...context,
      '@type': 'AssociateDataspaceProfile',
      profiles: [...current.map(({ name }) => name), profile],
    },
  })
  return {
    'dataspacetck.did.verifier': participant.did,
    'dataspacetck.did.holder': kitDid(kitUrl, 'holder'),
    'dataspacetck.did.thirdparty': kitDid(kitUrl, 'thirdparty'),
    'dataspacetck.vpp.trigger.endpoint': `${participant.dspAddress.replace(/[^/]+$/, profile)}/catalog/request`,
  }
}

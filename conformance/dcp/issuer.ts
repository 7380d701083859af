import type { KitProperties } from '../kit.ts'
import type { HostedPlatform } from '../platform.ts'
import { didBelow, kitDid } from './kit-dids.ts'

const issuerContext = 'conformance-issuer'

/** An issuer of its own with exactly the two credentials that the kit asks for, and the kit's holder on its books. */
export async function prepareIssuer(hosted: HostedPlatform, kitUrl: string): Promise<KitProperties> {
  const { issuer } = hosted.operator
  const did = didBelow(hosted.platform.governance.publicUrl, issuerContext)
  const holder = kitDid(kitUrl, 'holder')
  const path = { participantContextId: issuerContext }
  await issuer.call('POST /participants', { body: { participantContextId: issuerContext, did } })
  await issuer.call('POST /participants/{participantContextId}/attestations', {
    path,
    body: { id: 'holder-record', attestationType: 'holder', configuration: {} },
  })
  for (const credentialType of ['MembershipCredential', 'SensitiveDataCredential']) {
    await issuer.call('POST /participants/{participantContextId}/credentialdefinitions', {
      path,
      body: {
        id: credentialType,
        credentialType,
        format: 'vc11-sl2021/jwt',
        attestations: ['holder-record'],
        rules: [],
        mappings: [{ input: 'name', output: 'credentialSubject.name', required: true }],
        validity: 24 * 3600,
      },
    })
  }
  await issuer.call('POST /participants/{participantContextId}/holders', {
    path,
    body: { holderId: holder, did: holder, name: 'The kit’s holder' },
  })
  return { 'dataspacetck.did.issuer': did, 'dataspacetck.did.holder': holder }
}

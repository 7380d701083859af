import { freePort } from '@weft/foundation/http-testing'
import { type KitProperties, type KitTest, runKit } from '../kit.ts'
import { type HostedPlatform, hostPlatform } from '../platform.ts'
import { prepareCredentialService } from './credential-service.ts'
import { prepareIssuer } from './issuer.ts'
import { kitTolerance } from './tolerance.ts'
import { prepareVerifier } from './verifier.ts'

/** One role under test, with what it needs beforehand. */
interface Role {
  readonly name: string
  readonly packages: readonly string[]
  readonly prepare: (hosted: HostedPlatform, kitUrl: string) => Promise<KitProperties>
}

const presentation = 'org.eclipse.dataspacetck.dcp.verification.presentation'
const issuance = 'org.eclipse.dataspacetck.dcp.verification.issuance'

const roles: readonly Role[] = [
  {
    name: 'credential-service',
    packages: [`${presentation}.cs`, `${issuance}.cs`],
    prepare: prepareCredentialService,
  },
  { name: 'issuer', packages: [`${issuance}.issuer`], prepare: prepareIssuer },
  { name: 'verifier', packages: [`${presentation}.verifier`], prepare: prepareVerifier },
]

/** Tests of release candidate 6 that contradict DCP 1.0.2: the arguments are in conformance/README.md. */
export const contradictingTests = ['cs_05_04_01_02_invalidScopeEscalationRequest', 'is_6_4_1_credentialRequest']

/**
 * Runs the official DCP kit against credential service, issuer and verifier of one platform: the same services as always,
 * with the tolerance towards the kit's documents that an operator may set (see README).
 */
export async function runDcpKit(folder: string): Promise<readonly KitTest[]> {
  const ports = [await freePort(), await freePort(), await freePort()] as const
  const urls = ports.map((port) => `http://localhost:${port}`)
  const hosted = await hostPlatform(folder, urls, { trust: kitTolerance })
  const tests: KitTest[] = []
  try {
    for (const [index, role] of roles.entries()) {
      const url = String(urls[index])
      const properties = await role.prepare(hosted, url)
      tests.push(
        ...(await runKit('dcp', `dcp-${role.name}`, folder, {
          'dataspacetck.debug': 'false',
          'dataspacetck.host': '127.0.0.1',
          'dataspacetck.port': String(ports[index]),
          'dataspacetck.callback.address': url,
          'dataspacetck.test.package': role.packages.join(','),
          ...properties,
        })),
      )
    }
    return tests
  } finally {
    await hosted.stop()
  }
}

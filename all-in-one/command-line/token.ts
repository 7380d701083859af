import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { createWorkloadTokens } from '@weft/foundation/access'
import { WeftError } from '@weft/foundation/errors'
import { createOutboundClient } from '@weft/foundation/http'
import { loadVaultKey } from '@weft/foundation/secrets'
import { createLogger } from '@weft/foundation/telemetry'
import { loopbackDeployment } from '../deployment.ts'
import { recordDeployment } from '../deployment-record.ts'
import { allInOneErrors } from '../errors.ts'
import { derivedSecret, operators } from '../workloads.ts'

/** `weft token [admin|provisioner]`: an access token for the administration APIs of the platform that runs on this state. */
export async function token(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { state: { type: 'string', default: 'data' } },
    allowPositionals: true,
  })
  const [who = 'admin'] = positionals
  if (who !== 'admin' && who !== 'provisioner') {
    console.error('Say whose token: admin or provisioner.')
    return 2
  }
  if (!existsSync(`${values.state}.key`)) throw new WeftError(allInOneErrors['no-state'], { field: values.state })
  const { basePort } = recordDeployment(values.state, undefined, 0)
  const { identityProviderUrl } = loopbackDeployment(basePort)
  const outbound = createOutboundClient({
    allowedOrigins: [identityProviderUrl],
    logger: createLogger({ component: 'weft', level: 'silent' }),
  })
  try {
    const { clientId } = operators[who]
    const clientSecret = derivedSecret(loadVaultKey(`${values.state}.key`), clientId)
    const tokens = createWorkloadTokens({ tokenUrl: `${identityProviderUrl}/token`, clientId, clientSecret, outbound })
    console.log(await tokens.token())
  } finally {
    await outbound.close()
  }
  return 0
}

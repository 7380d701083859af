import { parseArgs } from 'node:util'
import { createWorkloadTokens } from '@weft/foundation/access'
import { createOutboundClient } from '@weft/foundation/http'
import { createLogger } from '@weft/foundation/telemetry'
import { platformAt } from '../all-in-one.ts'

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
  const platform = await platformAt(values.state)
  const issuer = platform.identityProvider.publicUrl
  const outbound = createOutboundClient({
    allowedOrigins: [issuer],
    logger: createLogger({ component: 'weft', level: 'silent' }),
  })
  try {
    console.log(await createWorkloadTokens({ ...platform[who], tokenUrl: `${issuer}/token`, outbound }).token())
  } finally {
    await outbound.close()
  }
  return 0
}

import { createWorkloadTokens } from '@weft/foundation/access'
import type { HostedPlatform } from './platform.ts'

/** A client of the platform's identity provider with just these scopes, as an operator makes one for a plane or an agent. */
export async function workloadOf(
  { operator, outbound, platform }: HostedPlatform,
  clientId: string,
  scopes: readonly string[],
): Promise<{ token(): Promise<string> }> {
  const path = { clientId }
  await operator.identityProvider.call('PUT /clients/{clientId}', { path, body: { role: 'workload', scopes } })
  const { body } = await operator.identityProvider.call('POST /clients/{clientId}/secret', { path })
  return createWorkloadTokens({ ...body, tokenUrl: `${platform.identityProvider.publicUrl}/token`, outbound })
}

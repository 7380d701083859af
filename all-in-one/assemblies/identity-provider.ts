import { Assembly } from '@weft/foundation/assembly'
import { vaultKey } from '@weft/foundation/secrets'
import { identityProviderModule } from '@weft/identity-provider'
import { operators, workloads } from '../workloads.ts'
import { foundationModules, given, type Surroundings } from './shared.ts'

/** The built-in identity provider, with the clients of our services and of the operator. */
export async function identityProviderAssembly(surroundings: Surroundings): Promise<Assembly> {
  const { modules } = foundationModules('identity-provider', surroundings)
  const clients = [...Object.values(workloads), ...Object.values(operators)]
  return new Assembly('identity-provider', [
    ...modules,
    given(vaultKey, await surroundings.vault()),
    identityProviderModule({
      publicUrl: surroundings.deployment.identityProviderUrl,
      clients: clients.map((client) => ({ ...client, clientSecret: surroundings.secretOf(client.clientId) })),
      logger: surroundings.logger,
    }),
  ])
}

import { Assembly } from '@weft/foundation/assembly'
import { vaultKey } from '@weft/foundation/secrets'
import { issuerServiceModule } from '@weft/issuer-service'
import { foundationModules, given, type Surroundings } from './shared.ts'

/** What a governance authority runs, outside every cell: the issuer service and its vault. */
export async function governanceAssembly(surroundings: Surroundings): Promise<Assembly> {
  const { modules } = foundationModules('governance', surroundings)
  return new Assembly('governance', [
    ...modules,
    given(vaultKey, await surroundings.vault()),
    issuerServiceModule({ publicUrl: surroundings.deployment.governancePublicUrl, trust: surroundings.trust ?? {} }),
  ])
}

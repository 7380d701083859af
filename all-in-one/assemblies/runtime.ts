import { controlPlaneModule } from '@weft/control-plane'
import { dataPlaneModule } from '@weft/data-plane'
import { Assembly, type ServiceModule } from '@weft/foundation/assembly'
import { listenersKey, registerApi } from '@weft/foundation/http'
import { type Vault, type VaultAdministration, vaultApi, vaultKey } from '@weft/foundation/secrets'
import { identityHubModule } from '@weft/identity-hub'
import { serviceUrl } from '../deployment.ts'
import { workloads } from '../workloads.ts'
import { foundationModules, given, type Surroundings, workloadSettings } from './shared.ts'

/** A cell: control plane, identity hub, data plane and their vault. */
export async function runtimeAssembly(surroundings: Surroundings): Promise<Assembly> {
  const { deployment } = surroundings
  const publicUrl = deployment.runtimePublicUrl
  const signalingUrl = serviceUrl(deployment, 'runtime', 'signaling')
  const { modules, verifier } = foundationModules('runtime', surroundings)
  const vault = await surroundings.vault()
  return new Assembly('runtime', [
    ...modules,
    given(vaultKey, vault),
    vaultAdministration(vault),
    identityHubModule(
      {
        publicUrl,
        credentialRequestDeadlineSeconds: 600,
        keyRotationDays: 90,
        credentialRenewalShare: 1 / 3,
        trust: surroundings.trust ?? {},
      },
      { verifier },
    ),
    controlPlaneModule(
      {
        publicUrl,
        stsUrl: `${serviceUrl(deployment, 'runtime', 'internal')}/sts/tokens`,
        workload: workloadSettings(surroundings, workloads.controlPlane),
        retry: { limit: 8, baseMs: 500, maxMs: 30_000 },
        deadlines: { negotiationMs: 600_000, decisionMs: 7 * 86_400_000, transferMs: 600_000 },
      },
      { ...surroundings.controlPlane, verifier },
    ),
    dataPlaneModule(
      {
        publicUrl,
        signalingUrl,
        controlPlaneUrl: `${signalingUrl}/api/signaling`,
        stsUrl: `${serviceUrl(deployment, 'runtime', 'internal')}/sts/token`,
        workload: workloadSettings(surroundings, workloads.dataPlane),
        trust: { relationships: surroundings.trust?.relationships ?? 'required' },
      },
      { ...surroundings.dataPlane, verifier },
    ),
  ])
}

/** Where the access agent opens and closes the partitions of participants. */
function vaultAdministration(vault: Vault & VaultAdministration): ServiceModule {
  return {
    name: 'vault administration',
    requires: [listenersKey],
    prepare: (context) =>
      registerApi(context.require(listenersKey).app('internal'), vaultApi({ vault, prefix: '/vault/v1' })),
  }
}

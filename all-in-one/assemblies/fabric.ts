import { agentsModules } from '@weft/agents'
import { Assembly, type ServiceModule } from '@weft/foundation/assembly'
import { createPostgresqlMessaging, type Messaging, messagingKey } from '@weft/foundation/messaging'
import { provisionManagerModule } from '@weft/provision-manager'
import { tenantManagerModule } from '@weft/tenant-manager'
import { serviceUrl } from '../deployment.ts'
import { workloads } from '../workloads.ts'
import { foundationModules, type Surroundings, workloadSettings } from './shared.ts'

/** The fabric manager: both managers and all agents. Together in one process they share its memory; see ARCHITECTURE.md. */
export async function fabricAssembly(surroundings: Surroundings): Promise<Assembly> {
  return new Assembly('fabric', [
    ...foundationModules('fabric', surroundings).modules,
    messagingModule(surroundings),
    tenantManagerModule({ deploymentDeadlineMs: 30 * 60_000 }),
    provisionManagerModule({ orchestrationDeadlineMs: 15 * 60_000 }),
    ...agents(surroundings),
  ])
}

function messagingModule({ database, logger }: Surroundings): ServiceModule {
  let opened: Messaging | undefined
  return {
    name: 'messaging',
    provides: [messagingKey],
    init: async (context) => {
      opened = await createPostgresqlMessaging({ database, logger })
      context.provide(messagingKey, opened)
    },
    shutdown: () => opened?.close(),
  }
}

function agents(surroundings: Surroundings): ServiceModule[] {
  const { deployment } = surroundings
  const admin = serviceUrl(deployment, 'runtime', 'admin')
  const identityUrl = `${admin}/api/identity/v1beta`
  const publicUrl = deployment.runtimePublicUrl
  const workload = (client: (typeof workloads)[keyof typeof workloads]) => workloadSettings(surroundings, client)
  return agentsModules({
    access: {
      workload: workload(workloads.accessAgent),
      clientsUrl: `${serviceUrl(deployment, 'identity-provider', 'admin')}/clients/v1`,
      vaultUrl: `${serviceUrl(deployment, 'runtime', 'internal')}/vault/v1`,
    },
    controlPlane: {
      workload: workload(workloads.controlPlaneAgent),
      managementUrl: `${admin}/api/management/v5beta`,
      profiles: ['http-dsp-profile-2025-1'],
    },
    identityHub: {
      workload: workload(workloads.identityHubAgent),
      identityUrl,
      credentialServiceUrl: `${publicUrl}/credentials/v1/participants/{participantContextId}`,
      dataServiceUrl: `${publicUrl}/dsp/{participantContextId}/.well-known/dspace-version`,
    },
    issuerRegistration: {
      workload: workload(workloads.issuerRegistrationAgent),
      issuerAdminUrl: `${serviceUrl(deployment, 'governance', 'admin')}/api/issuer/v1beta`,
      issuerContextId: 'issuer',
    },
    credentialOnboarding: { workload: workload(workloads.credentialOnboardingAgent), identityUrl },
    dataPlane: { workload: workload(workloads.dataPlaneAgent), dataPlaneUrl: `${admin}/api/data-plane/v1` },
  })
}

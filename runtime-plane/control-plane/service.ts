import { createWorkloadTokens, type TokenVerifier } from '@weft/foundation/access'
import type { ServiceModule } from '@weft/foundation/assembly'
import { databaseKey, type ServiceDatabase } from '@weft/foundation/database'
import { internalCalls, listenersKey, outboundKey, registerApi } from '@weft/foundation/http'
import { createProcesses, type Processes } from '@weft/foundation/processes'
import { vaultKey } from '@weft/foundation/secrets'
import { type Logger, loggerKey } from '@weft/foundation/telemetry'
import { createSchemaChecker } from '@weft/protocols/dcp'
import { createPlaneTokenVerifier } from '@weft/protocols/dps'
import { operandRegistry } from '@weft/protocols/policy'
import { type Clock, createDidResolver, createStatusChecker, fetchDocumentOver } from '@weft/protocols/trust'
import { managementApi } from './api/management/management-api.ts'
import { catalogEndpoints } from './api/protocol/catalog.ts'
import { negotiationEndpoints } from './api/protocol/negotiations.ts'
import { transferEndpoints } from './api/protocol/transfers.ts'
import { versionEndpoint } from './api/protocol/versions.ts'
import { signalingApi } from './api/signaling/signaling-api.ts'
import { createCounterparty } from './counterparty/counterparty.ts'
import { createDataPlaneCalls } from './counterparty/data-plane-calls.ts'
import { createDiscovery } from './counterparty/discovery.ts'
import { createDataspaceDirectory, type DataspaceDirectory } from './dataspace-directory.ts'
import { registerNegotiationTasks } from './negotiation/sending.ts'
import { createOwnContexts } from './own-contexts.ts'
import type { Parts } from './parts.ts'
import type { ControlPlaneSettings } from './settings.ts'
import { migrations, schema } from './store/migrations.ts'
import { forgetExpiredTokens } from './store/used-tokens.ts'
import { registerTransferTasks } from './transfer/sending.ts'
import { type CounterpartyIdentity, dcpIdentity } from './trust/counterparty-identity.ts'
import { createTokenService } from './trust/token-service.ts'

const forgetTokensEveryMs = 10 * 60_000

/** What a composition may replace. */
export interface ControlPlaneOptions {
  /** Milliseconds since the epoch; the system's when absent. */
  readonly clock?: Clock
  /** DCP when absent. */
  readonly identity?: CounterpartyIdentity
}

/**
 * The control plane of a cell: catalog, negotiations, agreements and transfers of many participant contexts. Needs the
 * listeners `public`, `admin` and `signaling`.
 */
export function controlPlaneModule(
  settings: ControlPlaneSettings,
  {
    verifier,
    clock = Date.now,
    identity: otherIdentity,
  }: ControlPlaneOptions & {
    /** Checks the workload tokens of the deployment. */
    readonly verifier: TokenVerifier
  },
): ServiceModule {
  let processes: Processes | undefined
  let directory: DataspaceDirectory | undefined
  let retention: NodeJS.Timeout | undefined
  return {
    name: 'control plane',
    requires: [databaseKey, listenersKey, outboundKey, vaultKey, loggerKey],
    prepare: async (context) => {
      const logger = context.require(loggerKey).child({ component: 'control-plane' })
      const database = context.require(databaseKey)
      const service = await database.forService(schema, migrations)
      const outbound = context.require(outboundKey)
      const vault = context.require(vaultKey)
      const engine = createProcesses({ database: service, exclusive: database.exclusive, logger })
      processes = engine
      const dataspaces = createDataspaceDirectory(service, logger)
      directory = dataspaces

      const { tokenUrl, clientId, clientSecret } = settings.workload
      const workloadTokens = createWorkloadTokens({
        tokenUrl,
        clientId,
        clientSecret: clientSecret.reveal(),
        outbound: internalCalls(outbound),
      })
      const tokens = createTokenService({ url: settings.stsUrl, outbound, workloadTokens })
      const send: typeof outbound.send = (request) => outbound.send(request)
      const resolver = createDidResolver({ fetchDocument: fetchDocumentOver(send, { purpose: 'trust.did' }), clock })
      const fetchStatusList = fetchDocumentOver(send, { purpose: 'trust.status-list' })
      const statuses = createStatusChecker({ fetchStatusList, resolver, clock })
      const schemas = createSchemaChecker({ fetchSchema: fetchDocumentOver(send, { purpose: 'trust.schema' }), clock })
      const identity = otherIdentity ?? dcpIdentity({ outbound, tokens, resolver, statuses, schemas, clock })
      const parts: Parts = {
        database: service,
        processes: engine,
        vault,
        directory: dataspaces,
        ownContexts: createOwnContexts(service, dataspaces),
        logger,
        clock,
        operands: operandRegistry(),
        identity,
        counterparty: createCounterparty({ outbound, identity }),
        discovery: createDiscovery({ outbound, resolver }),
        dataPlanes: createDataPlaneCalls({ outbound, vault, workloadTokens, controlPlaneId: clientId, clock }),
        planeTokens: createPlaneTokenVerifier({ send, clock }),
        verifier,
        controlPlaneId: clientId,
        dspBase: (participantContextId, profile) =>
          `${settings.publicUrl.replace(/\/+$/, '')}/dsp/${participantContextId}/${profile}`,
        deadlines: settings.deadlines,
        retry: settings.retry,
      }
      registerNegotiationTasks(parts)
      registerTransferTasks(parts)

      const listeners = context.require(listenersKey)
      registerApi(listeners.app('admin'), managementApi(parts))
      registerApi(listeners.app('signaling'), signalingApi(parts))
      for (const endpoints of [versionEndpoint, catalogEndpoints, negotiationEndpoints, transferEndpoints]) {
        registerApi(listeners.app('public'), endpoints(parts))
      }
      retention = setInterval(() => forgetTokens(service, clock, logger), forgetTokensEveryMs).unref()
    },
    start: async () => {
      await directory?.start()
      await processes?.start()
    },
    finalize: async () => {
      clearInterval(retention)
      await processes?.stop()
      await directory?.stop()
    },
  }
}

function forgetTokens(database: ServiceDatabase, clock: Clock, logger: Logger): void {
  database
    .system('control-plane.forget-used-tokens', (tx) => forgetExpiredTokens(tx, new Date(clock())))
    .catch((error: unknown) => logger.warn('removing expired token ids failed; trying again later', { error }))
}

import { createWorkloadTokens } from '@weft/foundation/access'
import type { ServiceModule } from '@weft/foundation/assembly'
import { databaseKey, type ServiceDatabase } from '@weft/foundation/database'
import { internalCalls, listenersKey, outboundKey, registerApi } from '@weft/foundation/http'
import { createProcesses, type Processes } from '@weft/foundation/processes'
import { vaultKey } from '@weft/foundation/secrets'
import { secretText } from '@weft/foundation/settings'
import { loggerKey } from '@weft/foundation/telemetry'
import { type Static, Type } from 'typebox'
import { adminApi } from './api/admin.ts'
import { dataApi } from './api/data.ts'
import { signalingApi } from './api/signaling.ts'
import { listenForCuts } from './cuts.ts'
import { createDataFlows } from './data-flows.ts'
import { OpenStreams } from './domain/open-streams.ts'
import { createParticipants } from './participants.ts'
import { createSourceSecrets } from './source-secrets.ts'
import { migrations, schema } from './store/migrations.ts'
import { createTokenKeys } from './token-keys.ts'

/** Settings of the data plane. */
export const dataPlaneSettings = Type.Object({
  /** Origin of the public listener as consumers reach it. */
  publicUrl: Type.String({ format: 'uri', default: 'http://localhost:7100' }),
  /** Origin of our signaling listener as the control plane reaches it. */
  signalingUrl: Type.String({ format: 'uri', default: 'http://localhost:7102' }),
  /** The control plane's signaling API. */
  controlPlaneUrl: Type.String({ format: 'uri', default: 'http://localhost:7102/api/signaling' }),
  /** The data plane's own client at the identity provider. Its id is the id under which the control plane knows it. */
  workload: Type.Object({
    tokenUrl: Type.String({ format: 'uri', default: 'http://localhost:7130/token' }),
    clientId: Type.String({ minLength: 1, default: 'data-plane' }),
    clientSecret: secretText(),
  }),
})
export type DataPlaneSettings = Static<typeof dataPlaneSettings>

/** The data plane: administration (admin listener), Data Plane Signaling (signaling listener), data (public listener). */
export function dataPlaneModule(
  settings: DataPlaneSettings,
  /** Milliseconds since the epoch; a test hands its own. */
  clock: () => number = Date.now,
): ServiceModule {
  const streams = new OpenStreams()
  let database: ServiceDatabase
  let processes: Processes
  let stopListening: (() => Promise<void>) | undefined

  return {
    name: 'data-plane',
    requires: [databaseKey, listenersKey, outboundKey, vaultKey, loggerKey],
    init: async (context) => {
      const server = context.require(databaseKey)
      database = await server.forService(schema, migrations)
      const logger = context.require(loggerKey).child({ component: 'data-plane' })
      processes = createProcesses({ database, exclusive: server.exclusive, logger })
    },
    prepare: (context) => {
      const logger = context.require(loggerKey).child({ component: 'data-plane' })
      const outbound = context.require(outboundKey)
      const tokenKeys = createTokenKeys(context.require(vaultKey))
      const sourceSecrets = createSourceSecrets(context.require(vaultKey))
      const flows = createDataFlows({ database, processes, sourceSecrets, streams, clock, logger })
      const { tokenUrl, clientId, clientSecret } = settings.workload
      const tokens = createWorkloadTokens({
        tokenUrl,
        clientId,
        clientSecret: clientSecret.reveal(),
        outbound: internalCalls(outbound),
      })
      const participants = createParticipants({
        database,
        tokenKeys,
        flows,
        outbound,
        tokens,
        signalingUrl: settings.signalingUrl,
        controlPlaneUrl: settings.controlPlaneUrl,
        dataplaneId: clientId,
        clock,
      })
      const listeners = context.require(listenersKey)
      registerApi(listeners.app('admin'), adminApi(participants))
      registerApi(listeners.app('signaling'), signalingApi({ flows, tokenKeys, publicUrl: settings.publicUrl }))
      registerApi(
        listeners.app('public'),
        dataApi({ database, tokenKeys, sourceSecrets, streams, outbound, clock, logger }),
      )
    },
    start: async (context) => {
      const logger = context.require(loggerKey).child({ component: 'data-plane' })
      stopListening = await listenForCuts({ database, streams, logger })
      await processes.start()
    },
    finalize: async () => {
      await processes?.stop()
    },
    shutdown: async () => {
      streams.cutAll()
      await stopListening?.()
    },
  }
}

import { createWorkloadTokens, type TokenVerifier } from '@weft/foundation/access'
import type { ServiceModule } from '@weft/foundation/assembly'
import { databaseKey, type ServiceDatabase } from '@weft/foundation/database'
import { internalCalls, listenersKey, outboundKey, registerApi } from '@weft/foundation/http'
import { createProcesses, type Processes } from '@weft/foundation/processes'
import { vaultKey } from '@weft/foundation/secrets'
import { secretText } from '@weft/foundation/settings'
import { loggerKey } from '@weft/foundation/telemetry'
import { createPlaneTokenVerifier } from '@weft/protocols/dps'
import { createDidResolver, fetchDocumentOver } from '@weft/protocols/trust'
import { type Static, Type } from 'typebox'
import { createAddressBook } from './address-book.ts'
import { adminApi } from './api/admin.ts'
import { dataApi } from './api/data.ts'
import { receivingApi } from './api/receiving.ts'
import { renewalApi } from './api/renewal.ts'
import { signalingApi } from './api/signaling.ts'
import { type Carrying, handleCarrying } from './carrying.ts'
import { createClientTokens } from './client-tokens.ts'
import { createControlPlaneCalls } from './control-plane-calls.ts'
import { createControlPlanes } from './control-planes.ts'
import { listenForCuts } from './cuts.ts'
import { createDataFlows } from './data-flows.ts'
import { OpenStreams } from './domain/open-streams.ts'
import { type Transport, Transports } from './domain/transport.ts'
import { handleForgetting } from './forgetting.ts'
import { handleGettingReady } from './getting-ready.ts'
import { createParticipants } from './participants.ts'
import { createPeerAccess } from './peer-access.ts'
import { createPlaceSecrets } from './place-secrets.ts'
import { handleReports } from './reports.ts'
import { migrations, schema } from './store/migrations.ts'
import { createTokenKeys } from './token-keys.ts'
import { httpTransport } from './transports/http/http-transport.ts'

/** Settings of the data plane. */
export const dataPlaneSettings = Type.Object({
  /** Origin of the public listener as consumers reach it. */
  publicUrl: Type.String({ format: 'uri', default: 'http://localhost:7100' }),
  /** Origin of our signaling listener as the control plane reaches it. */
  signalingUrl: Type.String({ format: 'uri', default: 'http://localhost:7102' }),
  /** The control plane's signaling API. */
  controlPlaneUrl: Type.String({ format: 'uri', default: 'http://localhost:7102/api/signaling' }),
  /** Token endpoint of the identity hub, where participants' client tokens for renewals are made. */
  stsUrl: Type.String({ format: 'uri', default: 'http://localhost:7103/sts/token' }),
  /** The data plane's own client at the identity provider. Its id is the id under which the control plane knows it. */
  workload: Type.Object({
    tokenUrl: Type.String({ format: 'uri', default: 'http://localhost:7130/token' }),
    clientId: Type.String({ minLength: 1, default: 'data-plane' }),
    clientSecret: secretText(),
  }),
  /** What is relaxed for consumers whose DID documents list no relationships; strict when absent. */
  trust: Type.Optional(
    Type.Object({ relationships: Type.Optional(Type.Union([Type.Literal('required'), Type.Literal('optional')])) }),
  ),
})
export type DataPlaneSettings = Static<typeof dataPlaneSettings>

/** What a composition adds to, or replaces in, the data plane. */
export interface DataPlaneOptions {
  /** Checks the workload tokens of the deployment. */
  readonly verifier: TokenVerifier
  /** Beside HTTP; one of the same profile replaces it. The base is the built-in HTTP transport, to build on. */
  readonly transports?: (http: Transport) => readonly Transport[]
  /** Milliseconds since the epoch; the system's clock when absent. */
  readonly clock?: () => number
}

/** The data plane: administration (admin listener), Data Plane Signaling (signaling listener), data (public listener). */
export function dataPlaneModule(settings: DataPlaneSettings, options: DataPlaneOptions): ServiceModule {
  const { verifier, clock = Date.now } = options
  const streams = new OpenStreams()
  let database: ServiceDatabase
  let processes: Processes
  let carrying: Carrying | undefined
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
      const vault = context.require(vaultKey)
      const inside = internalCalls(outbound)
      const send: typeof outbound.send = (request) => outbound.send(request)
      const { publicUrl, signalingUrl, controlPlaneUrl } = settings
      const { tokenUrl, clientId: dataplaneId, clientSecret } = settings.workload
      const secret = clientSecret.reveal()
      const tokens = createWorkloadTokens({ tokenUrl, clientId: dataplaneId, clientSecret: secret, outbound: inside })
      const http = httpTransport(outbound)
      const transports = new Transports([http, ...(options.transports?.(http) ?? [])])
      const parts = { database, processes, transports, streams, clock, logger }

      const tokenKeys = createTokenKeys(vault)
      const placeSecrets = createPlaceSecrets(vault)
      const addresses = createAddressBook({ tokenKeys, publicUrl })
      const clientTokens = createClientTokens({ stsUrl: settings.stsUrl, outbound: inside, tokens })
      const peers = createPeerAccess({ placeSecrets, outbound, clientTokens, clock })
      const calls = createControlPlaneCalls({ outbound, vault, tokens, controlPlaneUrl, dataplaneId, clock })
      const planeTokens = createPlaneTokenVerifier({ send, clock })
      const controlPlanes = createControlPlanes({ database, vault, calls, planeTokens, dataplaneId, clock })
      const endpointOf = (contextId: string) => `${signalingUrl.replace(/\/$/, '')}/data-plane/${contextId}`

      const flows = createDataFlows({ ...parts, placeSecrets, peers })
      handleGettingReady(parts)
      handleReports({ ...parts, controlPlanes, addresses })
      handleForgetting({ ...parts, placeSecrets })
      carrying = handleCarrying({ ...parts, placeSecrets, peers })

      const participants = createParticipants({
        ...{ database, tokenKeys, placeSecrets, flows, calls, endpointOf, dataplaneId, clock },
        profiles: transports.profiles,
      })
      const resolver = createDidResolver({ fetchDocument: fetchDocumentOver(send, { purpose: 'trust.did' }), clock })
      const listeners = context.require(listenersKey)
      const atData = { ...parts, tokenKeys, placeSecrets, outbound }
      registerApi(listeners.app('admin'), adminApi(participants))
      registerApi(listeners.app('signaling'), signalingApi({ flows, controlPlanes, addresses, endpointOf, verifier }))
      registerApi(listeners.app('public'), dataApi(atData))
      registerApi(listeners.app('public'), receivingApi(atData))
      const trust = settings.trust ?? {}
      registerApi(listeners.app('public'), renewalApi({ ...parts, tokenKeys, resolver, trust }))
    },
    start: async (context) => {
      const logger = context.require(loggerKey).child({ component: 'data-plane' })
      stopListening = await listenForCuts({ database, streams, logger })
      await processes.start()
    },
    finalize: async () => {
      await carrying?.stop()
      await processes?.stop()
    },
    shutdown: async () => {
      streams.cutAll()
      await stopListening?.()
    },
  }
}

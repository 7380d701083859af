import type { TokenVerifier } from '@weft/foundation/access'
import type { ModuleContext, ServiceModule } from '@weft/foundation/assembly'
import { databaseKey } from '@weft/foundation/database'
import { listenersKey, outboundKey, registerApi } from '@weft/foundation/http'
import { createProcesses, type Processes } from '@weft/foundation/processes'
import { vaultKey } from '@weft/foundation/secrets'
import { loggerKey } from '@weft/foundation/telemetry'
import { createDidResolver, createStatusChecker, fetchDocumentOver, type TrustRules } from '@weft/protocols/trust'
import { credentialService } from './api/credential-service.ts'
import { didDocuments } from './api/did-documents.ts'
import { identityApi } from './api/identity-api.ts'
import { tokenService } from './api/token-service.ts'
import { createCredentialOffers } from './credential-offers.ts'
import { createCredentialRenewals } from './credential-renewals.ts'
import { createCredentialRequests } from './credential-requests.ts'
import { createDidVerifications } from './did-verification.ts'
import { createHeldStatuses } from './held-statuses.ts'
import { createKeyPairs } from './key-pairs.ts'
import { createOwnContexts } from './own-contexts.ts'
import { createParticipants } from './participants.ts'
import { createRenewalSchedule } from './renewal-schedule.ts'
import type { IdentityHubSettings } from './settings.ts'
import { createSigningKeys } from './signing-keys.ts'
import { hubMigrations, hubSchema } from './store/migrations.ts'

export interface IdentityHubOptions {
  /** Checks workload tokens at the STS: the verifier of the listeners, which may be absent from the protocol's routes. */
  readonly verifier: TokenVerifier
  /** Milliseconds since the epoch; the system's clock when absent. */
  readonly clock?: () => number
}

const dayMs = 24 * 3_600_000

/**
 * The identity hub: participant contexts with their DIDs, keys and credentials, the STS and the credential service.
 * Listeners: public (did.json, DCP), admin (identity API), internal (STS).
 */
export function identityHubModule(settings: IdentityHubSettings, options: IdentityHubOptions): ServiceModule {
  const clock = options.clock ?? Date.now
  let processes: Processes | undefined

  const assemble = async (context: ModuleContext): Promise<Processes> => {
    const logger = context.require(loggerKey).child({ component: 'identity-hub' })
    const vault = context.require(vaultKey)
    const listeners = context.require(listenersKey)
    const outbound = context.require(outboundKey)
    const host = context.require(databaseKey)
    const database = await host.forService(hubSchema, hubMigrations)

    const contexts = createOwnContexts(database, clock)
    const signingKeys = createSigningKeys(vault)
    const send = outbound.send.bind(outbound)
    const fetchDocument = fetchDocumentOver(send, { purpose: 'trust.did' })
    const resolver = createDidResolver({ fetchDocument, clock })
    const engine = createProcesses({ database, exclusive: host.exclusive, logger })
    const rules: TrustRules = settings.trust
    const renewals = createRenewalSchedule({ processes: engine, logger, clock })
    const credentialRequests = createCredentialRequests({
      database,
      processes: engine,
      contexts,
      signingKeys,
      resolver,
      send,
      logger,
      clock,
      deadlineMs: settings.credentialRequestDeadlineSeconds * 1000,
      renewals,
      renewalShare: settings.credentialRenewalShare,
    })
    const credentialOffers = createCredentialOffers({
      database,
      processes: engine,
      credentialRequests,
      renewals: createCredentialRenewals({ database, processes: engine, schedule: renewals, credentialRequests }),
      resolver,
      send,
      logger,
      clock,
    })
    const fetchStatusList = fetchDocumentOver(send, { purpose: 'trust.status-list' })
    const statuses = createStatusChecker({ fetchStatusList, resolver, clock })
    const heldStatuses = createHeldStatuses({ statuses, rules, logger })
    const keyPairs = createKeyPairs({
      database,
      processes: engine,
      vault,
      contexts,
      signingKeys,
      logger,
      clock,
      rotationMs: settings.keyRotationDays * dayMs,
    })
    const participants = createParticipants({ database, vault, contexts, signingKeys, keyPairs, logger, clock })
    const didVerifications = createDidVerifications({ database, keyPairs, fetchDocument, clock })
    const { publicUrl } = settings
    const { verifier } = options

    registerApi(
      listeners.app('admin'),
      identityApi({
        database,
        participants,
        keyPairs,
        didVerifications,
        credentialRequests,
        credentialOffers,
        heldStatuses,
        publicUrl,
        clock,
      }),
    )
    registerApi(listeners.app('internal'), tokenService({ contexts, signingKeys, vault, verifier, logger, clock }))
    registerApi(listeners.app('public'), didDocuments({ database, publicUrl, clock }))
    registerApi(
      listeners.app('public'),
      credentialService({
        database,
        contexts,
        signingKeys,
        credentialRequests,
        credentialOffers,
        heldStatuses,
        resolver,
        rules,
        clock,
      }),
    )
    return engine
  }

  return {
    name: 'identity-hub',
    requires: [databaseKey, listenersKey, outboundKey, vaultKey, loggerKey],
    prepare: async (context) => {
      processes = await assemble(context)
    },
    start: async () => {
      await processes?.start()
    },
    finalize: async () => {
      await processes?.stop()
    },
  }
}

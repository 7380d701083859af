import type { ServiceModule } from '@weft/foundation/assembly'
import { databaseKey, type ServiceDatabase } from '@weft/foundation/database'
import { listenersKey, outboundKey, registerApi } from '@weft/foundation/http'
import { createProcesses, type Processes, type TaskPolicy } from '@weft/foundation/processes'
import { vaultKey } from '@weft/foundation/secrets'
import { loggerKey } from '@weft/foundation/telemetry'
import { type Clock, createDidResolver, fetchDocumentOver, strictRules, type TrustRules } from '@weft/protocols/trust'
import { type Static, Type } from 'typebox'
import { adminApi } from './api/admin.ts'
import { issuanceApi } from './api/issuance.ts'
import { publicApi } from './api/public.ts'
import { issuerUrls } from './domain/issuer.ts'
import { handleIssuance } from './issuance.ts'
import { createIssuers } from './issuers.ts'
import { handleOffers } from './offers.ts'
import { beginKey, createSigningKeys } from './signing-keys.ts'
import { createStatusLists } from './status-lists.ts'
import { migrations, schema } from './store/migrations.ts'

/** Settings of the issuer service. */
export const issuerServiceSettings = Type.Object({
  /** Origin of its public listener as everybody reaches it: DIDs, issuance and status lists are made from it. */
  publicUrl: Type.String({ format: 'uri', default: 'http://localhost:7110' }),
  /**
   * How strictly holders are authenticated; strict when absent. `relationships`: `required` takes a token only with a key
   * that the DID document lists under `capabilityInvocation` (DCP-06); `optional` takes any key of the document, for
   * holders whose software lists none, such as the stock hub of EDC.
   */
  trust: Type.Optional(
    Type.Object(
      { relationships: Type.Optional(Type.Union([Type.Literal('required'), Type.Literal('optional')])) },
      { additionalProperties: false },
    ),
  ),
  /** Age in days at which the signing key of an issuer is replaced by itself (DCP-45); 90 when absent. */
  keyRotationDays: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 3650 })),
})
export type IssuerServiceSettings = Static<typeof issuerServiceSettings>

/** What a test replaces. */
export interface IssuerServiceParts {
  readonly clock?: Clock
  readonly deliveryPolicy?: Omit<TaskPolicy, 'exhausted'>
}

/** The issuer service: issuer administration (admin listener); DCP issuance, DID documents and status lists (public listener). */
export function issuerServiceModule(settings: IssuerServiceSettings, parts: IssuerServiceParts = {}): ServiceModule {
  const clock = parts.clock ?? Date.now
  let database: ServiceDatabase
  let processes: Processes

  return {
    name: 'issuer-service',
    requires: [databaseKey, listenersKey, outboundKey, vaultKey, loggerKey],
    init: async (context) => {
      const server = context.require(databaseKey)
      database = await server.forService(schema, migrations)
      const logger = context.require(loggerKey).child({ component: 'issuer-service' })
      processes = createProcesses({ database, exclusive: server.exclusive, logger })
    },
    prepare: (context) => {
      const logger = context.require(loggerKey).child({ component: 'issuer-service' })
      const vault = context.require(vaultKey)
      const outbound = context.require(outboundKey)
      const urls = issuerUrls(settings.publicUrl)
      const rules: TrustRules = settings.trust ?? strictRules
      const maxAgeDays = settings.keyRotationDays ?? 90
      const issuers = createIssuers({
        database,
        vault,
        publicUrl: settings.publicUrl,
        clock,
        created: (tx, issuer) => beginKey({ processes, maxAgeDays }, tx, issuer.participantContextId, issuer.keyId),
      })
      const statusLists = createStatusLists({ database, issuers, urls, clock })
      const resolver = createDidResolver({
        fetchDocument: fetchDocumentOver(outbound.send, { purpose: 'trust.did' }),
        clock,
      })
      const shared = { database, processes, vault, issuers, urls, resolver, clock, logger }
      const { deliveryPolicy } = parts
      const calling = { ...shared, send: outbound.send, ...(deliveryPolicy === undefined ? {} : { deliveryPolicy }) }
      handleIssuance(calling)
      handleOffers(calling)
      const keys = createSigningKeys({ ...shared, maxAgeDays })
      const listeners = context.require(listenersKey)
      registerApi(listeners.app('admin'), adminApi({ ...shared, keys }))
      registerApi(listeners.app('public'), issuanceApi({ ...shared, rules }))
      registerApi(listeners.app('public'), publicApi({ database, statusLists, urls }))
    },
    start: () => processes.start(),
    finalize: () => processes?.stop(),
  }
}

import { randomBytes, randomUUID } from 'node:crypto'
import {
  type ParticipantContextId,
  type Principal,
  participantContextId,
  type TokenVerifier,
} from '@weft/foundation/access'
import { Assembly, type ServiceModule } from '@weft/foundation/assembly'
import { type Database, databaseKey, type ServiceDatabase } from '@weft/foundation/database'
import { openTestDatabase } from '@weft/foundation/database-testing'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import { listenersKey, listenersModule, outboundModule } from '@weft/foundation/http'
import { createLocalVault, type Vault, type VaultAdministration, vaultKey } from '@weft/foundation/secrets'
import { createLogger, loggerKey } from '@weft/foundation/telemetry'
import { type Did, parseDid, type TrustRules } from '@weft/protocols/trust'
import { identityHubModule } from '../service.ts'
import { hubMigrations, hubSchema } from '../store/migrations.ts'
import { startEntrance } from './entrance.ts'
import { type FakeCounterparties, startFakeCounterparties } from './fake-counterparty.ts'

/** An identity hub with real listeners, database and vault; other parties and access tokens are fakes. */
export interface TestHub {
  readonly publicUrl: string
  readonly adminUrl: string
  readonly internalUrl: string
  /** The public listener itself, without the entrance before it. */
  readonly listenerUrl: string
  readonly database: ServiceDatabase
  readonly vault: Vault & VaultAdministration
  readonly others: FakeCounterparties
  /** Calls the identity API as `caller`. */
  admin(caller: Partial<Principal>, method: string, path: string, body?: unknown): Promise<Response>
  /** Opens a vault partition and creates an active context with one key and a credential service. */
  participant(changes?: Readonly<Record<string, unknown>>): Promise<TestParticipant>
  stop(): Promise<void>
}

export interface TestParticipant {
  readonly id: ParticipantContextId
  readonly did: Did
  readonly credentialService: string
}

export const provisioner: Partial<Principal> = { role: 'provisioner', scopes: ['identity-api:admin'] }
export const administrator: Partial<Principal> = { role: 'admin', scopes: [] }
export const controlPlane: Partial<Principal> = { role: 'workload', scopes: ['sts:tokens:write'] }

/** A caller with a participant's token for its own context. */
export function ownerOf(id: ParticipantContextId, ...scopes: readonly string[]): Partial<Principal> {
  return { role: 'participant', participantContextId: id, scopes: scopes.length > 0 ? scopes : ['identity-api:write'] }
}

/** The bearer token that the fake verifier takes for a principal. */
export function tokenFor(caller: Partial<Principal>): string {
  return Buffer.from(JSON.stringify(caller)).toString('base64url')
}

/** Stands for the verifier of access tokens: a token is its principal as JSON. */
const fakeTokenVerifier: TokenVerifier = {
  verify: async (token) => {
    try {
      const said = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as Partial<Principal>
      return {
        subject: 'tester',
        clientId: 'tester',
        role: 'participant',
        participantContextId: null,
        scopes: [],
        ...said,
      }
    } catch (cause) {
      throw new WeftError(requestErrors.unauthenticated, { cause })
    }
  },
}

export interface TestHubOptions {
  readonly deadlineSeconds?: number
  readonly keyRotationDays?: number
  readonly credentialRenewalShare?: number
  readonly trust?: TrustRules
}

export async function startTestHub(options: TestHubOptions = {}): Promise<TestHub> {
  const database = await openTestDatabase()
  const entrance = await startEntrance()
  const others = await startFakeCounterparties()
  const vault = await createLocalVault({ database, key: randomBytes(32) })
  const logger = createLogger({ component: 'test', level: 'silent' })
  const settings = {
    publicUrl: entrance.url,
    credentialRequestDeadlineSeconds: options.deadlineSeconds ?? 600,
    keyRotationDays: options.keyRotationDays ?? 90,
    credentialRenewalShare: options.credentialRenewalShare ?? 1 / 3,
    trust: options.trust ?? {},
  }
  const assembly = new Assembly('runtime', [
    givenModule(database, vault),
    listenersModule({
      deployment: 'runtime',
      host: '127.0.0.1',
      ports: { public: 0, admin: 0, internal: 0 },
      logger,
      verifier: fakeTokenVerifier,
    }),
    outboundModule({ allowedOrigins: [entrance.url, others.origin], logger }),
    identityHubModule(settings, { verifier: fakeTokenVerifier }),
  ])
  await assembly.start()
  const listeners = assembly.service(listenersKey)
  entrance.openTo(listeners.url('public'))
  const adminUrl = `${listeners.url('admin')}/api/identity/v1beta`

  const admin: TestHub['admin'] = async (caller, method, path, body) =>
    await fetch(adminUrl + path, {
      method,
      headers: {
        authorization: `Bearer ${tokenFor(caller)}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })

  return {
    publicUrl: entrance.url,
    adminUrl,
    internalUrl: listeners.url('internal'),
    listenerUrl: listeners.url('public'),
    database: await database.forService(hubSchema, hubMigrations),
    vault,
    others,
    admin,
    participant: async (changes = {}) => {
      const id = participantContextId(randomUUID().replaceAll('-', ''))
      await vault.openPartition({ clientId: `${id}-vault`, participantContextId: id })
      const manifest = { ...manifestFor(entrance.url, id), ...changes }
      const answer = await admin(provisioner, 'POST', '/participants', manifest)
      if (answer.status !== 200) throw new Error(`no participant: ${await answer.text()}`)
      return { id, did: parseDid(manifest.did), credentialService: credentialServiceOf(entrance.url, id) }
    },
    stop: async () => {
      await assembly.stop()
      await entrance.close()
      await others.stop()
      await database.close()
    },
  }
}

/** What a provisioner sends for a participant. */
export function manifestFor(publicUrl: string, id: string) {
  const url = new URL(publicUrl)
  return {
    participantContextId: id,
    did: `did:web:${url.hostname}%3A${url.port}:${id}`,
    active: true,
    key: { keyId: 'key-1', keyGeneratorParams: { algorithm: 'EC', curve: 'secp256r1' } },
    serviceEndpoints: [
      { id: 'credential-service', type: 'CredentialService', serviceEndpoint: credentialServiceOf(publicUrl, id) },
    ],
  }
}

function credentialServiceOf(publicUrl: string, id: string): string {
  return `${publicUrl}/credentials/v1/participants/${id}`
}

function givenModule(database: Database, vault: Vault & VaultAdministration): ServiceModule {
  return {
    name: 'given',
    provides: [databaseKey, vaultKey, loggerKey],
    init: (context) => {
      context.provide(databaseKey, database)
      context.provide(vaultKey, vault)
      context.provide(loggerKey, createLogger({ component: 'identity-hub', level: 'silent' }))
    },
  }
}

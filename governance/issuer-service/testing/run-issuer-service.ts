import { randomBytes } from 'node:crypto'
import { type Principal, participantContextId, type Role, type TokenVerifier } from '@weft/foundation/access'
import { Assembly, type ServiceKey, type ServiceModule } from '@weft/foundation/assembly'
import { type Database, databaseKey } from '@weft/foundation/database'
import { openTestDatabase, type TestEngine } from '@weft/foundation/database-testing'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import {
  createOutboundClient,
  listenersKey,
  listenersModule,
  type OutboundClient,
  outboundKey,
} from '@weft/foundation/http'
import { freePort } from '@weft/foundation/http-testing'
import { createLocalVault, type Vault, type VaultAdministration, vaultKey } from '@weft/foundation/secrets'
import { createLogger, loggerKey } from '@weft/foundation/telemetry'
import { createDidResolver, type Did, type DidResolver, didWeb, fetchDocumentOver } from '@weft/protocols/trust'
import { type IssuerServiceSettings, issuerServiceModule } from '../index.ts'
import type { FakeHolder } from './fake-holder.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** As it was parsed: tests look into it member by member. */
  readonly body: ReturnType<typeof JSON.parse>
}

export interface RunningIssuerService {
  readonly publicUrl: string
  readonly database: Database
  readonly vault: Vault & VaultAdministration
  readonly outbound: OutboundClient
  readonly resolver: DidResolver
  readonly log: string[]
  readonly clock: () => number
  advance(seconds: number): void
  /** Calls the administration API below `/api/issuer/v1beta`. */
  admin(method: string, path: string, body?: unknown, token?: string): Promise<Answer>
  /** Calls the public listener. */
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>
  /** Asks for credentials as a holder. */
  request(context: string, holder: FakeHolder, body: unknown, token?: string): Promise<Answer>
  /** Makes an issuer with a holder attestation and a definition `membership` that needs `properties.level >= 1`. */
  issuer(name: string): Promise<{ readonly context: string; readonly did: Did }>
  stop(): Promise<void>
}

export const adminToken = fakeToken('admin', 'admin', null)

/** A token that the fake verifier reads. */
export function fakeToken(role: Role, clientId: string, context: string | null, ...scopes: readonly string[]): string {
  return `Bearer ${Buffer.from(JSON.stringify({ role, clientId, context, scopes })).toString('base64url')}`
}

/** Stands in for an identity provider's signatures: takes every token of `fakeToken` at its word. */
const fakeTokenVerifier: TokenVerifier = {
  verify: async (token): Promise<Principal> => {
    try {
      const { role, clientId, context, scopes } = JSON.parse(Buffer.from(token, 'base64url').toString())
      const own = context === null ? null : participantContextId(context)
      return { subject: clientId, clientId, role, participantContextId: own, scopes }
    } catch (cause) {
      throw new WeftError(requestErrors.unauthenticated, { cause })
    }
  },
}

/** An issuer service on free ports, with a real database, vault and listeners; `holders` may be called by it. */
export async function runIssuerService(
  options: {
    readonly engine?: TestEngine
    readonly holders?: readonly FakeHolder[]
    readonly settings?: Omit<IssuerServiceSettings, 'publicUrl'>
    readonly deliveryPolicy?: { readonly limit: number; readonly baseMs: number; readonly maxMs: number }
  } = {},
): Promise<RunningIssuerService> {
  const { deliveryPolicy = { limit: 4, baseMs: 10, maxMs: 50 } } = options
  const port = await freePort()
  const publicUrl = `http://localhost:${port}`
  const database = await openTestDatabase(options.engine)
  const vault = await createLocalVault({ database, key: randomBytes(32) })
  const log: string[] = []
  const logger = createLogger({
    component: 'test',
    level: 'debug',
    destination: { write: (line) => void log.push(line) },
  })
  const holders = options.holders ?? []
  const outbound = createOutboundClient({
    allowedOrigins: [publicUrl, ...holders.map((holder) => holder.origin)],
    logger,
  })
  let skewMs = 0
  const clock = (): number => Date.now() + skewMs
  const assembly = new Assembly('governance', [
    given(databaseKey, database),
    given(vaultKey, vault),
    given(loggerKey, logger),
    given(outboundKey, outbound),
    listenersModule({
      deployment: 'governance',
      host: '127.0.0.1',
      ports: { public: port, admin: 0 },
      logger,
      verifier: fakeTokenVerifier,
    }),
    issuerServiceModule({ publicUrl, ...options.settings }, { clock, deliveryPolicy }),
  ])
  await assembly.start()
  const listeners = assembly.service(listenersKey)
  const resolver = createDidResolver({
    fetchDocument: fetchDocumentOver(outbound.send, { purpose: 'trust.did' }),
    clock,
  })
  for (const holder of holders) holder.trust(resolver, clock)

  const admin: RunningIssuerService['admin'] = (method, path, body, token = adminToken) =>
    call(`${listeners.url('admin')}/api/issuer/v1beta${path}`, method, { authorization: token }, body)
  return {
    publicUrl,
    database,
    vault,
    outbound,
    resolver,
    log,
    clock,
    advance: (seconds) => {
      skewMs += seconds * 1000
    },
    admin,
    get: (path, headers = {}) => call(publicUrl + path, 'GET', headers),
    request: async (context, holder, body, token) => {
      const audience = didWeb(publicUrl, context)
      const authorization = `Bearer ${token ?? (await holder.token(audience))}`
      return call(`${publicUrl}/issuance/v1beta/participants/${context}/credentials`, 'POST', { authorization }, body)
    },
    issuer: async (name) => {
      const did = didWeb(publicUrl, name)
      const base = `/participants/${name}`
      for (const [path, body] of [
        ['/participants', { participantContextId: name, did }],
        [`${base}/attestations`, { id: 'holder-record', attestationType: 'holder', configuration: {} }],
        [`${base}/credentialdefinitions`, membershipDefinition()],
      ] as const) {
        const { status } = await admin('POST', path, body)
        if (status !== 201) throw new Error(`${path} was answered ${status}`)
      }
      return { context: name, did }
    },
    stop: async () => {
      await assembly.stop()
      await outbound.close()
      await database.close()
    },
  }
}

/** A definition that takes name and level of the holder's record, and demands a level of 1 or more. */
export function membershipDefinition(more: Readonly<Record<string, unknown>> = {}) {
  return {
    id: 'membership',
    credentialType: 'MembershipCredential',
    format: 'vc11-sl2021/jwt',
    attestations: ['holder-record'],
    rules: [{ type: 'expression', configuration: { claim: 'properties.level', operator: 'GEQ', value: 1 } }],
    mappings: [
      { input: 'name', output: 'credentialSubject.name', required: true },
      { input: 'properties.level', output: 'credentialSubject.membership.level', required: true },
    ],
    validity: 86_400,
    suspendable: true,
    ...more,
  }
}

/** A request message for definitions of these ids. */
export function requestMessage(holderPid: string, ...ids: readonly string[]) {
  return {
    '@context': ['https://w3id.org/dspace-dcp/v1.0/dcp.jsonld'],
    type: 'CredentialRequestMessage',
    holderPid,
    credentials: ids.map((id) => ({ id })),
  }
}

/** Waits until `holds` is true. @throws Error after ten seconds */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not reached within ten seconds: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

async function call(
  url: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  body?: unknown,
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json') === true
  return { status: response.status, headers: response.headers, body: isJson && text !== '' ? JSON.parse(text) : text }
}

function given<T>(key: ServiceKey<T>, service: T): ServiceModule {
  return { name: key.name, provides: [key], init: (context) => context.provide(key, service) }
}

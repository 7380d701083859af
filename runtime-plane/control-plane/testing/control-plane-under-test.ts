import { request } from 'node:http'
import { createTokenVerifier } from '@weft/foundation/access'
import { Assembly, type ServiceKey, type ServiceModule } from '@weft/foundation/assembly'
import { type Database, databaseKey, type Transaction } from '@weft/foundation/database'
import { openTestDatabase } from '@weft/foundation/database-testing'
import {
  createOutboundClient,
  defaultFloodLimits,
  listenersModule,
  type OutboundClient,
  outboundKey,
} from '@weft/foundation/http'
import { freePort } from '@weft/foundation/http-testing'
import { createLocalVault, type Vault, type VaultAdministration, vaultKey } from '@weft/foundation/secrets'
import { SecretText } from '@weft/foundation/settings'
import { createLogger, type Logger, loggerKey } from '@weft/foundation/telemetry'
import { controlPlaneModule } from '../service.ts'
import type { ControlPlaneSettings } from '../settings.ts'
import { type FakeDataPlane, startFakeDataPlane } from './fake-data-plane.ts'
import { type FakeIdentityHub, startFakeIdentityHub } from './fake-identity-hub.ts'
import { type FakeIdentityProvider, startFakeIdentityProvider } from './fake-identity-provider.ts'
import { type FakePeer, startFakePeer } from './fake-peer.ts'

/** An answer of the control plane, its body read as JSON where there is one. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Body
}

/** JSON of any shape, an array or an object: each expectation says what it expects of it. */
export type Body = { readonly [name: string]: unknown } & readonly unknown[]

export interface TestOptions {
  readonly deadlines?: Partial<ControlPlaneSettings['deadlines']>
  readonly retry?: ControlPlaneSettings['retry']
  /** Origins that the control plane may call besides. */
  readonly alsoAllowed?: readonly string[]
  /** Puts itself between the control plane and the network. */
  readonly intercept?: (outbound: OutboundClient) => OutboundClient
}

/** A control plane on real listeners and a real database, with fakes for everything around it. */
export interface ControlPlaneUnderTest {
  readonly publicUrl: string
  readonly adminUrl: string
  readonly signalingUrl: string
  readonly database: Database
  readonly vault: Vault & VaultAdministration
  readonly hub: FakeIdentityHub
  readonly plane: FakeDataPlane
  readonly provider: FakeIdentityProvider
  readonly peer: FakePeer
  /** Moves the clock of control plane and hub. */
  advance(ms: number): void
  readonly logLines: () => readonly Readonly<Record<string, unknown>>[]
  /** Calls the management API as `role`, or with the token given. */
  api(method: string, path: string, options?: { readonly body?: unknown; readonly token?: string }): Promise<Reply>
  adminToken(): Promise<string>
  participantToken(context: string, scope?: string): Promise<string>
  /** Makes another instance over the same database, network and ports; the one before must be stopped or dropped. */
  restart(options?: TestOptions): Promise<void>
  /** Statements that the control plane has run since the last call, without those that look for work when it is time. */
  takeStatementCount(): number
  /** Lets the running instance go without its consent: its listeners close, its work in flight never commits. */
  drop(): Promise<void>
  stop(): Promise<void>
}

export async function startControlPlane(options: TestOptions = {}): Promise<ControlPlaneUnderTest> {
  let ahead = 0
  const counted = { statements: 0 }
  const clock = () => Date.now() + ahead
  const [hub, plane, provider, peer, database] = await Promise.all([
    startFakeIdentityHub(clock),
    startFakeDataPlane(),
    startFakeIdentityProvider(),
    startFakePeer(),
    openTestDatabase(),
  ])
  const [publicPort, adminPort, signalingPort] = [await freePort(), await freePort(), await freePort()]
  const lines: Record<string, unknown>[] = []
  const logger: Logger = createLogger({
    component: 'test',
    level: 'debug',
    destination: { write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>) },
  })
  const vault = await createLocalVault({ database, key: new Uint8Array(32).fill(7) })
  const publicUrl = `http://127.0.0.1:${publicPort}`
  const adminUrl = `http://127.0.0.1:${adminPort}`
  const signalingUrl = `http://127.0.0.1:${signalingPort}`
  const network = createOutboundClient({
    allowedOrigins: [
      publicUrl,
      adminUrl,
      signalingUrl,
      hub.url,
      plane.url,
      provider.issuer,
      peer.url,
      ...(options.alsoAllowed ?? []),
    ],
    logger,
  })
  let instance: { readonly assembly: Assembly; readonly listeners: ServiceModule; dropped: boolean } | undefined

  const start = async (given: TestOptions): Promise<void> => {
    const state = { dropped: false }
    const outbound = given.intercept?.(network) ?? network
    const verifier = createTokenVerifier({
      issuers: [{ issuer: provider.issuer, jwksUri: provider.jwksUri }],
      outbound: network,
    })
    const listeners = listenersModule({
      deployment: 'test',
      host: '127.0.0.1',
      ports: { public: publicPort, admin: adminPort, signaling: signalingPort },
      logger,
      verifier,
      graceMs: 200,
      // Tests look at one participant far more often than anybody is allowed to.
      floodLimits: {
        ...defaultFloodLimits,
        messages: { perSecond: 100_000, burst: 100_000 },
        calls: { perSecond: 100_000, burst: 100_000 },
      },
    })
    const assembly = new Assembly('test', [
      provide(databaseKey, observed(database, state, counted)),
      provide(outboundKey, outbound),
      provide(vaultKey, vault),
      provide(loggerKey, logger),
      listeners,
      controlPlaneModule(
        {
          publicUrl,
          stsUrl: hub.stsUrl,
          workload: { tokenUrl: provider.tokenUrl, clientId: 'control-plane', clientSecret: new SecretText('secret') },
          retry: given.retry ?? { limit: 5, baseMs: 20, maxMs: 200 },
          deadlines: { negotiationMs: 60_000, decisionMs: 60_000, transferMs: 60_000, ...given.deadlines },
        },
        { clock, verifier },
      ),
    ])
    await assembly.start()
    instance = Object.assign(state, { assembly, listeners })
  }
  await start(options)

  const adminToken = () => provider.token({ sub: 'operator', role: 'admin' })
  return {
    publicUrl,
    adminUrl,
    signalingUrl,
    database,
    vault,
    hub,
    plane,
    provider,
    peer,
    advance: (ms) => {
      ahead += ms
    },
    logLines: () => lines,
    api: async (method, path, { body, token } = {}) =>
      call(`${adminUrl}/api/management/v5beta${path}`, method, body, token ?? (await adminToken())),
    adminToken,
    participantToken: (context, scope = 'management-api:write') =>
      provider.token({ sub: context, role: 'participant', participant_context_id: context, scope }),
    restart: start,
    takeStatementCount: () => {
      const { statements } = counted
      counted.statements = 0
      return statements
    },
    drop: async () => {
      if (!instance) return
      instance.dropped = true
      const { listeners } = instance
      instance = undefined
      await listeners.finalize?.()
    },
    stop: async () => {
      await instance?.assembly.stop()
      await network.close()
      await Promise.all([hub.close(), plane.close(), provider.close(), peer.close()])
      await database.close()
    },
  }
}

/** The database of one instance: counts statements, and once the instance is dropped, commits nothing of it any more. */
function observed(database: Database, state: { readonly dropped: boolean }, counted: { statements: number }): Database {
  const run = async <T>(work: (tx: Transaction) => Promise<T>, tx: Transaction, isCounted = true): Promise<T> => {
    const count =
      <A extends readonly unknown[], R>(statement: (...args: A) => R) =>
      (...args: A): R => {
        if (isCounted) counted.statements += 1
        return statement(...args)
      }
    // The engine asks for the very transaction that it was given, so it is changed in place.
    const result = await work(
      Object.assign(tx, { rows: count(tx.rows.bind(tx)), one: count(tx.one.bind(tx)), run: count(tx.run.bind(tx)) }),
    )
    if (state.dropped) throw new Error('this instance is dropped')
    return result
  }
  const unlessDropped = <T>(work: () => Promise<T>): Promise<T> =>
    state.dropped ? Promise.reject(new Error('this instance is dropped')) : work()
  return {
    ...database,
    exclusive: true,
    forService: async (schema, migrations) => {
      const service = await database.forService(schema, migrations)
      return {
        ...service,
        tenant: (contextId, work) => unlessDropped(() => service.tenant(contextId, (tx) => run(work, tx))),
        tenantAtOnce: (contextId, work) => unlessDropped(() => service.tenantAtOnce(contextId, (tx) => run(work, tx))),
        system: (purpose, work) =>
          unlessDropped(() => service.system(purpose, (tx) => run(work, tx, !purpose.startsWith('processes.')))),
      }
    },
  }
}

function provide<T>(key: ServiceKey<T>, service: T): ServiceModule {
  return { name: `test ${key.name}`, provides: [key], init: (context) => context.provide(key, service) }
}

/** One HTTP call, on a connection of its own: an instance that was dropped must not be met on an old one. */
export function call(url: string, method: string, body: unknown, token?: string): Promise<Reply> {
  const headers = {
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('error', reject)
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        const read = (text === '' ? null : JSON.parse(text)) as Body
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: read })
      })
    })
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body))
  })
}

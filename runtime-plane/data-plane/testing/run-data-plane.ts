import { randomBytes, randomUUID } from 'node:crypto'
import { type ParticipantContextId, participantContextId } from '@weft/foundation/access'
import { Assembly, type ServiceKey, type ServiceModule } from '@weft/foundation/assembly'
import { type Database, databaseKey } from '@weft/foundation/database'
import { openTestDatabase, type TestEngine } from '@weft/foundation/database-testing'
import { createOutboundClient, type Listeners, listenersKey, listenersModule, outboundKey } from '@weft/foundation/http'
import { createLocalVault, type Vault, type VaultAdministration, vaultKey } from '@weft/foundation/secrets'
import { SecretText } from '@weft/foundation/settings'
import { createLogger, loggerKey } from '@weft/foundation/telemetry'
import { dataPlaneModule } from '../index.ts'
import { FakeControlPlane, fakeToken, fakeTokenVerifier, serve, type TestServer } from './fake-surroundings.ts'

export interface RunningDataPlane {
  readonly database: Database
  readonly vault: Vault & VaultAdministration
  readonly controlPlane: FakeControlPlane
  /** Lines of the log, as written. */
  readonly log: string[]
  /** Moves the data plane's clock. */
  advance(seconds: number): void
  url(listener: 'public' | 'admin' | 'signaling'): string
  /** Opens a vault partition for a new context and enables it. */
  participant(name?: string): Promise<ParticipantContextId>
  admin(method: string, path: string, token?: string): Promise<Answer>
  /** Calls the signaling API as the control plane. */
  signal(contextId: string, path: string, body?: unknown, token?: string): Promise<Answer>
  stop(): Promise<void>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** As it was parsed: tests look into it member by member. */
  readonly body: ReturnType<typeof JSON.parse>
}

const controlPlaneToken = fakeToken('workload', 'control-plane', 'signaling:dataflow:write')
const agentToken = fakeToken('workload', 'data-plane-agent', 'data-plane-api:participants:write')

/** A data plane on free ports, with a real database, vault and listeners. */
export async function runDataPlane(
  options: {
    readonly engine?: TestEngine
    readonly sources?: readonly TestServer[]
    /** Makes a replica of this one: the same database and vault, listeners of its own. */
    readonly replicaOf?: RunningDataPlane
  } = {},
): Promise<RunningDataPlane> {
  const controlPlane = new FakeControlPlane()
  const surroundings = await serve(controlPlane.listener)
  const first = options.replicaOf
  const database = first?.database ?? (await openTestDatabase(options.engine))
  const vault = first?.vault ?? (await createLocalVault({ database, key: randomBytes(32) }))
  const log: string[] = []
  const logger = createLogger({
    component: 'test',
    level: 'debug',
    destination: { write: (line) => void log.push(line) },
  })
  const outbound = createOutboundClient({
    allowedOrigins: [surroundings.url, ...(options.sources ?? []).map((source) => source.url)],
    logger,
  })
  let skewMs = 0
  const assembly = new Assembly('runtime', [
    given(databaseKey, database),
    given(vaultKey, vault),
    given(loggerKey, logger),
    given(outboundKey, outbound),
    listenersModule({
      deployment: 'runtime',
      host: '127.0.0.1',
      ports: { public: 0, admin: 0, signaling: 0 },
      logger,
      verifier: fakeTokenVerifier,
    }),
    dataPlaneModule(
      {
        publicUrl: 'http://localhost:7100',
        signalingUrl: 'http://localhost:7102',
        controlPlaneUrl: `${surroundings.url}/api/signaling`,
        workload: {
          tokenUrl: `${surroundings.url}/token`,
          clientId: 'data-plane',
          clientSecret: new SecretText('secret'),
        },
      },
      () => Date.now() + skewMs,
    ),
  ])
  await assembly.start()
  const listeners: Listeners = assembly.service(listenersKey)
  return {
    database,
    vault,
    controlPlane,
    log,
    advance: (seconds) => {
      skewMs += seconds * 1000
    },
    url: (listener) => listeners.url(listener),
    participant: async (name = randomUUID().replaceAll('-', '')) => {
      const contextId = participantContextId(name)
      await vault.openPartition({ clientId: `${name}-vault`, participantContextId: contextId })
      const { status } = await call(
        `${listeners.url('admin')}/api/data-plane/v1/participants/${name}`,
        'PUT',
        agentToken,
      )
      if (status !== 200) throw new Error(`enabling was answered ${status}`)
      return contextId
    },
    admin: (method, path, token = agentToken) => call(listeners.url('admin') + path, method, token),
    signal: (contextId, path, body, token = controlPlaneToken) =>
      call(
        `${listeners.url('signaling')}/data-plane/${contextId}${path}`,
        path.endsWith('/status') ? 'GET' : 'POST',
        token,
        body,
      ),
    stop: async () => {
      await assembly.stop()
      await outbound.close()
      if (!first) await database.close()
      await surroundings.close()
    },
  }
}

/** Messages of DPS that are valid as they are. */
export const messages = {
  start: (baseUrl: string, more: Readonly<Record<string, unknown>> = {}) => ({
    messageId: randomUUID(),
    participantId: 'did:web:provider.example',
    counterPartyId: 'did:web:consumer.example',
    dataspaceContext: 'https://example.com/dataspace',
    processId: randomUUID(),
    agreementId: 'agreement-1',
    datasetId: 'dataset-1',
    profile: 'HttpData-PULL',
    claims: {},
    metadata: { dataAddress: { type: 'HttpData', baseUrl } },
    ...more,
  }),
  prepare: (more: Readonly<Record<string, unknown>> = {}) => ({
    ...messages.start('', { metadata: undefined }),
    ...more,
  }),
  address: (more: Readonly<Record<string, unknown>> = {}) => ({
    '@type': 'DataAddress',
    endpointType: 'https://w3id.org/idsa/v4.1/HTTP',
    endpoint: 'https://provider.example/data/1',
    endpointProperties: [
      { name: 'authorization', value: 'token' },
      { name: 'authType', value: 'bearer' },
    ],
    ...more,
  }),
}

/** The token in the data address of a status message. */
export function tokenOf(status: Answer): string {
  const properties = status.body.dataAddress.endpointProperties as readonly { name: string; value: string }[]
  return properties.find((property) => property.name === 'authorization')?.value ?? ''
}

/** Waits until `holds` is true. @throws Error after five seconds */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 5_000
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not reached within five seconds: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

async function call(url: string, method: string, token: string, body?: unknown): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(token === '' ? {} : { authorization: token }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) }
}

function given<T>(key: ServiceKey<T>, service: T): ServiceModule {
  return { name: key.name, provides: [key], init: (context) => context.provide(key, service) }
}

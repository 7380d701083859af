import { randomBytes, randomUUID } from 'node:crypto'
import { type ParticipantContextId, participantContextId } from '@weft/foundation/access'
import { Assembly, type ServiceKey, type ServiceModule } from '@weft/foundation/assembly'
import { type Database, databaseKey } from '@weft/foundation/database'
import { openTestDatabase, type TestEngine } from '@weft/foundation/database-testing'
import { createOutboundClient, type Listeners, listenersKey, listenersModule, outboundKey } from '@weft/foundation/http'
import { createLocalVault, type Vault, type VaultAdministration, vaultKey } from '@weft/foundation/secrets'
import { SecretText } from '@weft/foundation/settings'
import { createLogger, loggerKey } from '@weft/foundation/telemetry'
import { type DataPlaneOptions, dataPlaneModule } from '../index.ts'
import { migrations, schema } from '../store/migrations.ts'
import { FakeControlPlane, fakeToken, fakeTokenVerifier, serve, type TestServer } from './fake-surroundings.ts'

export interface RunningDataPlane {
  readonly database: Database
  readonly vault: Vault & VaultAdministration
  readonly controlPlane: FakeControlPlane
  /** Lines of the log, as written. */
  readonly log: string[]
  /** Moves the data plane's clock. */
  advance(seconds: number): void
  /** Keeps its clock where it is, but for `advance`, until the function that is given back is called. */
  stopClock(): () => void
  url(listener: 'public' | 'admin' | 'signaling'): string
  /** Opens a vault partition for a new context and enables it. */
  participant(name?: string): Promise<ParticipantContextId>
  admin(method: string, path: string, token?: string): Promise<Answer>
  /** Calls the signaling API as the control plane. */
  signal(contextId: string, path: string, body?: unknown, token?: string): Promise<Answer>
  /** Registers a control plane for the context. */
  register(contextId: string, message: object, token?: string): Promise<Answer>
  /** Every row of the context's flows and of what goes with them. */
  rows(contextId: string): Promise<readonly object[]>
  stop(): Promise<void>
  /** Stops the services and leaves the database open, for another that takes over. */
  stopKeepingData(): Promise<void>
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
    readonly transports?: DataPlaneOptions['transports']
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
    allowedOrigins: [
      surroundings.url,
      ...(options.sources ?? []).flatMap(({ url }) => [url, url.replace('127.0.0.1', 'localhost')]),
    ],
    logger,
  })
  let skewMs = 0
  let stoppedAt: number | undefined
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
        stsUrl: `${surroundings.url}/sts/token`,
        workload: {
          tokenUrl: `${surroundings.url}/token`,
          clientId: 'data-plane',
          clientSecret: new SecretText('secret'),
        },
      },
      {
        verifier: fakeTokenVerifier,
        clock: () => (stoppedAt ?? Date.now()) + skewMs,
        ...(options.transports ? { transports: options.transports } : {}),
      },
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
    stopClock: () => {
      stoppedAt = Date.now()
      return () => {
        stoppedAt = undefined
      }
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
    register: (contextId, message, token = controlPlaneToken) =>
      call(`${listeners.url('signaling')}/data-plane/${contextId}/controlplanes`, 'PUT', token, message),
    rows: async (contextId) => {
      const own = await database.forService(schema, migrations)
      const tables = ['data_flow', 'answered_message', 'control_plane', 'process_history', 'process_task']
      const found: object[] = []
      await own.tenant(participantContextId(contextId), async (tx) => {
        for (const table of tables) found.push(...(await tx.rows(`select * from ${schema}.${table}`)))
      })
      return found
    },
    stopKeepingData: async () => {
      await assembly.stop()
      await outbound.close()
      await surroundings.close()
    },
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

/** The properties of a data address on the wire. */
export function propertiesOf(address: Answer['body']): Readonly<Record<string, string | undefined>> {
  const properties = address.endpointProperties as readonly { name: string; value: string }[]
  return Object.fromEntries(properties.map(({ name, value }) => [name, value]))
}

/** The token in the data address of a status message. */
export function tokenOf(status: Answer): string {
  return propertiesOf(status.body.dataAddress).authorization ?? ''
}

/** Waits until `holds` is true. @throws Error after fifteen seconds */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 15_000
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not reached within fifteen seconds: ${what}`)
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

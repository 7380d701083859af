import { randomBytes } from 'node:crypto'
import { createTokenVerifier, type TokenVerifier } from '@weft/foundation/access'
import { Assembly, type ServiceKey, type ServiceModule } from '@weft/foundation/assembly'
import { type Database, databaseKey } from '@weft/foundation/database'
import { openTestDatabase } from '@weft/foundation/database-testing'
import {
  createOutboundClient,
  type Listeners,
  listenersKey,
  listenersModule,
  type OutboundClient,
} from '@weft/foundation/http'
import { freePort } from '@weft/foundation/http-testing'
import { createLocalVault, vaultKey } from '@weft/foundation/secrets'
import { createLogger } from '@weft/foundation/telemetry'
import { identityProviderModule, type SeededClient } from '../index.ts'

interface TokenAnswer {
  readonly status: number
  readonly body: {
    readonly access_token?: string
    readonly error?: string
    readonly expires_in?: number
    readonly scope?: string
  }
}

interface ApiAnswer {
  readonly status: number
  readonly body: Record<string, unknown>
  readonly link: string | null
}

/** What a restart changes; a port keeps the issuer the same. */
interface Running {
  readonly listeners: Listeners
  readonly verifier: TokenVerifier
  readonly outbound: OutboundClient
  stop(): Promise<void>
}

/** An identity provider on real sockets and a database of its own, with an administrator and two services of ours. */
export interface TestProvider {
  readonly issuer: string
  readonly database: Database
  /** Everything that was logged. */
  readonly lines: readonly string[]
  /** Every client secret that the API has shown. */
  readonly shown: readonly string[]
  now(): Running
  /** Asks for a token; `how` says where the credentials stand. */
  tokenFor(
    clientId: string,
    clientSecret: string,
    more?: Record<string, string>,
    how?: 'basic' | 'post',
  ): Promise<TokenAnswer>
  /** Calls the clients API as one of the seeded clients; without a token when `caller` is undefined. */
  call(caller: string | undefined, method: string, path: string, body?: unknown): Promise<ApiAnswer>
  /** Makes the client `<context>-api` with a secret, as the access agent does. */
  participant(context: string): Promise<{ readonly clientId: string; readonly clientSecret: string }>
  restart(clients: readonly SeededClient[]): Promise<void>
  close(): Promise<void>
}

export const secret = (name: string): string => `${name}-${'s'.repeat(40)}`

export const seeds = {
  root: { clientId: 'root', clientSecret: secret('root'), role: 'admin', scopes: [] },
  accessAgent: {
    clientId: 'access-agent',
    clientSecret: secret('agent'),
    role: 'workload',
    scopes: ['idp:clients:write', 'vault:clients:write'],
  },
  otherAgent: {
    clientId: 'other-agent',
    clientSecret: secret('other'),
    role: 'workload',
    scopes: ['identity-api:admin'],
  },
} as const satisfies Record<string, SeededClient>

/** What the access agent asks for a participant. */
export const participantClient = (context: string) => ({
  role: 'participant',
  participantContextId: context,
  scopes: ['management-api:write', 'identity-api:read'],
})

export async function startTestProvider(): Promise<TestProvider> {
  const database = await openTestDatabase()
  const vaultSecret = randomBytes(32)
  const port = await freePort()
  const issuer = `http://127.0.0.1:${port}`
  const lines: string[] = []
  const shown: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  const logger = createLogger({ component: 'test', level: 'debug', destination })

  const start = async (clients: readonly SeededClient[]): Promise<Running> => {
    const outbound = createOutboundClient({ allowedOrigins: [issuer], logger })
    const verifier = createTokenVerifier({ issuers: [{ issuer, jwksUri: `${issuer}/jwks` }], outbound })
    const ports = { public: port, admin: 0 }
    const assembly = new Assembly('identity-provider', [
      given(databaseKey, database),
      given(vaultKey, await createLocalVault({ database, key: vaultSecret })),
      listenersModule({ deployment: 'identity-provider', host: '127.0.0.1', ports, logger, verifier }),
      identityProviderModule({ publicUrl: issuer, clients, logger }),
    ])
    await assembly.start()
    const stop = async (): Promise<void> => {
      await assembly.stop()
      await outbound.close()
    }
    return { listeners: assembly.service(listenersKey), verifier, outbound, stop }
  }
  let running = await start(Object.values(seeds))

  const provider: TestProvider = {
    issuer,
    database,
    lines,
    shown,
    now: () => running,
    tokenFor: async (clientId, clientSecret, more = {}, how = 'basic') => {
      const form = new URLSearchParams({ grant_type: 'client_credentials', ...more })
      const headers: Record<string, string> = { 'content-type': 'application/x-www-form-urlencoded' }
      if (how === 'basic') {
        headers.authorization = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`
      } else {
        form.set('client_id', clientId)
        form.set('client_secret', clientSecret)
      }
      const response = await fetch(`${issuer}/token`, { method: 'POST', headers, body: form })
      return { status: response.status, body: (await response.json()) as TokenAnswer['body'] }
    },
    call: async (caller, method, path, body) => {
      const headers: Record<string, string> = {}
      if (body !== undefined) headers['content-type'] = 'application/json'
      if (caller !== undefined) {
        const seed = Object.values(seeds).find((one) => one.clientId === caller)
        const { body: answer } = await provider.tokenFor(caller, seed?.clientSecret ?? '')
        headers.authorization = `Bearer ${answer.access_token}`
      }
      const init: RequestInit = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
      const response = await fetch(`${running.listeners.url('admin')}/clients/v1${path}`, init)
      const text = await response.text()
      return {
        status: response.status,
        body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
        link: response.headers.get('link'),
      }
    },
    participant: async (context) => {
      const clientId = `${context}-api`
      const made = await provider.call('access-agent', 'PUT', `/clients/${clientId}`, participantClient(context))
      if (made.status !== 201) throw new Error(`the client ${clientId} was not made: ${made.status}`)
      const { body } = await provider.call('access-agent', 'POST', `/clients/${clientId}/secret`)
      const clientSecret = String(body.clientSecret)
      shown.push(clientSecret)
      return { clientId, clientSecret }
    },
    restart: async (clients) => {
      await running.stop()
      running = await start(clients)
    },
    close: async () => {
      await running.stop()
      await database.close()
    },
  }
  return provider
}

function given<T>(key: ServiceKey<T>, service: T): ServiceModule {
  return { name: key.name, provides: [key], init: (context) => context.provide(key, service) }
}

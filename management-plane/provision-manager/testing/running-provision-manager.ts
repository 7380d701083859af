import { Assembly, type ServiceKey, type ServiceModule } from '@weft/foundation/assembly'
import { type Database, databaseKey } from '@weft/foundation/database'
import { listenersKey, listenersModule } from '@weft/foundation/http'
import { type Messaging, messagingKey } from '@weft/foundation/messaging'
import { createLogger, loggerKey } from '@weft/foundation/telemetry'
import { provisionManagerModule } from '../index.ts'
import { fakeToken, fakeTokenVerifier } from './fake-token-verifier.ts'

/** What most answers look like; a test that looks deeper says how. */
export interface Shown {
  readonly id: string
  readonly [name: string]: unknown
}

interface Answer<Body> {
  readonly status: number
  readonly headers: Headers
  /** Parsed JSON; undefined when there is no body. */
  readonly body: Body
}

export interface RunningProvisionManager {
  /** Calls the API as a provisioner with all rights, or with another token. */
  call<Body = Shown>(method: string, path: string, body?: unknown, token?: string): Promise<Answer<Body>>
  stop(): Promise<void>
}

/** A provision manager with a real listener on a free port, over the given database and messaging. */
export async function startProvisionManager(
  database: Database,
  messaging: Messaging,
  options: { readonly clock?: () => number; readonly orchestrationDeadlineMs?: number } = {},
): Promise<RunningProvisionManager> {
  const logger = createLogger({ component: 'test', level: 'silent' })
  const listeners = {
    deployment: 'fabric',
    host: '127.0.0.1',
    ports: { admin: 0 },
    logger,
    verifier: fakeTokenVerifier,
  }
  const { orchestrationDeadlineMs = 3_600_000 } = options
  const assembly = new Assembly('fabric', [
    given(loggerKey, logger),
    given(databaseKey, database),
    given(messagingKey, messaging),
    listenersModule(listeners),
    provisionManagerModule({ orchestrationDeadlineMs }, options.clock),
  ])
  await assembly.start()
  const base = `${assembly.service(listenersKey).url('admin')}/api/pm/v1alpha1`
  return {
    call: (method, path, body, token = fakeToken('provisioner', 'provision-manager-api:write')) =>
      call(`${base}${path}`, method, body, token),
    stop: () => assembly.stop(),
  }
}

async function call<Body>(url: string, method: string, body: unknown, token: string): Promise<Answer<Body>> {
  const response = await fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    body: (text === '' ? undefined : JSON.parse(text)) as Body,
  }
}

function given<T>(key: ServiceKey<T>, service: T): ServiceModule {
  return { name: key.name, provides: [key], init: (context) => context.provide(key, service) }
}

/** Waits until `look` gives something other than undefined or false. @throws Error after the deadline. */
export async function eventually<T>(look: () => Promise<T | undefined | false>, deadlineMs = 10_000): Promise<T> {
  const end = Date.now() + deadlineMs
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (Date.now() > end) throw new Error('what the test waits for did not happen')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

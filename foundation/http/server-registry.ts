import type { RouteOptions } from 'fastify'
import type { Logger } from '../telemetry/index.ts'
import type { ApiDefinition, App, ListenerName, Listeners } from './port.ts'

/** One listener's server with what this room knows of it. */
export interface Server {
  readonly app: App
  readonly name: ListenerName
  readonly logger: Logger
  readonly routes: RouteOptions[]
  readonly apis: ApiDefinition[]
  /** The OpenAPI document of each documented API, by its name; filled while routes are registered. */
  readonly documents: Map<string, () => object>
  /** Named readiness checks; a check that throws is not ready. */
  readonly checks: Map<string, () => Promise<void>>
  /** Refuses new requests, waits for running ones, cuts them after `graceMs`. */
  drain(graceMs: number): Promise<void>
}

const byApp = new WeakMap<App, Server>()
const byListeners = new WeakMap<Listeners, ReadonlyMap<ListenerName, Server>>()

export function rememberServers(listeners: Listeners, servers: ReadonlyMap<ListenerName, Server>): void {
  byListeners.set(listeners, servers)
  for (const server of servers.values()) byApp.set(server.app, server)
}

/** The servers behind listeners. @throws Error when they were not made by `createListeners`. */
export function serversBehind(listeners: Listeners): ReadonlyMap<ListenerName, Server> {
  const servers = byListeners.get(listeners)
  if (!servers) throw new Error('these listeners were not made by createListeners')
  return servers
}

/** The server of a listener's app. @throws Error for another fastify instance, such as the scope of an API. */
export function serverOf(app: App): Server {
  const server = byApp.get(app)
  if (!server) throw new Error('registerApi takes the app of a listener, as listeners.app(name) gives it')
  return server
}

import type { TokenVerifier } from '../access/index.ts'
import { type ServiceKey, type ServiceModule, serviceKey } from '../assembly/index.ts'
import type { Logger } from '../telemetry/index.ts'
import { defaultFloodLimits, type FloodLimits } from './flood-limits.ts'
import { addHealthRoutes } from './observability.ts'
import { openPort } from './open-port.ts'
import type { App, ListenerName, Listeners } from './port.ts'
import { createServer } from './server.ts'
import { rememberServers, type Server } from './server-registry.ts'

export interface ListenersOptions {
  /** Name of the assembly, for health answers and error sentences: `runtime`. */
  readonly deployment: string
  /** Address to listen on: `127.0.0.1`, `0.0.0.0`, `::`. */
  readonly host: string
  /** A port for each listener that this assembly has; 0 takes a free one. */
  readonly ports: Partial<Readonly<Record<ListenerName, number>>>
  readonly logger: Logger
  /** Checks bearer tokens; needed as soon as a route demands one. */
  readonly verifier?: TokenVerifier
  /** How long running requests may take to end when closing; default 5,000 ms. */
  readonly graceMs?: number
  /** Requests answered at a time on each listener, the rest is told to come back; default 1,000. */
  readonly maxConcurrent?: number
  /** What one tenant gets of each listener; `defaultFloodLimits` when absent. */
  readonly floodLimits?: FloodLimits
}

/** Listeners with their life cycle, for those who run them without an assembly. */
export interface RunningListeners extends Listeners {
  /** Opens every port. @throws `http.port-in-use`, `http.port-refused` with a sentence that names listener and port. */
  open(): Promise<void>
  /** Refuses new requests, lets running ones end within the grace, then cuts what is left. */
  close(): Promise<void>
}

export const listenersKey: ServiceKey<Listeners> = serviceKey('listeners')

/** One server for each port of an assembly. Routes are registered on `app(name)` before `open`. */
export function createListeners(options: ListenersOptions): RunningListeners {
  const servers = new Map<ListenerName, Server>()
  for (const name of Object.keys(options.ports) as ListenerName[]) {
    servers.set(
      name,
      createServer({
        ...options,
        name,
        maxConcurrent: options.maxConcurrent ?? 1000,
        floodLimits: options.floodLimits ?? defaultFloodLimits,
      }),
    )
  }
  const server = (name: ListenerName): Server => {
    const found = servers.get(name)
    if (!found) throw new Error(`${options.deployment} has no ${name} listener`)
    return found
  }
  const urls = new Map<ListenerName, string>()
  const listeners: RunningListeners = {
    app: (name): App => server(name).app,
    url: (name) => {
      server(name)
      const url = urls.get(name)
      if (!url) throw new Error(`the ${name} listener of ${options.deployment} is not open`)
      return url
    },
    open: async () => {
      // Routes are checked on every listener before the first port opens.
      for (const { app } of servers.values()) await app.ready()
      for (const [name, { app }] of servers) {
        urls.set(name, await openPort(app, { ...options, listener: name, port: options.ports[name] ?? 0 }))
      }
    },
    close: async () => {
      urls.clear()
      await Promise.all([...servers.values()].map((one) => one.drain(options.graceMs ?? 5000)))
    },
  }
  rememberServers(listeners, servers)
  const observability = servers.get('observability')
  if (observability) addHealthRoutes(observability, options.deployment)
  return listeners
}

/** The listeners as a module: provides `listenersKey`, opens the ports in `start`, drains in `finalize`. */
export function listenersModule(options: ListenersOptions): ServiceModule {
  const listeners = createListeners(options)
  return {
    name: `${options.deployment} listeners`,
    provides: [listenersKey],
    init: (context) => context.provide(listenersKey, listeners),
    start: () => listeners.open(),
    finalize: () => listeners.close(),
  }
}

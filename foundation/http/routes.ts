import type { RouteOptions } from 'fastify'
import type { AccessRule } from '../access/index.ts'
import type { ListenerName, Listeners } from './port.ts'
import { type Server, serversBehind } from './server-registry.ts'

/** A registered route, as the isolation matrix needs it. */
export interface RouteListing {
  readonly listener: ListenerName
  /** Name of the ApiDefinition; null for what the listener itself serves (health). */
  readonly api: string | null
  readonly method: string
  /** The pattern: `/api/management/v5beta/participants/:participantContextId/assets/:id`. */
  readonly url: string
  readonly access: AccessRule
}

/** Every route of every listener. HEAD is listed only where it does not come with a GET. */
export async function routesOf(listeners: Listeners): Promise<readonly RouteListing[]> {
  const all: RouteListing[] = []
  for (const server of serversBehind(listeners).values()) {
    await server.app.ready()
    const listings = server.routes.flatMap((route) => listingsOf(server, route))
    const gets = new Set(listings.filter((route) => route.method === 'GET').map((route) => route.url))
    all.push(...listings.filter((route) => route.method !== 'HEAD' || !gets.has(route.url)))
  }
  return all
}

/** The methods that a path takes, for the Allow header; empty when the path is unknown. */
export function methodsAt(routes: readonly RouteOptions[], path: string): readonly string[] {
  const methods = routes.filter((route) => patternOf(route.url).test(path)).flatMap((route) => route.method)
  return [...new Set(methods)].sort()
}

function listingsOf(server: Server, route: RouteOptions): RouteListing[] {
  const config = route.config
  if (!config) return []
  return [route.method].flat().map((method) => ({
    listener: server.name,
    api: config.api?.name ?? null,
    method,
    url: route.url,
    access: config.access,
  }))
}

function patternOf(url: string): RegExp {
  const segments = url.split('/').map((segment) => {
    if (segment.startsWith(':')) return '[^/]+'
    if (segment === '*') return '.*'
    return segment.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  })
  return new RegExp(`^${segments.join('/')}$`)
}

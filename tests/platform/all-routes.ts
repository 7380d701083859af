import { type AllInOne, type AssemblyName, assemblyNames } from '@weft/all-in-one'
import { listenersKey, type RouteListing, routesOf } from '@weft/foundation/http'

/** A route of the running platform, with the URL of its listener. */
export interface PlatformRoute extends RouteListing {
  readonly assembly: AssemblyName
  readonly origin: string
}

/** Every route of every listener of every assembly: what the matrices are made from. */
export async function allRoutes(platform: AllInOne): Promise<PlatformRoute[]> {
  const found: PlatformRoute[] = []
  for (const assembly of assemblyNames) {
    const listeners = platform.assembly(assembly).service(listenersKey)
    for (const route of await routesOf(listeners))
      found.push({ ...route, assembly, origin: listeners.url(route.listener) })
  }
  return found
}

/** `GET /participants/:id` of an API, for messages and tables. */
export function titleOf(route: PlatformRoute): string {
  return `${route.assembly} ${route.listener} ${route.method} ${route.url}`
}

/** The route's URL with its parameters filled: the context's by name, every other one with `id`. */
export function urlOf(route: PlatformRoute, participantContextId: string, id: string): string {
  const path = route.url.replace(/:([A-Za-z]+)/g, (_, name: string) =>
    encodeURIComponent(name === 'participantContextId' ? participantContextId : id),
  )
  return route.origin + path.replace('*', 'x')
}

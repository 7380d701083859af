import swagger from '@fastify/swagger'
import type { RouteOptions } from 'fastify'
import type { AccessRule } from '../access/index.ts'
import { requestErrors, WeftError } from '../errors/index.ts'
import type { ApiDefinition, App, Listeners } from './port.ts'
import { type Server, serversBehind } from './server-registry.ts'

/** Collects the routes of an API from here on, and serves its document at `{prefix}/openapi.json`. */
export async function documentRoutes(server: Server, scope: App, definition: ApiDefinition): Promise<void> {
  await scope.register(swagger, {
    hideUntagged: false,
    openapi: {
      openapi: '3.1.0',
      info: { title: definition.title, version: definition.version },
      servers: [{ url: definition.prefix === '' ? '/' : definition.prefix }],
      components: { securitySchemes: { accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
    },
    // The library makes paths relative to the server above: the prefix is the API's place, not part of its operations.
    transform: ({ schema, url, route }) => ({ schema: { ...schema, ...accessOf(route) }, url }),
  })
  let document: object | undefined
  const build = (): object => {
    document ??= scope.swagger()
    return document
  }
  server.documents.set(definition.name, build)
  scope.get('/openapi.json', { config: { access: { kind: 'open' } }, schema: { hide: true } }, async () => build())
}

/** The OpenAPI document of an API, as it is served; for committing it. @throws `request.not-found` when there is none. */
export async function openApiDocument(listeners: Listeners, apiName: string): Promise<object> {
  for (const server of serversBehind(listeners).values()) {
    await server.app.ready()
    const build = server.documents.get(apiName)
    if (build) return build()
  }
  throw new WeftError(requestErrors['not-found'], { message: `There is no documented API named ${apiName}.` })
}

/** What the access rule of a route says in OpenAPI: the security requirement, and the rule in words. */
function accessOf(route: RouteOptions): object {
  const access: AccessRule | undefined = route.config?.access
  if (access?.kind !== 'token') return { security: [] }
  const own = route.schema?.description
  const rule = `Scope \`${access.scope}\`; roles ${access.roles.join(', ')}.`
  return { security: [{ accessToken: [] }], description: own === undefined ? rule : `${own}\n\n${rule}` }
}

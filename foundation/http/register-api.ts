import { parse as parseQuery } from 'node:querystring'
import { requestErrors, toWeftError, WeftError } from '../errors/index.ts'
import { documentRoutes } from './openapi.ts'
import type { ApiDefinition, App } from './port.ts'
import { serverOf } from './server-registry.ts'

/**
 * Adds an API to a listener's app. Its routes are under `definition.prefix`, each with `config: { access: … }`, and
 * (unless `documented` is false) its OpenAPI 3.1 document is at `{prefix}/openapi.json`.
 * Faults of a definition, such as a route without access rule, are thrown when the listener opens.
 */
export function registerApi(app: App, definition: ApiDefinition): void {
  const server = serverOf(app)
  if (server.apis.some((api) => api.name === definition.name)) {
    throw new Error(`the ${server.name} listener has two APIs named ${definition.name}`)
  }
  server.apis.push(definition)
  app.register(
    async (scope) => {
      scope.addHook('onRoute', (route) => {
        if (definition.bodyLimit !== undefined) route.bodyLimit ??= definition.bodyLimit
        if (route.config) route.config.api = definition
      })
      if (definition.documented !== false) await documentRoutes(server, scope as App, definition)
      definition.routes(scope as App)
    },
    { prefix: definition.prefix },
  )
}

/** Lets the routes that are added to `app` take forms; the body is a flat object of texts, a repeated name is refused. */
export function acceptForms(app: App): void {
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, parseForm(String(body)))
    } catch (error) {
      done(toWeftError(error), undefined)
    }
  })
}

/** Lets the routes that are added to `app` take any content type, JSON too; the body is the unread stream. */
export function acceptStreams(app: App): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
}

function parseForm(text: string): Readonly<Record<string, string>> {
  const fields: [string, string][] = []
  for (const [name, value] of Object.entries(parseQuery(text, '&', '=', { maxKeys: 200 }))) {
    if (typeof value !== 'string') {
      throw new WeftError(requestErrors.malformed, { field: name, message: 'The form has a field twice.' })
    }
    if (name !== '__proto__') fields.push([name, value])
  }
  return Object.fromEntries(fields)
}

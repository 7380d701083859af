import { randomUUID } from 'node:crypto'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import type { App } from '@weft/foundation/http'
import { parseScope } from '@weft/protocols/dcp'
import { type Static, Type } from 'typebox'
import type { DcpScope } from '../../domain/dataspace-profile.ts'
import { readQuery } from '../../domain/query.ts'
import { catalogueErrors } from '../../errors.ts'
import type { Parts } from '../../parts.ts'
import { deleteScope, findScope, insertScope, queryScopes, updateScope } from '../../store/profiles.ts'
import {
  Context,
  errorAnswers,
  found,
  Id,
  IdResponse,
  idResponse,
  inContext,
  provisioningRoute,
  QueryBody,
} from './wire.ts'

const ScopeBody = Type.Object({
  '@context': Context,
  '@type': Type.Literal('DcpScope'),
  '@id': Type.Optional(Id),
  type: Type.Optional(Type.Union([Type.Literal('DEFAULT'), Type.Literal('POLICY')])),
  value: Type.String({ minLength: 1, maxLength: 1024 }),
  profile: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
  prefixMapping: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 })),
})

const IdParams = Type.Object({ id: Type.String() })

/** Scopes of the deployment's profiles: which credentials messages ask for, always or where a policy needs them. */
export function dcpScopeRoutes(app: App, parts: Parts): void {
  const config = (action: 'read' | 'write') => provisioningRoute('dcpscopes', action, { owner: false })

  app.post(
    '/dcpscopes',
    {
      config: config('write'),
      schema: {
        summary: 'Create a scope; asking again for the same is answered the same.',
        body: ScopeBody,
        response: { 200: IdResponse, ...errorAnswers },
      },
    },
    async (request) => {
      const scope = scopeOf(request.body)
      await parts.directory.change('control-plane.create-scope', async (tx) => {
        if (await insertScope(tx, scope)) return
        const existing = await findScope(tx, scope.id)
        if (JSON.stringify(existing) !== JSON.stringify(scope))
          throw new WeftError(catalogueErrors.exists, { field: '@id' })
      })
      return idResponse(scope.id, new Date(parts.clock()))
    },
  )

  app.put(
    '/dcpscopes/:id',
    {
      config: config('write'),
      schema: {
        summary: 'Replace a scope.',
        params: IdParams,
        body: ScopeBody,
        response: { 204: Type.Null(), ...errorAnswers },
      },
    },
    async (request, reply) => {
      const scope = scopeOf({ ...request.body, '@id': request.params.id })
      found((await parts.directory.change('control-plane.update-scope', (tx) => updateScope(tx, scope))) || undefined)
      return reply.code(204).send(null)
    },
  )

  app.delete(
    '/dcpscopes/:id',
    {
      config: config('write'),
      schema: { summary: 'Delete a scope.', params: IdParams, response: { 204: Type.Null(), ...errorAnswers } },
    },
    async (request, reply) => {
      const deleted = await parts.directory.change('control-plane.delete-scope', (tx) =>
        deleteScope(tx, request.params.id),
      )
      found(deleted || undefined)
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/dcpscopes/request',
    {
      config: config('read'),
      schema: { summary: 'Search scopes.', body: QueryBody, response: { 200: Type.Array(ScopeBody), ...errorAnswers } },
    },
    async (request) => {
      const query = readQuery(request.body)
      return (await parts.database.system('control-plane.query-scopes', (tx) => queryScopes(tx, query))).map(answerOf)
    },
  )
}

/** A POLICY scope without a prefix would never be asked for, and a DEFAULT one with a prefix would not heed it. */
function scopeOf(body: Static<typeof ScopeBody>): DcpScope {
  const { type = 'DEFAULT', value, profile = '*', prefixMapping } = body
  parseScope(value)
  if ((type === 'POLICY') !== (prefixMapping !== undefined)) {
    throw new WeftError(requestErrors['invalid-field'], {
      field: 'prefixMapping',
      message: 'A scope of the type POLICY has a prefixMapping, one of the type DEFAULT has none.',
    })
  }
  return { id: body['@id'] ?? randomUUID(), type, value, profile, prefixMapping: prefixMapping ?? null }
}

function answerOf(scope: DcpScope): Static<typeof ScopeBody> {
  return inContext({
    '@type': 'DcpScope' as const,
    '@id': scope.id,
    type: scope.type,
    value: scope.value,
    profile: scope.profile,
    ...(scope.prefixMapping === null ? {} : { prefixMapping: scope.prefixMapping }),
  })
}

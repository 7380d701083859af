import { type AccessRule, type ParticipantContextId, participantContextId, type Role } from '@weft/foundation/access'
import type { Transaction } from '@weft/foundation/database'
import { type CatalogueEntry, WeftError } from '@weft/foundation/errors'
import type { RenderedError } from '@weft/foundation/http'
import { Type } from 'typebox'
import type { ParticipantContext } from '../../domain/participant.ts'
import { maxQueryLimit } from '../../domain/query.ts'
import { catalogueErrors, contextErrors } from '../../errors.ts'
import type { Parts } from '../../parts.ts'
import { findContext } from '../../store/participants.ts'

const managementContext = 'https://w3id.org/edc/connector/management/v2'

/** `@context` of every body: an array that names the management context among others. */
export const Context = Type.Array(Type.String(), {
  contains: Type.Literal(managementContext),
  description: `Must contain "${managementContext}".`,
})

export const JsonObjectSchema = Type.Record(Type.String(), Type.Unknown())

/** An id that a client chooses; unique in its participant context only. */
export const Id = Type.String({ minLength: 1, maxLength: 255 })

/** An id of a process, which partners and data planes put into one segment of their paths. */
export const ProcessId = Type.String({ minLength: 1, maxLength: 255, pattern: '^[^/\\\\\\s]+$' })

export const ContextParams = Type.Object({ participantContextId: Type.String() })
export const ItemParams = Type.Object({ participantContextId: Type.String(), id: Type.String() })

export const IdResponse = Type.Object({
  '@context': Context,
  '@type': Type.Literal('IdResponse'),
  '@id': Type.String(),
  createdAt: Type.Integer({ description: 'Milliseconds since the epoch.' }),
})

export const CriterionSchema = Type.Object({
  '@type': Type.Literal('Criterion'),
  operandLeft: Type.String({ minLength: 1, maxLength: 1024 }),
  operator: Type.String(),
  operandRight: Type.Unknown(),
})

const queryFields = {
  '@type': Type.Literal('QuerySpec'),
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: maxQueryLimit })),
  sortField: Type.Optional(Type.String()),
  sortOrder: Type.Optional(Type.Union([Type.Literal('ASC'), Type.Literal('DESC')])),
  filterExpression: Type.Optional(Type.Array(CriterionSchema, { maxItems: 50 })),
}

/** The body of a `request` endpoint; without one, the first 50. */
export const QueryBody = Type.Optional(Type.Union([Type.Null(), Type.Object({ '@context': Context, ...queryFields })]))

/** A query inside of another body. */
export const NestedQuery = Type.Object(queryFields)

const ApiErrors = Type.Array(
  Type.Object({
    message: Type.String(),
    type: Type.String(),
    path: Type.Union([Type.String(), Type.Null()]),
    invalidValue: Type.Null(),
    code: Type.String(),
  }),
)

/** A route that belongs to a participant: its own token with the scope, or an administrator. */
export function participantRoute(resource: string, action: 'read' | 'write'): { readonly access: AccessRule } {
  return rule(resource, action, ['admin', 'participant'], 'participantContextId')
}

/** A route of those who provision participants: operators and the platform's own services. */
export function provisioningRoute(
  resource: string,
  action: 'read' | 'write',
  options: { readonly owner: boolean; readonly alsoParticipant?: boolean } = { owner: true },
): { readonly access: AccessRule } {
  const roles: Role[] = ['admin', 'provisioner', 'workload']
  if (options.alsoParticipant) roles.push('participant')
  return rule(resource, action, roles, options.owner ? 'participantContextId' : undefined)
}

function rule(
  resource: string,
  action: string,
  roles: readonly Role[],
  owner?: string,
): { readonly access: AccessRule } {
  return {
    access: {
      kind: 'token',
      scope: `management-api:${resource}:${action}`,
      roles,
      ...(owner === undefined ? {} : { owner }),
    },
  }
}

/** The response schemas that every route has besides its own answer. */
export const errorAnswers = { '4xx': ApiErrors, '5xx': ApiErrors }

/** Marks an answer as what it is to JSON-LD readers. */
export function inContext<T extends object>(body: T): T & { readonly '@context': string[] } {
  return { '@context': [managementContext], ...body }
}

export function idResponse(id: string, createdAt: Date) {
  return inContext({ '@type': 'IdResponse' as const, '@id': id, createdAt: createdAt.getTime() })
}

/** The path's context id. @throws `context.not-found` for one of an impossible shape */
export function contextIdOf(params: { readonly participantContextId: string }): ParticipantContextId {
  try {
    return participantContextId(params.participantContextId)
  } catch (cause) {
    throw new WeftError(contextErrors['not-found'], { cause })
  }
}

/**
 * Runs `work` in the context of the path, which must exist and be active.
 * @throws `context.not-found`, `context.deactivated`
 */
export function withActiveContext<T>(
  parts: Parts,
  params: { readonly participantContextId: string },
  work: (tx: Transaction, context: ParticipantContext) => Promise<T>,
): Promise<T> {
  return parts.database.tenant(contextIdOf(params), async (tx) => work(tx, requireActive(await findContext(tx))))
}

/** As `withActiveContext`, in one round trip: for a look-up of one statement, which finds nothing where there is no context. */
export async function lookUp<T>(
  parts: Parts,
  params: { readonly participantContextId: string },
  find: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const [context, result] = await parts.database.tenantAtOnce(contextIdOf(params), (tx) =>
    Promise.all([findContext(tx), find(tx)]),
  )
  requireActive(context)
  return result
}

function requireActive(context: ParticipantContext | undefined): ParticipantContext {
  if (!context) throw new WeftError(contextErrors['not-found'])
  if (context.state !== 'ACTIVATED') throw new WeftError(contextErrors.deactivated)
  return context
}

/** The thing itself, or the refusal that it is not there; foreign ids are not there either. */
export function found<T>(thing: T | undefined): T {
  if (thing === undefined) throw new WeftError(catalogueErrors['not-found'])
  return thing
}

/** @throws `management.exists` when nothing was stored because the id is taken */
export function created<T>(stored: T | undefined): T {
  if (stored === undefined) throw new WeftError(catalogueErrors.exists, { field: '@id' })
  return stored
}

/** EDC's error shape, with our stable code beside its own words. */
export function renderManagementError(error: WeftError): RenderedError {
  const { message, code, field } = error
  return {
    contentType: 'application/json',
    body: [{ message, type: typeOf(error.entry), path: field ?? null, invalidValue: null, code }],
  }
}

const validationCodes = new Set(['request.invalid-field', 'management.unsupported-query'])

function typeOf(entry: CatalogueEntry): string {
  switch (entry.status) {
    case 400:
      return validationCodes.has(entry.code) || entry.code.startsWith('policy.')
        ? 'ValidationFailure'
        : 'InvalidRequest'
    case 401:
      return 'AuthenticationFailed'
    case 403:
      return 'NotAuthorized'
    case 404:
      return 'ObjectNotFound'
    case 409:
      return 'ObjectConflict'
    case 501:
      return 'UnsupportedOperation'
    case 502:
    case 504:
      return 'BadGateway'
    default:
      return entry.status < 500 ? 'InvalidRequest' : 'InternalError'
  }
}

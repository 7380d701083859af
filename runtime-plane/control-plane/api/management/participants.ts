import { randomUUID } from 'node:crypto'
import { databaseErrors } from '@weft/foundation/database'
import { toWeftError, WeftError } from '@weft/foundation/errors'
import { type App, pageOf, pageQuery } from '@weft/foundation/http'
import { parseDid } from '@weft/protocols/trust'
import { Type } from 'typebox'
import { type ParticipantContext, sameContext } from '../../domain/participant.ts'
import { contextErrors } from '../../errors.ts'
import type { Parts } from '../../parts.ts'
import {
  deleteContext,
  findContext,
  hasRunningProcesses,
  insertContext,
  listContexts,
  updateContext,
} from '../../store/participants.ts'
import { deleteContextSecrets } from './private-entries.ts'
import {
  Context,
  ContextParams,
  contextIdOf,
  errorAnswers,
  Id,
  IdResponse,
  idResponse,
  inContext,
  JsonObjectSchema,
  provisioningRoute,
} from './wire.ts'

const State = Type.Union([Type.Literal('CREATED'), Type.Literal('ACTIVATED'), Type.Literal('DEACTIVATED')])

const ParticipantContextBody = Type.Object({
  '@context': Context,
  '@type': Type.Literal('ParticipantContext'),
  '@id': Type.Optional(Id),
  identity: Type.String({ description: 'The DID of the participant.' }),
  properties: Type.Optional(JsonObjectSchema),
  state: Type.Optional(State),
})

const ParticipantContextAnswer = Type.Object({
  '@context': Context,
  '@type': Type.Literal('ParticipantContext'),
  '@id': Type.String(),
  identity: Type.String(),
  properties: JsonObjectSchema,
  state: State,
  createdAt: Type.Integer(),
})

/** Participant contexts: made and ended by operators and provisioning, seen by nobody else. */
export function participantRoutes(app: App, parts: Parts): void {
  app.post(
    '/participants',
    {
      config: provisioningRoute('participants', 'write', { owner: false }),
      schema: {
        summary: 'Create a participant context; asking again for the same is answered the same.',
        body: ParticipantContextBody,
        response: { 200: IdResponse, ...errorAnswers },
      },
    },
    async (request) => {
      const { '@id': id = randomUUID(), identity, properties = {}, state = 'ACTIVATED' } = request.body
      const contextId = contextIdOf({ participantContextId: id })
      const wanted = { id: contextId, identity: parseDid(identity, 'identity'), properties, state }
      const stored = await parts.database.tenant(contextId, (tx) => insertContext(tx, wanted)).catch(identityTaken)
      if (!stored.created && !sameContext(stored.context, wanted)) throw new WeftError(contextErrors.conflict)
      return idResponse(contextId, stored.context.createdAt)
    },
  )

  app.get(
    '/participants',
    {
      config: provisioningRoute('participants', 'read', { owner: false }),
      schema: {
        summary: 'List participant contexts by age.',
        querystring: pageQuery,
        response: { 200: Type.Array(ParticipantContextAnswer), ...errorAnswers },
      },
    },
    async (request) => {
      const { offset, limit } = pageOf(request.query)
      const contexts = await parts.database.system('control-plane.list-participants', (tx) =>
        listContexts(tx, offset, limit),
      )
      return contexts.map(answerOf)
    },
  )

  app.get(
    '/participants/:participantContextId',
    {
      config: provisioningRoute('participants', 'read', { owner: true, alsoParticipant: true }),
      schema: {
        summary: 'Read a participant context.',
        params: ContextParams,
        response: { 200: ParticipantContextAnswer, ...errorAnswers },
      },
    },
    async (request) => {
      const context = await parts.database.tenant(contextIdOf(request.params), findContext)
      if (!context) throw new WeftError(contextErrors['not-found'])
      return answerOf(context)
    },
  )

  app.put(
    '/participants/:participantContextId',
    {
      config: provisioningRoute('participants', 'write'),
      schema: {
        summary: 'Change properties and state; the identity stays.',
        params: ContextParams,
        body: ParticipantContextBody,
        response: { 204: Type.Null(), ...errorAnswers },
      },
    },
    async (request, reply) => {
      const { identity, properties = {}, state = 'ACTIVATED' } = request.body
      const did = parseDid(identity, 'identity')
      const contextId = contextIdOf(request.params)
      await parts.database.tenant(contextId, async (tx) => {
        const context = await findContext(tx)
        if (!context) throw new WeftError(contextErrors['not-found'])
        // Agreements and credentials name the DID: a context with another one would be another participant.
        if (context.identity !== did) throw new WeftError(contextErrors.conflict, { field: 'identity' })
        await updateContext(tx, { properties, state })
      })
      parts.ownContexts.forget(contextId)
      return reply.code(204).send(null)
    },
  )

  app.delete(
    '/participants/:participantContextId',
    {
      config: provisioningRoute('participants', 'write'),
      schema: {
        summary: 'Delete a participant context with everything that belongs to it.',
        params: ContextParams,
        response: { 204: Type.Null(), ...errorAnswers },
      },
    },
    async (request, reply) => {
      const contextId = contextIdOf(request.params)
      await parts.database.tenant(contextId, async (tx) => {
        if (!(await findContext(tx))) throw new WeftError(contextErrors['not-found'])
        if (await hasRunningProcesses(tx)) throw new WeftError(contextErrors['in-use'])
      })
      await deleteContextSecrets(parts, contextId)
      await parts.database.tenant(contextId, deleteContext)
      parts.ownContexts.forget(contextId)
      return reply.code(204).send(null)
    },
  )
}

/** A DID belongs to one context: inserting another one with it hits the unique constraint. */
function identityTaken(thrown: unknown): never {
  if (toWeftError(thrown).entry !== databaseErrors.duplicate) throw thrown
  throw new WeftError(contextErrors.conflict, { field: 'identity', cause: thrown })
}

function answerOf(context: ParticipantContext) {
  return inContext({
    '@type': 'ParticipantContext' as const,
    '@id': context.id as string,
    identity: context.identity as string,
    properties: { ...context.properties },
    state: context.state,
    createdAt: context.createdAt.getTime(),
  })
}

import { randomUUID } from 'node:crypto'
import { WeftError } from '@weft/foundation/errors'
import type { App } from '@weft/foundation/http'
import { type Policy, parsePolicy, policyErrors, requireValidPolicy, serialisePolicy } from '@weft/protocols/policy'
import { type Static, Type } from 'typebox'
import { readQuery } from '../../domain/query.ts'
import { catalogueErrors } from '../../errors.ts'
import type { Parts } from '../../parts.ts'
import {
  deletePolicy,
  findPolicy,
  insertPolicy,
  isPolicyInUse,
  type PolicyDefinition,
  queryPolicies,
  updatePolicy,
} from '../../store/policies.ts'
import {
  Context,
  ContextParams,
  created,
  errorAnswers,
  found,
  Id,
  IdResponse,
  ItemParams,
  idResponse,
  inContext,
  JsonObjectSchema,
  participantRoute,
  QueryBody,
  withActiveContext,
} from './wire.ts'

const policyFields = {
  '@context': Context,
  '@type': Type.Literal('PolicyDefinition'),
  policy: JsonObjectSchema,
  privateProperties: Type.Optional(JsonObjectSchema),
}
const PolicyBody = Type.Object({ ...policyFields, '@id': Type.Optional(Id) })
const PolicyAnswer = Type.Object({ ...policyFields, '@id': Type.String(), createdAt: Type.Integer() })

/** Policies for contract definitions to name. One that could never be satisfied is refused when it is stored. */
export function policyRoutes(app: App, parts: Parts): void {
  const collection = '/participants/:participantContextId/policydefinitions'

  app.post(
    collection,
    {
      config: participantRoute('policies', 'write'),
      schema: {
        summary: 'Create a policy.',
        params: ContextParams,
        body: PolicyBody,
        response: { 200: IdResponse, ...errorAnswers },
      },
    },
    async (request) => {
      const definition = definitionOf(parts, request.body, request.body['@id'] ?? randomUUID())
      const createdAt = await withActiveContext(parts, request.params, (tx) => insertPolicy(tx, definition))
      return idResponse(definition.id, created(createdAt))
    },
  )

  app.put(
    `${collection}/:id`,
    {
      config: participantRoute('policies', 'write'),
      schema: {
        summary: 'Replace a policy. Offers made of it before are no longer valid; agreements keep their own.',
        params: ItemParams,
        body: PolicyBody,
        response: { 204: Type.Null(), ...errorAnswers },
      },
    },
    async (request, reply) => {
      const definition = definitionOf(parts, request.body, request.params.id)
      found((await withActiveContext(parts, request.params, (tx) => updatePolicy(tx, definition))) || undefined)
      return reply.code(204).send(null)
    },
  )

  app.get(
    `${collection}/:id`,
    {
      config: participantRoute('policies', 'read'),
      schema: { summary: 'Read a policy.', params: ItemParams, response: { 200: PolicyAnswer, ...errorAnswers } },
    },
    async (request) =>
      answerOf(found(await withActiveContext(parts, request.params, (tx) => findPolicy(tx, request.params.id)))),
  )

  app.delete(
    `${collection}/:id`,
    {
      config: participantRoute('policies', 'write'),
      schema: {
        summary: 'Delete a policy that no contract definition names.',
        params: ItemParams,
        response: { 204: Type.Null(), ...errorAnswers },
      },
    },
    async (request, reply) => {
      await withActiveContext(parts, request.params, async (tx) => {
        if (await isPolicyInUse(tx, request.params.id)) throw new WeftError(catalogueErrors['in-use'])
        found((await deletePolicy(tx, request.params.id)) || undefined)
      })
      return reply.code(204).send(null)
    },
  )

  app.post(
    `${collection}/request`,
    {
      config: participantRoute('policies', 'read'),
      schema: {
        summary: 'Search policies.',
        params: ContextParams,
        body: QueryBody,
        response: { 200: Type.Array(PolicyAnswer), ...errorAnswers },
      },
    },
    async (request) => {
      const query = readQuery(request.body)
      return (await withActiveContext(parts, request.params, (tx) => queryPolicies(tx, query))).map(answerOf)
    },
  )
}

/** Every operand must be one that is evaluated in each phase in which contract and access policies are. */
function definitionOf(parts: Parts, body: Static<typeof PolicyBody>, id: string): Omit<PolicyDefinition, 'createdAt'> {
  const policy: Policy = parsePolicy(body.policy, '/policy')
  if (policy.kind !== 'Set') {
    throw new WeftError(policyErrors.malformed, { field: '/policy/@type', message: '/policy/@type must be Set' })
  }
  requireValidPolicy(policy, parts.operands)
  return { id, policy, privateProperties: body.privateProperties ?? {} }
}

function answerOf(definition: PolicyDefinition): Static<typeof PolicyAnswer> {
  return inContext({
    '@type': 'PolicyDefinition' as const,
    '@id': definition.id,
    createdAt: definition.createdAt.getTime(),
    policy: { ...serialisePolicy(definition.policy) },
    privateProperties: { ...definition.privateProperties },
  })
}

import { randomUUID } from 'node:crypto'
import type { Transaction } from '@weft/foundation/database'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import type { App } from '@weft/foundation/http'
import { type Static, Type } from 'typebox'
import { type AssetSelector, type ContractDefinition, readSelector } from '../../domain/contract-definition.ts'
import { readQuery } from '../../domain/query.ts'
import type { Parts } from '../../parts.ts'
import {
  deleteDefinition,
  findDefinition,
  insertDefinition,
  queryDefinitions,
  unknownPolicies,
  updateDefinition,
} from '../../store/contract-definitions.ts'
import { ConductSchema } from './contract-answers.ts'
import {
  Context,
  ContextParams,
  CriterionSchema,
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

const definitionFields = {
  '@context': Context,
  '@type': Type.Literal('ContractDefinition'),
  accessPolicyId: Id,
  contractPolicyId: Id,
  assetsSelector: Type.Optional(Type.Array(CriterionSchema, { maxItems: 50 })),
  privateProperties: Type.Optional(JsonObjectSchema),
  negotiation: Type.Optional(ConductSchema),
}
const DefinitionBody = Type.Object({ ...definitionFields, '@id': Type.Optional(Id) })
const DefinitionAnswer = Type.Object({ ...definitionFields, '@id': Type.String(), createdAt: Type.Integer() })

/** Contract definitions: which assets are offered, to whom, under which terms. */
export function contractDefinitionRoutes(app: App, parts: Parts): void {
  const collection = '/participants/:participantContextId/contractdefinitions'

  app.post(
    collection,
    {
      config: participantRoute('contractdefinitions', 'write'),
      schema: {
        summary: 'Create a contract definition.',
        params: ContextParams,
        body: DefinitionBody,
        response: { 200: IdResponse, ...errorAnswers },
      },
    },
    async (request) => {
      const { definition, selector } = definitionOf(request.body, request.body['@id'] ?? randomUUID())
      const createdAt = await withActiveContext(parts, request.params, async (tx) => {
        await requirePolicies(tx, definition)
        return insertDefinition(tx, definition, selector)
      })
      return idResponse(definition.id, created(createdAt))
    },
  )

  app.put(
    collection,
    {
      config: participantRoute('contractdefinitions', 'write'),
      schema: {
        summary: 'Replace a contract definition.',
        params: ContextParams,
        body: DefinitionBody,
        response: { 204: Type.Null(), ...errorAnswers },
      },
    },
    async (request, reply) => {
      const id = request.body['@id']
      if (id === undefined)
        throw new WeftError(requestErrors['invalid-field'], { field: '@id', message: '"@id" is missing.' })
      const { definition, selector } = definitionOf(request.body, id)
      await withActiveContext(parts, request.params, async (tx) => {
        found(await findDefinition(tx, id))
        await requirePolicies(tx, definition)
        await updateDefinition(tx, definition, selector)
      })
      return reply.code(204).send(null)
    },
  )

  app.get(
    `${collection}/:id`,
    {
      config: participantRoute('contractdefinitions', 'read'),
      schema: {
        summary: 'Read a contract definition.',
        params: ItemParams,
        response: { 200: DefinitionAnswer, ...errorAnswers },
      },
    },
    async (request) =>
      answerOf(found(await withActiveContext(parts, request.params, (tx) => findDefinition(tx, request.params.id)))),
  )

  app.delete(
    `${collection}/:id`,
    {
      config: participantRoute('contractdefinitions', 'write'),
      schema: {
        summary: 'Delete a contract definition; its offers end, its agreements stay.',
        params: ItemParams,
        response: { 204: Type.Null(), ...errorAnswers },
      },
    },
    async (request, reply) => {
      const deleted = await withActiveContext(parts, request.params, (tx) => deleteDefinition(tx, request.params.id))
      found(deleted || undefined)
      return reply.code(204).send(null)
    },
  )

  app.post(
    `${collection}/request`,
    {
      config: participantRoute('contractdefinitions', 'read'),
      schema: {
        summary: 'Search contract definitions.',
        params: ContextParams,
        body: QueryBody,
        response: { 200: Type.Array(DefinitionAnswer), ...errorAnswers },
      },
    },
    async (request) => {
      const query = readQuery(request.body)
      return (await withActiveContext(parts, request.params, (tx) => queryDefinitions(tx, query))).map(answerOf)
    },
  )
}

function definitionOf(
  body: Static<typeof DefinitionBody>,
  id: string,
): { readonly definition: Omit<ContractDefinition, 'createdAt'>; readonly selector: AssetSelector } {
  const {
    accessPolicyId,
    contractPolicyId,
    assetsSelector = [],
    privateProperties = {},
    negotiation = 'automatic',
  } = body
  return {
    definition: { id, accessPolicyId, contractPolicyId, assetsSelector, privateProperties, negotiation },
    selector: readSelector(assetsSelector),
  }
}

/** Policies of this very context: those of others are as unknown as any. */
async function requirePolicies(tx: Transaction, definition: Omit<ContractDefinition, 'createdAt'>): Promise<void> {
  const unknown = await unknownPolicies(tx, [definition.accessPolicyId, definition.contractPolicyId])
  const [first] = unknown
  if (first === undefined) return
  const field = first === definition.accessPolicyId ? 'accessPolicyId' : 'contractPolicyId'
  throw new WeftError(requestErrors['invalid-field'], { field, message: `There is no policy definition "${first}".` })
}

function answerOf(definition: ContractDefinition): Static<typeof DefinitionAnswer> {
  return inContext({
    '@type': 'ContractDefinition' as const,
    '@id': definition.id,
    createdAt: definition.createdAt.getTime(),
    accessPolicyId: definition.accessPolicyId,
    contractPolicyId: definition.contractPolicyId,
    assetsSelector: definition.assetsSelector.map(({ operandLeft, operator, operandRight }) => ({
      '@type': 'Criterion' as const,
      operandLeft,
      operator,
      operandRight,
    })),
    privateProperties: { ...definition.privateProperties },
  })
}

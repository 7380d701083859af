import { randomUUID } from 'node:crypto'
import type { ServiceDatabase, Transaction } from '@weft/foundation/database'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import type { App } from '@weft/foundation/http'
import { headersOf, listQuery, pageHeaders, pageOf } from '@weft/protocols/fabric'
import { Type } from 'typebox'
import { type GraphFault, graphFault } from '../domain/activity-graph.ts'
import type { OrchestrationDefinition } from '../domain/definitions.ts'
import { provisionErrors } from '../errors.ts'
import {
  definitionsOfTemplate,
  deleteTemplate,
  findOrchestrationDefinitions,
  storeOrchestrationDefinition,
  undefinedTypes,
} from '../store/definitions.ts'
import { mayRead, mayWrite } from './access.ts'
import {
  definitionsOf,
  emptyBody,
  orchestrationDefinitionAnswer,
  orchestrationTemplate,
  refusals,
  showDefinition,
  templateAnswer,
  templatePath,
} from './schemas.ts'

const definitionList = { ...Type.Array(orchestrationDefinitionAnswer), headers: pageHeaders }

/** Orchestration definitions: the graphs of activities behind each orchestration type. */
export function orchestrationDefinitionRoutes(app: App, database: ServiceDatabase): void {
  app.get(
    '/orchestration-definitions',
    {
      config: { access: mayRead },
      schema: {
        summary: 'List orchestration definitions',
        querystring: listQuery,
        response: { 200: definitionList, ...refusals },
      },
    },
    async (request, reply) => {
      const page = pageOf(request.query)
      const found = await database.system('provision-manager.list-definitions', (tx) =>
        findOrchestrationDefinitions(tx, page),
      )
      return reply.headers(headersOf(request.url, page, found)).send(found.items.map(showDefinition))
    },
  )
  app.post(
    '/orchestration-definitions',
    {
      config: { access: mayWrite },
      schema: {
        summary: 'Create orchestration definitions from a template',
        description: 'One definition for each orchestration type; a type that has one gets the new one from now on.',
        body: orchestrationTemplate,
        response: { 201: templateAnswer, ...refusals },
      },
    },
    async (request, reply) => {
      const id = request.body.id ?? randomUUID()
      const definitions = definitionsOf(request.body, id)
      for (const definition of definitions) refuseFaultyGraph(definition)
      await database.system('provision-manager.define-orchestration', (tx) => storeAll(tx, definitions))
      return reply.code(201).send({ id, description: 'ID of the Orchestration Template' })
    },
  )
  app.get(
    '/orchestration-definitions/:templateRef',
    {
      config: { access: mayRead },
      schema: {
        summary: 'Read the orchestration definitions of a template',
        params: templatePath,
        response: { 200: Type.Array(orchestrationDefinitionAnswer), ...refusals },
      },
    },
    async (request) => {
      const { templateRef } = request.params
      const found = await database.system('provision-manager.read-template', (tx) =>
        definitionsOfTemplate(tx, templateRef),
      )
      if (found.length === 0) throw notFound()
      return found.map(showDefinition)
    },
  )
  app.delete(
    '/orchestration-definitions/:templateRef',
    {
      config: { access: mayWrite },
      schema: {
        summary: 'Delete the orchestration definitions of a template',
        params: templatePath,
        response: { 200: emptyBody, ...refusals },
      },
    },
    async (request, reply) => {
      const { templateRef } = request.params
      const outcome = await database.system('provision-manager.delete-template', (tx) =>
        deleteTemplate(tx, templateRef),
      )
      if (outcome === 'unknown') throw notFound()
      if (outcome === 'in-use') {
        const message = `Bad request: Cannot delete orchestration definition ${templateRef} because it has ongoing orchestrations`
        throw new WeftError(provisionErrors['orchestration-definition-in-use'], { message })
      }
      return reply.code(200).send()
    },
  )
}

/** All definitions of a template or none. */
async function storeAll(tx: Transaction, definitions: readonly OrchestrationDefinition[]): Promise<void> {
  const types = new Set(definitions.flatMap(({ activities }) => activities.map(({ type }) => type)))
  const [unknown] = await undefinedTypes(tx, [...types].sort())
  if (unknown !== undefined) {
    throw new WeftError(provisionErrors['unknown-activity-type'], {
      field: fieldOfType(definitions, unknown),
      message: `Bad request: activity type '${unknown}' not found`,
    })
  }
  for (const definition of definitions) await storeOrchestrationDefinition(tx, definition)
}

function fieldOfType(definitions: readonly OrchestrationDefinition[], type: string): string {
  for (const { orchestrationType, activities } of definitions) {
    const index = activities.findIndex((activity) => activity.type === type)
    if (index >= 0) return `/activities/${orchestrationType}/${index}/type`
  }
  return 'activities'
}

function refuseFaultyGraph({ orchestrationType, activities }: OrchestrationDefinition): void {
  const fault = graphFault(activities)
  if (!fault) return
  const { field, message } = explain(fault)
  throw new WeftError(provisionErrors['invalid-graph'], {
    field: `/activities/${orchestrationType}${field}`,
    message: `Bad request: ${message}`,
  })
}

function explain(fault: GraphFault): { readonly field: string; readonly message: string } {
  switch (fault.kind) {
    case 'duplicate-id':
      return { field: `/${fault.index}/id`, message: `activity id '${fault.id}' is used twice` }
    case 'unknown-dependency':
      return { field: `/${fault.index}/dependsOn`, message: `dependency not found: ${fault.dependency}` }
    case 'cycle':
      return { field: '', message: `cycle detected in orchestration definition: ${fault.path.join(' -> ')}` }
  }
}

function notFound(): WeftError {
  return new WeftError(requestErrors['not-found'], { message: 'Not found' })
}

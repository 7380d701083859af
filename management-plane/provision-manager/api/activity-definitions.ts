import type { ServiceDatabase } from '@weft/foundation/database'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import type { App } from '@weft/foundation/http'
import { headersOf, listQuery, pageHeaders, pageOf } from '@weft/protocols/fabric'
import { Type } from 'typebox'
import { provisionErrors } from '../errors.ts'
import { deleteActivityDefinition, findActivityDefinitions, storeActivityDefinition } from '../store/definitions.ts'
import { mayRead, mayWrite } from './access.ts'
import { activityDefinitionBody, activityTypePath, emptyBody, refusals, showActivityDefinition } from './schemas.ts'

const definitionList = { ...Type.Array(activityDefinitionBody), headers: pageHeaders }

/** Activity definitions: what agents can be asked for. */
export function activityDefinitionRoutes(app: App, database: ServiceDatabase): void {
  app.get(
    '/activity-definitions',
    {
      config: { access: mayRead },
      schema: {
        summary: 'List activity definitions',
        querystring: listQuery,
        response: { 200: definitionList, ...refusals },
      },
    },
    async (request, reply) => {
      const page = pageOf(request.query)
      const found = await database.system('provision-manager.list-activities', (tx) =>
        findActivityDefinitions(tx, page),
      )
      return reply.headers(headersOf(request.url, page, found)).send(found.items.map(showActivityDefinition))
    },
  )
  app.post(
    '/activity-definitions',
    {
      config: { access: mayWrite },
      schema: {
        summary: 'Create or update an activity definition',
        description: 'A definition of the same type is updated; what the new one leaves out keeps its value.',
        body: activityDefinitionBody,
        response: { 201: emptyBody, ...refusals },
      },
    },
    async (request, reply) => {
      const definition = request.body
      await database.system('provision-manager.define-activity', (tx) => storeActivityDefinition(tx, definition))
      return reply.code(201).send()
    },
  )
  app.delete(
    '/activity-definitions/:activityType',
    {
      config: { access: mayWrite },
      schema: {
        summary: 'Delete an activity definition',
        params: activityTypePath,
        response: { 200: emptyBody, ...refusals },
      },
    },
    async (request, reply) => {
      const type = request.params.activityType
      const deleted = await database.system('provision-manager.delete-activity', (tx) =>
        deleteActivityDefinition(tx, type),
      )
      if (deleted.outcome === 'unknown') throw new WeftError(requestErrors['not-found'], { message: 'Not found' })
      if (deleted.outcome === 'in-use') {
        const message = `Bad request: activity type '${type}' is referenced by an orchestration definition: ${deleted.by.join(', ')}`
        throw new WeftError(provisionErrors['activity-definition-in-use'], { message })
      }
      return reply.code(200).send()
    },
  )
}

import { requestErrors, WeftError } from '@weft/foundation/errors'
import type { App } from '@weft/foundation/http'
import { headersOf, pageHeaders, pageOf, predicateOf, queryBody } from '@weft/protocols/fabric'
import { Type } from 'typebox'
import { provisionErrors } from '../errors.ts'
import { type RunDeps, startOrchestration } from '../run-orchestration.ts'
import { findOrchestrations, orchestrationById } from '../store/orchestrations.ts'
import { mayRead, mayWrite } from './access.ts'
import {
  orchestrationAnswer,
  orchestrationEntry,
  orchestrationManifest,
  orchestrationPath,
  refusals,
  showEntry,
  showOrchestration,
} from './schemas.ts'

const entryList = { ...Type.Array(orchestrationEntry), headers: pageHeaders }

/** Orchestrations: what runs, and what ran. */
export function orchestrationRoutes(app: App, deps: RunDeps): void {
  const { database } = deps
  app.post(
    '/orchestrations',
    {
      config: { access: mayWrite },
      schema: {
        summary: 'Start an orchestration',
        description:
          'Idempotent by `id`: a repeat answers with the orchestration that exists, whatever its payload says.',
        body: orchestrationManifest,
        response: { 202: orchestrationAnswer, ...refusals },
      },
    },
    async (request, reply) => {
      const orchestration = await startOrchestration(deps, { ...request.body, payload: request.body.payload ?? {} })
      return reply.code(202).send(showOrchestration(orchestration))
    },
  )
  app.get(
    '/orchestrations/:orchestrationId',
    {
      config: { access: mayRead },
      schema: {
        summary: 'Read an orchestration',
        params: orchestrationPath,
        response: { 200: orchestrationAnswer, ...refusals },
      },
    },
    async (request) => {
      const id = request.params.orchestrationId
      const found = await database.system('provision-manager.read-orchestration', (tx) => orchestrationById(tx, id))
      if (!found) throw new WeftError(requestErrors['not-found'], { message: 'Not found' })
      return showOrchestration(found)
    },
  )
  app.post(
    '/orchestrations/query',
    {
      config: { access: mayRead },
      schema: {
        summary: 'Query orchestrations',
        body: queryBody("correlationId = '7d1f0e6c' AND state = 2"),
        response: { 200: entryList, ...refusals },
      },
    },
    async (request, reply) => {
      const page = pageOf(request.body)
      const predicate = predicateOf(request.body.predicate, provisionErrors)
      const found = await database.system('provision-manager.query-orchestrations', (tx) =>
        findOrchestrations(tx, predicate, page),
      )
      return reply.headers(headersOf(request.url, page, found)).send(found.items.map(showEntry))
    },
  )
}

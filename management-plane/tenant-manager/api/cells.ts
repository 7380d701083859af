import type { ServiceDatabase } from '@weft/foundation/database'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import type { App } from '@weft/foundation/http'
import { headersOf, listQuery, pageHeaders, pageOf } from '@weft/protocols/fabric'
import { Type } from 'typebox'
import type { Cell } from '../domain/cell.ts'
import { deploymentState, deploymentStates } from '../domain/deployment-state.ts'
import { newId } from '../domain/ids.ts'
import { tenantErrors } from '../errors.ts'
import { deleteCell, findCells, insertCell } from '../store/cells.ts'
import { mayRead, mayWrite } from './access.ts'
import { cellAnswer, cellPath, emptyBody, newCell, refusals, showCell } from './schemas.ts'

const cellList = { ...Type.Array(cellAnswer), headers: pageHeaders }

/** Cells: deployments of the runtime that take participants. They are recorded here, not provisioned. */
export function cellRoutes(app: App, database: ServiceDatabase): void {
  app.get(
    '/cells',
    {
      config: { access: mayRead },
      schema: { summary: 'List cells', querystring: listQuery, response: { 200: cellList, ...refusals } },
    },
    async (request, reply) => {
      const page = pageOf(request.query)
      const found = await database.system('tenant-manager.list-cells', (tx) => findCells(tx, page))
      return reply.headers(headersOf(request.url, page, found)).send(found.items.map(showCell))
    },
  )
  app.post(
    '/cells',
    {
      config: { access: mayWrite },
      schema: { summary: 'Record a cell', body: newCell, response: { 201: cellAnswer, ...refusals } },
    },
    async (request, reply) => {
      const { externalId, stateTimestamp, properties } = request.body
      const state = deploymentState(request.body.state)
      if (!state) {
        const message = `"state" is one of ${deploymentStates.join(', ')}.`
        throw new WeftError(requestErrors['invalid-field'], { field: 'state', message })
      }
      const cell: Cell = {
        id: newId(),
        version: 0,
        externalId: externalId === undefined || externalId === '' ? null : externalId,
        state,
        stateTimestamp: new Date(stateTimestamp),
        properties: properties ?? {},
      }
      const stored = await database.system('tenant-manager.record-cell', (tx) => insertCell(tx, cell))
      if (!stored) throw new WeftError(tenantErrors['external-id-taken'], { field: 'externalId' })
      return reply.code(201).send(showCell(cell))
    },
  )
  app.delete(
    '/cells/:id',
    {
      config: { access: mayWrite },
      schema: { summary: 'Delete a cell', params: cellPath, response: { 200: emptyBody, ...refusals } },
    },
    async (request, reply) => {
      const { id } = request.params
      const outcome = await database.system('tenant-manager.delete-cell', (tx) => deleteCell(tx, id))
      if (outcome === 'unknown') throw new WeftError(requestErrors['not-found'], { message: 'Not found' })
      if (outcome === 'in-use') throw new WeftError(tenantErrors['cell-in-use'])
      return reply.code(200).send()
    },
  )
}

import type { ServiceDatabase } from '@weft/foundation/database'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import type { App } from '@weft/foundation/http'
import { headersOf, listQuery, pageHeaders, pageOf, predicateOf, queryBody } from '@weft/protocols/fabric'
import { Type } from 'typebox'
import { newId } from '../domain/ids.ts'
import { tenantErrors } from '../errors.ts'
import { deleteTenant, findTenants, insertTenant, patchTenant, type Tenant, tenantById } from '../store/tenants.ts'
import { mayRead, mayWrite } from './access.ts'
import { emptyBody, newTenant, refusals, showTenant, tenantAnswer, tenantDiff, tenantPath } from './schemas.ts'

const tenantList = { ...Type.Array(tenantAnswer), headers: pageHeaders }

/** Tenants: the organisations whose participants are managed here. */
export function tenantRoutes(app: App, database: ServiceDatabase): void {
  app.get(
    '/tenants',
    {
      config: { access: mayRead },
      schema: { summary: 'List tenants', querystring: listQuery, response: { 200: tenantList, ...refusals } },
    },
    async (request, reply) => {
      const page = pageOf(request.query)
      const found = await database.system('tenant-manager.list-tenants', (tx) => findTenants(tx, [], page))
      return reply.headers(headersOf(request.url, page, found)).send(found.items.map(showTenant))
    },
  )
  app.post(
    '/tenants',
    {
      config: { access: mayWrite },
      schema: { summary: 'Create a tenant', body: newTenant, response: { 201: tenantAnswer, ...refusals } },
    },
    async (request, reply) => {
      const tenant: Tenant = { id: newId(), version: 0, properties: request.body.properties ?? {} }
      await database.system('tenant-manager.create-tenant', (tx) => insertTenant(tx, tenant))
      return reply.code(201).send(showTenant(tenant))
    },
  )
  app.post(
    '/tenants/query',
    {
      config: { access: mayRead },
      schema: {
        summary: 'Query tenants',
        body: queryBody("properties.region = 'eu'"),
        response: { 200: tenantList, ...refusals },
      },
    },
    async (request, reply) => {
      const page = pageOf(request.body)
      const predicate = predicateOf(request.body.predicate, tenantErrors)
      const found = await database.system('tenant-manager.query-tenants', (tx) => findTenants(tx, predicate, page))
      return reply.headers(headersOf(request.url, page, found)).send(found.items.map(showTenant))
    },
  )
  app.get(
    '/tenants/:tenantId',
    {
      config: { access: mayRead },
      schema: { summary: 'Read a tenant', params: tenantPath, response: { 200: tenantAnswer, ...refusals } },
    },
    async (request) => {
      const { tenantId } = request.params
      const tenant = await database.system('tenant-manager.read-tenant', (tx) => tenantById(tx, tenantId))
      if (!tenant) throw notFound()
      return showTenant(tenant)
    },
  )
  app.patch(
    '/tenants/:tenantId',
    {
      config: { access: mayWrite },
      schema: {
        summary: 'Change properties of a tenant',
        description: 'Merges `properties` key by key, then deletes the keys in `removed`.',
        params: tenantPath,
        body: tenantDiff,
        response: { 200: emptyBody, ...refusals },
      },
    },
    async (request, reply) => {
      const diff = { properties: request.body.properties ?? {}, removed: request.body.removed ?? [] }
      const { tenantId } = request.params
      const known = await database.system('tenant-manager.change-tenant', (tx) => patchTenant(tx, tenantId, diff))
      if (!known) throw notFound()
      return reply.code(200).send()
    },
  )
  app.delete(
    '/tenants/:tenantId',
    {
      config: { access: mayWrite },
      schema: { summary: 'Delete a tenant', params: tenantPath, response: { 200: emptyBody, ...refusals } },
    },
    async (request, reply) => {
      const { tenantId } = request.params
      const outcome = await database.system('tenant-manager.delete-tenant', (tx) => deleteTenant(tx, tenantId))
      if (outcome === 'unknown') throw notFound()
      if (outcome === 'in-use') throw new WeftError(tenantErrors['tenant-in-use'])
      return reply.code(200).send()
    },
  )
}

function notFound(): WeftError {
  return new WeftError(requestErrors['not-found'], { message: 'Not found' })
}

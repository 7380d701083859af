import type { ServiceDatabase } from '@weft/foundation/database'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import type { App } from '@weft/foundation/http'
import { headersOf, listQuery, pageHeaders, pageOf } from '@weft/protocols/fabric'
import { Type } from 'typebox'
import type { DataspaceDeployment, DataspaceProfile } from '../domain/dataspace-profile.ts'
import { newId } from '../domain/ids.ts'
import { tenantErrors } from '../errors.ts'
import { keepCell } from '../store/cells.ts'
import {
  dataspaceProfileById,
  deleteDataspaceProfile,
  findDataspaceProfiles,
  insertDataspaceProfile,
  storeDeployments,
} from '../store/dataspace-profiles.ts'
import { mayRead, mayWrite } from './access.ts'
import {
  dataspaceProfileAnswer,
  dataspaceProfilePath,
  emptyBody,
  newDataspaceProfile,
  newDeployment,
  refusals,
  showDataspaceProfile,
} from './schemas.ts'

const profileList = { ...Type.Array(dataspaceProfileAnswer), headers: pageHeaders }

/** Dataspace profiles: which credentials and protocols a dataspace asks of its participants, and the cells that serve it. */
export function dataspaceProfileRoutes(app: App, database: ServiceDatabase, clock: () => number): void {
  app.get(
    '/dataspace-profiles',
    {
      config: { access: mayRead },
      schema: {
        summary: 'List dataspace profiles',
        querystring: listQuery,
        response: { 200: profileList, ...refusals },
      },
    },
    async (request, reply) => {
      const page = pageOf(request.query)
      const found = await database.system('tenant-manager.list-dataspaces', (tx) => findDataspaceProfiles(tx, page))
      return reply.headers(headersOf(request.url, page, found)).send(found.items.map(showDataspaceProfile))
    },
  )
  app.post(
    '/dataspace-profiles',
    {
      config: { access: mayWrite },
      schema: {
        summary: 'Create a dataspace profile',
        body: newDataspaceProfile,
        response: { 201: dataspaceProfileAnswer, ...refusals },
      },
    },
    async (request, reply) => {
      const { dataspaceSpec, artifacts, properties } = request.body
      const profile: DataspaceProfile = {
        id: newId(),
        version: 0,
        dataspaceSpec: dataspaceSpec ?? {},
        artifacts: artifacts ?? [],
        deployments: [],
        properties: properties ?? {},
      }
      await database.system('tenant-manager.create-dataspace', (tx) => insertDataspaceProfile(tx, profile))
      return reply.code(201).send(showDataspaceProfile(profile))
    },
  )
  app.get(
    '/dataspace-profiles/:id',
    {
      config: { access: mayRead },
      schema: {
        summary: 'Read a dataspace profile',
        params: dataspaceProfilePath,
        response: { 200: dataspaceProfileAnswer, ...refusals },
      },
    },
    async (request) => {
      const { id } = request.params
      const profile = await database.system('tenant-manager.read-dataspace', (tx) => dataspaceProfileById(tx, id))
      if (!profile) throw notFound()
      return showDataspaceProfile(profile)
    },
  )
  app.delete(
    '/dataspace-profiles/:id',
    {
      config: { access: mayWrite },
      schema: {
        summary: 'Delete a dataspace profile',
        params: dataspaceProfilePath,
        response: { 200: emptyBody, ...refusals },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const outcome = await database.system('tenant-manager.delete-dataspace', (tx) => deleteDataspaceProfile(tx, id))
      if (outcome === 'unknown') throw notFound()
      if (outcome === 'in-use') throw new WeftError(tenantErrors['dataspace-profile-in-use'])
      return reply.code(200).send()
    },
  )
  app.post(
    '/dataspace-profiles/:id/deployments',
    {
      config: { access: mayWrite },
      schema: {
        summary: 'Deploy a dataspace profile to a cell',
        description:
          'A second deployment to the same cell changes nothing. `profileId`, when given, is the id in the path.',
        params: dataspaceProfilePath,
        body: newDeployment,
        response: { 202: emptyBody, ...refusals },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { profileId, cellId } = request.body
      if (profileId !== undefined && profileId !== id) {
        const message = '"profileId" is another dataspace profile than the one in the path.'
        throw new WeftError(requestErrors['invalid-field'], { field: 'profileId', message })
      }
      await deployToCell(database, id, cellId, new Date(clock()))
      return reply.code(202).send()
    },
  )
}

function deployToCell(database: ServiceDatabase, id: string, cellId: string, at: Date): Promise<void> {
  return database.system('tenant-manager.deploy-dataspace', async (tx) => {
    const profile = await dataspaceProfileById(tx, id, 'for update')
    const cell = profile && (await keepCell(tx, cellId))
    if (!profile || !cell) throw notFound()
    if (profile.deployments.some((one) => one.cellId === cell.id)) return
    const deployment: DataspaceDeployment = {
      id: newId(),
      version: 0,
      state: 'active',
      stateTimestamp: at.toISOString(),
      cellId: cell.id,
      externalCellId: cell.externalId ?? '',
    }
    await storeDeployments(tx, profile.id, [...profile.deployments, deployment])
  })
}

function notFound(): WeftError {
  return new WeftError(requestErrors['not-found'], { message: 'Not found' })
}

import { requestErrors, WeftError } from '@weft/foundation/errors'
import type { App } from '@weft/foundation/http'
import { headersOf, listQuery, pageHeaders, pageOf, predicateOf, queryBody } from '@weft/protocols/fabric'
import { Type } from 'typebox'
import { type DeployDeps, deployParticipant } from '../deploy-participant.ts'
import { tenantErrors } from '../errors.ts'
import { findProfiles, profileOfTenant } from '../store/participant-profiles.ts'
import { tenantById } from '../store/tenants.ts'
import { mayRead, mayWrite } from './access.ts'
import {
  emptyBody,
  newParticipantProfile,
  participantProfileAnswer,
  profilePath,
  refusals,
  showProfile,
  tenantPath,
} from './schemas.ts'

const profileList = { ...Type.Array(participantProfileAnswer), headers: pageHeaders }

/** Participant profiles: an organisation's presence in dataspaces, made of four virtual participant agents. */
export function participantProfileRoutes(app: App, deps: DeployDeps): void {
  const { database } = deps
  app.get(
    '/tenants/:tenantId/participant-profiles',
    {
      config: { access: mayRead },
      schema: {
        summary: 'List the participant profiles of a tenant',
        params: tenantPath,
        querystring: listQuery,
        response: { 200: profileList, ...refusals },
      },
    },
    async (request, reply) => {
      const page = pageOf(request.query)
      const { tenantId } = request.params
      const found = await database.system('tenant-manager.list-profiles', async (tx) => {
        if (!(await tenantById(tx, tenantId))) throw notFound()
        const ofTenant = { path: ['tenantId'], value: { kind: 'string', text: tenantId }, column: 1 } as const
        return findProfiles(tx, [ofTenant], page)
      })
      return reply.headers(headersOf(request.url, page, found)).send(found.items.map(showProfile))
    },
  )
  app.post(
    '/tenants/:tenantId/participant-profiles',
    {
      config: { access: mayWrite },
      schema: {
        summary: 'Deploy a participant',
        description:
          'Answers at once with four pending VPAs; read the profile until they are active, or `error` is true.',
        params: tenantPath,
        body: newParticipantProfile,
        response: { 202: participantProfileAnswer, ...refusals },
      },
    },
    async (request, reply) => {
      const { cellId, ...asked } = request.body
      const wanted = cellId === undefined || cellId === '' ? asked : { ...asked, cellId }
      const profile = await deployParticipant(deps, request.params.tenantId, wanted)
      return reply.code(202).send(showProfile(profile))
    },
  )
  app.get(
    '/tenants/:tenantId/participant-profiles/:participantId',
    {
      config: { access: mayRead },
      schema: {
        summary: 'Read a participant profile',
        params: profilePath,
        response: { 200: participantProfileAnswer, ...refusals },
      },
    },
    async (request) => {
      const { tenantId, participantId } = request.params
      const profile = await database.system('tenant-manager.read-profile', (tx) =>
        profileOfTenant(tx, tenantId, participantId),
      )
      if (!profile) throw notFound()
      return showProfile(profile)
    },
  )
  app.delete(
    '/tenants/:tenantId/participant-profiles/:participantId',
    {
      config: { access: mayWrite },
      schema: {
        summary: 'Dispose of a participant',
        description: 'Not supported yet: answers 501 for every profile.',
        params: profilePath,
        response: { 202: emptyBody, ...refusals },
      },
    },
    async () => {
      throw new WeftError(requestErrors.unsupported, { message: 'Participant profiles cannot be disposed of yet.' })
    },
  )
  app.post(
    '/participant-profiles/query',
    {
      config: { access: mayRead },
      schema: {
        summary: 'Query participant profiles',
        body: queryBody("properties.region = 'eu' AND vpas.state = 'active'"),
        response: { 200: profileList, ...refusals },
      },
    },
    async (request, reply) => {
      const page = pageOf(request.body)
      const predicate = predicateOf(request.body.predicate, tenantErrors)
      const found = await database.system('tenant-manager.query-profiles', (tx) => findProfiles(tx, predicate, page))
      return reply.headers(headersOf(request.url, page, found)).send(found.items.map(showProfile))
    },
  )
}

function notFound(): WeftError {
  return new WeftError(requestErrors['not-found'], { message: 'Not found' })
}

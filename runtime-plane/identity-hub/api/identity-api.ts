import { participantContextId } from '@weft/foundation/access'
import type { ServiceDatabase } from '@weft/foundation/database'
import { type ApiDefinition, type App, pageOf, pageQuery } from '@weft/foundation/http'
import { Type } from 'typebox'
import type { CredentialOffers } from '../credential-offers.ts'
import type { CredentialRequests } from '../credential-requests.ts'
import type { DidVerifications } from '../did-verification.ts'
import { readManifest } from '../domain/participant.ts'
import type { HeldStatuses } from '../held-statuses.ts'
import type { KeyPairs } from '../key-pairs.ts'
import type { Participants } from '../participants.ts'
import { findParticipant, listParticipants } from '../store/participants.ts'
import { credentialRoutes } from './credential-routes.ts'
import { didRoutes } from './did-routes.ts'
import { errorArray, renderErrorArray } from './error-array.ts'
import { access, everybody, found, operators, ownAccess } from './identity-access.ts'
import { participantAnswer } from './identity-answers.ts'
import { account, contextParams, manifest, noContent, participant } from './identity-schemas.ts'
import { keyRoutes } from './key-routes.ts'
import { offerRoutes } from './offer-routes.ts'

/** Name of the API: its OpenAPI document is kept under it. */
export const identityApiName = 'identity'
const identityApiPrefix = '/api/identity/v1beta'

export interface IdentityApiOptions {
  readonly database: ServiceDatabase
  readonly participants: Participants
  readonly credentialRequests: CredentialRequests
  readonly credentialOffers: CredentialOffers
  readonly heldStatuses: HeldStatuses
  readonly keyPairs: KeyPairs
  readonly didVerifications: DidVerifications
  readonly publicUrl: string
  readonly clock: () => number
}

const createAndList = access('identity-api:participants:admin', operators)

/** The administration API of the hub (admin listener). */
export function identityApi(options: IdentityApiOptions): ApiDefinition {
  return {
    name: identityApiName,
    title: 'Identity API',
    version: 'v1beta',
    prefix: identityApiPrefix,
    renderError: renderErrorArray,
    routes: (app) => {
      participantRoutes(app, options)
      keyRoutes(app, options)
      didRoutes(app, options)
      credentialRoutes(app, { ...options, prefix: identityApiPrefix })
      offerRoutes(app, { ...options, prefix: identityApiPrefix })
    },
  }
}

function participantRoutes(app: App, { database, participants, publicUrl }: IdentityApiOptions): void {
  app.post(
    '/participants',
    {
      config: createAndList,
      schema: {
        summary: 'Create a participant context with its DID and keys',
        description: 'Idempotent: the same manifest again has the same answer.',
        body: manifest,
        response: { 200: account, '4xx': errorArray },
      },
    },
    async (request) => {
      const id = participantContextId(request.body.participantContextId)
      const { clientId, clientSecret } = await participants.create(readManifest(id, request.body, publicUrl))
      return { apiKey: null, clientId, clientSecret }
    },
  )
  app.get(
    '/participants',
    {
      config: createAndList,
      schema: {
        summary: 'List participant contexts, oldest first',
        querystring: pageQuery,
        response: { 200: Type.Array(participant), '4xx': errorArray },
      },
    },
    async (request) => {
      const list = await database.system('identity-hub.list-participants', (tx) =>
        listParticipants(tx, pageOf(request.query)),
      )
      return list.map(participantAnswer)
    },
  )
  app.get(
    '/participants/:participantContextId',
    {
      config: ownAccess('identity-api:participants:read', everybody),
      schema: {
        summary: 'Read a participant context',
        params: contextParams,
        response: { 200: participant, '4xx': errorArray },
      },
    },
    async (request) => {
      const id = participantContextId(request.params.participantContextId)
      return participantAnswer(found(await database.tenant(id, (tx) => findParticipant(tx, id))))
    },
  )
  app.delete(
    '/participants/:participantContextId',
    {
      config: ownAccess('identity-api:participants:write', operators),
      schema: {
        summary: 'Remove a participant context with its keys, secrets, credentials and DID',
        params: contextParams,
        response: { 204: noContent, '4xx': errorArray },
      },
    },
    async (request, reply) => {
      await participants.erase(participantContextId(request.params.participantContextId))
      return await reply.code(204).send()
    },
  )
  app.post(
    '/participants/:participantContextId/state',
    {
      config: ownAccess('identity-api:participants:write', operators),
      schema: {
        summary: 'Activate or deactivate a participant context; its DID document is published while it is active',
        params: contextParams,
        querystring: Type.Object({ isActive: Type.Boolean() }),
        response: { 204: noContent, '4xx': errorArray },
      },
    },
    async (request, reply) => {
      await participants.setActive(participantContextId(request.params.participantContextId), request.query.isActive)
      return await reply.code(204).send()
    },
  )
}

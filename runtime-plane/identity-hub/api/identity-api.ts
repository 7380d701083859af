import type { AccessRule, Role } from '@weft/foundation/access'
import { participantContextId } from '@weft/foundation/access'
import type { ServiceDatabase } from '@weft/foundation/database'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import { type ApiDefinition, type App, pageOf, pageQuery } from '@weft/foundation/http'
import { profileOfFormat } from '@weft/protocols/dcp'
import { buildDidDocument, parseDid } from '@weft/protocols/trust'
import { Type } from 'typebox'
import type { CredentialRequests } from '../credential-requests.ts'
import { readManifest } from '../domain/participant.ts'
import type { Participants } from '../participants.ts'
import { findCredential, listCredentials } from '../store/credentials.ts'
import { findParticipant, findParticipantWithKeys, listKeyPairs, listParticipants } from '../store/participants.ts'
import { errorArray, renderErrorArray } from './error-array.ts'
import { credentialAnswer, credentialRequestAnswer, keyPairAnswer, participantAnswer } from './identity-answers.ts'
import {
  account,
  contextParams,
  credential,
  credentialRequest,
  credentialRequestBody,
  didDocument,
  keyPair,
  manifest,
  noContent,
  pageBody,
  participant,
} from './identity-schemas.ts'

/** Name of the API: its OpenAPI document is kept under it. */
export const identityApiName = 'identity'
const identityApiPrefix = '/api/identity/v1beta'

export interface IdentityApiOptions {
  readonly database: ServiceDatabase
  readonly participants: Participants
  readonly credentialRequests: CredentialRequests
  readonly publicUrl: string
  readonly clock: () => number
}

/** Participants do not make, switch or remove contexts: that is the operator's. */
const operators: readonly Role[] = ['admin', 'provisioner', 'workload']
/** The operator's machines have no business with what a participant holds. */
const owners: readonly Role[] = ['admin', 'participant']
const everybody: readonly Role[] = ['admin', 'provisioner', 'participant', 'workload']

const createAndList = access('identity-api:participants:admin', operators)

function access(scope: string, roles: readonly Role[]): { readonly access: AccessRule } {
  return { access: { kind: 'token', scope, roles } }
}

function ownAccess(scope: string, roles: readonly Role[]): { readonly access: AccessRule } {
  return { access: { kind: 'token', scope, roles, owner: 'participantContextId' } }
}

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
      keyAndDidRoutes(app, options)
      credentialRoutes(app, options)
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

function keyAndDidRoutes(app: App, { database }: IdentityApiOptions): void {
  app.get(
    '/participants/:participantContextId/keypairs',
    {
      config: ownAccess('identity-api:keypairs:read', owners),
      schema: {
        summary: 'List key pairs: public parts only',
        params: contextParams,
        querystring: pageQuery,
        response: { 200: Type.Array(keyPair), '4xx': errorArray },
      },
    },
    async (request) => {
      const id = participantContextId(request.params.participantContextId)
      const pairs = await database.tenant(id, async (tx) => {
        found(await findParticipant(tx, id))
        return await listKeyPairs(tx, id, pageOf(request.query))
      })
      return pairs.map((pair) => keyPairAnswer(id, pair))
    },
  )
  app.post(
    '/participants/:participantContextId/dids/query',
    {
      config: ownAccess('identity-api:dids:read', owners),
      schema: {
        summary: 'Read the DID documents of a participant context, published or not',
        params: contextParams,
        body: pageBody,
        response: { 200: Type.Array(didDocument), '4xx': errorArray },
      },
    },
    async (request) => {
      const id = participantContextId(request.params.participantContextId)
      const context = found(await database.tenant(id, (tx) => findParticipantWithKeys(tx, id)))
      const document = buildDidDocument({
        did: context.participant.did,
        keys: context.keyPairs.map(({ kid, publicJwk }) => ({ kid, publicJwk })),
        services: context.participant.services,
      })
      // A context has one DID.
      return pageOf(request.body).offset === 0 ? [{ ...document, id: context.participant.did }] : []
    },
  )
}

function credentialRoutes(app: App, { database, credentialRequests, clock }: IdentityApiOptions): void {
  app.get(
    '/participants/:participantContextId/credentials',
    {
      config: ownAccess('identity-api:credentials:read', owners),
      schema: {
        summary: 'List held credentials, oldest first',
        params: contextParams,
        querystring: Type.Intersect([
          pageQuery,
          Type.Object({ type: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })) }),
        ]),
        response: { 200: Type.Array(credential), '4xx': errorArray },
      },
    },
    async (request) => {
      const id = participantContextId(request.params.participantContextId)
      const page = { ...pageOf(request.query), type: request.query.type }
      const held = await database.tenant(id, async (tx) => {
        found(await findParticipant(tx, id))
        return await listCredentials(tx, id, page)
      })
      return held.map((one) => credentialAnswer(one, clock()))
    },
  )
  app.get(
    '/participants/:participantContextId/credentials/:credentialId',
    {
      config: ownAccess('identity-api:credentials:read', owners),
      schema: {
        summary: 'Read a held credential',
        params: Type.Intersect([contextParams, Type.Object({ credentialId: Type.String({ maxLength: 128 }) })]),
        response: { 200: credential, '4xx': errorArray },
      },
    },
    async (request) => {
      const id = participantContextId(request.params.participantContextId)
      const one = await database.tenant(id, (tx) => findCredential(tx, id, request.params.credentialId))
      return credentialAnswer(found(one), clock())
    },
  )
  app.post(
    '/participants/:participantContextId/credentials/request',
    {
      config: ownAccess('identity-api:credentials:write', everybody),
      schema: {
        summary: 'Ask an issuer for credentials',
        description:
          'Idempotent by holderPid: the same request again is the one that exists. Location names its status.',
        params: contextParams,
        body: credentialRequestBody,
        response: { 201: noContent, '4xx': errorArray },
      },
    },
    async (request, reply) => {
      const id = participantContextId(request.params.participantContextId)
      const { holderPid } = await credentialRequests.request(id, {
        issuerDid: parseDid(request.body.issuerDid, 'issuerDid'),
        holderPid: request.body.holderPid,
        requested: request.body.credentials.map((one) => ({
          id: one.id,
          credentialType: one.type,
          profile: profileOfFormat(one.format),
        })),
      })
      const location = `${identityApiPrefix}/participants/${id}/credentials/request/${encodeURIComponent(holderPid)}`
      reply.header('location', location)
      return await reply.code(201).send()
    },
  )
  app.get(
    '/participants/:participantContextId/credentials/request/:holderPid',
    {
      config: ownAccess('identity-api:credentials:read', everybody),
      schema: {
        summary: 'Read the status of a credential request',
        params: Type.Intersect([contextParams, Type.Object({ holderPid: Type.String({ maxLength: 128 }) })]),
        response: { 200: credentialRequest, '4xx': errorArray },
      },
    },
    async (request) => {
      const id = participantContextId(request.params.participantContextId)
      return credentialRequestAnswer(await credentialRequests.get(id, request.params.holderPid))
    },
  )
}

/** @throws `request.not-found` */
function found<T>(thing: T | undefined): T {
  if (thing === undefined) throw new WeftError(requestErrors['not-found'])
  return thing
}

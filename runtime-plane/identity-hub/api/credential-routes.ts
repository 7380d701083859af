import { participantContextId } from '@weft/foundation/access'
import type { ServiceDatabase } from '@weft/foundation/database'
import { type App, pageOf, pageQuery } from '@weft/foundation/http'
import { profileOfFormat } from '@weft/protocols/dcp'
import { parseDid } from '@weft/protocols/trust'
import { Type } from 'typebox'
import type { CredentialRequests } from '../credential-requests.ts'
import { type HeldCredential, stateOf } from '../domain/held-credential.ts'
import type { HeldStatuses } from '../held-statuses.ts'
import { deleteCredentials, findCredential, listCredentials } from '../store/credentials.ts'
import { findParticipant } from '../store/participants.ts'
import { errorArray } from './error-array.ts'
import { everybody, found, ownAccess, owners } from './identity-access.ts'
import { credentialAnswer, credentialRequestAnswer } from './identity-answers.ts'
import { contextParams, credential, credentialRequest, credentialRequestBody, noContent } from './identity-schemas.ts'

export interface CredentialRoutesOptions {
  readonly database: ServiceDatabase
  readonly credentialRequests: CredentialRequests
  readonly heldStatuses: HeldStatuses
  readonly prefix: string
  readonly clock: () => number
}

/** Held credentials, and asking for new ones. */
export function credentialRoutes(
  app: App,
  { database, credentialRequests, heldStatuses, prefix, clock }: CredentialRoutesOptions,
): void {
  const answerOf = async (held: HeldCredential) => {
    const status = await heldStatuses.of({ heldId: held.id, raw: held.raw })
    return credentialAnswer(held, stateOf(held, status, clock()))
  }
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
      return await Promise.all(held.map(answerOf))
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
      return await answerOf(found(one))
    },
  )
  app.delete(
    '/participants/:participantContextId/credentials/:credentialId',
    {
      config: ownAccess('identity-api:credentials:write', owners),
      schema: {
        summary: 'Forget a held credential; its issuer is not told',
        params: Type.Intersect([contextParams, Type.Object({ credentialId: Type.String({ maxLength: 128 }) })]),
        response: { 204: noContent, '4xx': errorArray },
      },
    },
    async (request, reply) => {
      const id = participantContextId(request.params.participantContextId)
      const deleted = await database.tenant(id, (tx) => deleteCredentials(tx, id, [request.params.credentialId]))
      found(deleted > 0 || undefined)
      return await reply.code(204).send()
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
      const location = `${prefix}/participants/${id}/credentials/request/${encodeURIComponent(holderPid)}`
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

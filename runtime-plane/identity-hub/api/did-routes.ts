import { type ParticipantContextId, participantContextId } from '@weft/foundation/access'
import type { ServiceDatabase } from '@weft/foundation/database'
import { WeftError } from '@weft/foundation/errors'
import { type App, pageOf } from '@weft/foundation/http'
import { buildDidDocument } from '@weft/protocols/trust'
import { Type } from 'typebox'
import type { DidVerifications } from '../did-verification.ts'
import { keysToPublish } from '../domain/key-pair.ts'
import type { Participant } from '../domain/participant.ts'
import { hubErrors } from '../errors.ts'
import { findParticipant, findParticipantWithKeys } from '../store/participants.ts'
import { errorArray } from './error-array.ts'
import { everybody, found, operators, ownAccess, owners } from './identity-access.ts'
import { contextParams, didDocument, didVerification, noContent, pageBody } from './identity-schemas.ts'

export interface DidRoutesOptions {
  readonly database: ServiceDatabase
  readonly didVerifications: DidVerifications
  readonly clock: () => number
}

const path = '/participants/:participantContextId/dids'
const read = { config: ownAccess('identity-api:dids:read', owners) } as const
const write = { config: ownAccess('identity-api:dids:write', operators) } as const
const didBody = Type.Object({ did: Type.String({ minLength: 1, maxLength: 512 }) }, { additionalProperties: false })

/** The DID documents of a participant context. A context has one DID. */
export function didRoutes(app: App, { database, didVerifications, clock }: DidRoutesOptions): void {
  const documentOf = async (id: ParticipantContextId) => {
    const context = found(await database.tenant(id, (tx) => findParticipantWithKeys(tx, id)))
    const { did, services } = context.participant
    const keys = keysToPublish(context.keyPairs, clock()).map(({ kid, publicJwk }) => ({ kid, publicJwk }))
    return { ...buildDidDocument({ did, keys, services }), id: did }
  }
  const participantOf = async (params: { participantContextId: string }, did: string): Promise<Participant> => {
    const id = participantContextId(params.participantContextId)
    const participant = await database.tenant(id, (tx) => findParticipant(tx, id))
    return found(participant?.did === did ? participant : undefined)
  }

  app.post(
    `${path}/query`,
    {
      ...read,
      schema: {
        summary: 'Read the DID documents of a participant context, published or not',
        params: contextParams,
        body: pageBody,
        response: { 200: Type.Array(didDocument), '4xx': errorArray },
      },
    },
    async (request) => {
      const document = await documentOf(participantContextId(request.params.participantContextId))
      return pageOf(request.body).offset === 0 ? [document] : []
    },
  )
  app.get(
    `${path}/document`,
    {
      ...read,
      schema: {
        summary: 'Download the DID document: what a customer publishes who hosts it on its own domain',
        params: contextParams,
        response: { 200: didDocument, '4xx': errorArray },
      },
    },
    async (request, reply) => {
      const document = await documentOf(participantContextId(request.params.participantContextId))
      return await reply.header('content-disposition', 'attachment; filename="did.json"').send(document)
    },
  )
  app.post(
    `${path}/verify`,
    {
      config: ownAccess('identity-api:dids:write', everybody),
      schema: {
        summary: 'Fetch the published DID document as partners do and say what differs from ours',
        description: 'A new key that waited to be published by the customer, and is, signs from now on.',
        params: contextParams,
        response: { 200: didVerification, '4xx': errorArray },
      },
    },
    async (request) => {
      const result = await didVerifications.verify(participantContextId(request.params.participantContextId))
      const { differences, activatedKeyPairs } = result
      return { ...result, differences: [...differences], activatedKeyPairs: [...activatedKeyPairs] }
    },
  )
  app.post(
    `${path}/state`,
    {
      ...read,
      schema: {
        summary: 'Say whether the DID document is published',
        params: contextParams,
        body: didBody,
        response: { 200: Type.String({ description: 'PUBLISHED or UNPUBLISHED.' }), '4xx': errorArray },
      },
    },
    async (request, reply) => {
      const { active } = await participantOf(request.params, request.body.did)
      return await reply.type('text/plain').send(active ? 'PUBLISHED' : 'UNPUBLISHED')
    },
  )
  for (const [verb, needed] of [
    ['publish', true],
    ['unpublish', false],
  ] as const) {
    app.post(
      `${path}/${verb}`,
      {
        ...write,
        schema: {
          summary: `Confirm that the DID document is ${verb}ed: it follows the state of the participant context`,
          params: contextParams,
          body: didBody,
          response: { 204: noContent, '4xx': errorArray },
        },
      },
      async (request, reply) => {
        const { active } = await participantOf(request.params, request.body.did)
        if (active !== needed) throw new WeftError(hubErrors['did-follows-context'])
        return await reply.code(204).send()
      },
    )
  }
}

import { participantContextId } from '@weft/foundation/access'
import type { ServiceDatabase } from '@weft/foundation/database'
import { type App, pageOf, pageQuery } from '@weft/foundation/http'
import { type Static, Type } from 'typebox'
import { readKey } from '../domain/participant.ts'
import type { KeyPairs } from '../key-pairs.ts'
import { findKeyPair, listKeyPairs } from '../store/key-pairs.ts'
import { findParticipant } from '../store/participants.ts'
import { errorArray } from './error-array.ts'
import { everybody, found, ownAccess, owners } from './identity-access.ts'
import { keyPairAnswer } from './identity-answers.ts'
import { contextParams, keyDescriptor, keyPair, noContent } from './identity-schemas.ts'

export interface KeyRoutesOptions {
  readonly database: ServiceDatabase
  readonly keyPairs: KeyPairs
}

const path = '/participants/:participantContextId/keypairs'
const pairParams = Type.Intersect([contextParams, Type.Object({ keyPairId: Type.String({ maxLength: 128 }) })])
/** A successor of its own making when there is no body. */
const successor = Type.Optional(Type.Union([keyDescriptor, Type.Null()]))
const write = { config: ownAccess('identity-api:keypairs:write', everybody) } as const
const read = { config: ownAccess('identity-api:keypairs:read', owners) } as const
const longestPublicationMs = 366 * 24 * 3_600_000

/** The keys of a participant context: public parts only, private ones never leave the vault. */
export function keyRoutes(app: App, { database, keyPairs }: KeyRoutesOptions): void {
  const didOf = async (id: ReturnType<typeof participantContextId>) =>
    found(await database.tenant(id, (tx) => findParticipant(tx, id))).did
  const requestOf = async (
    id: ReturnType<typeof participantContextId>,
    body: Static<typeof successor> | null | undefined,
  ) => (body ? readKey(await didOf(id), body, 'keyId') : undefined)

  app.get(
    path,
    {
      ...read,
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
  app.get(
    `${path}/:keyPairId`,
    {
      ...read,
      schema: {
        summary: 'Read a key pair: its public part only',
        params: pairParams,
        response: { 200: keyPair, '4xx': errorArray },
      },
    },
    async (request) => {
      const id = participantContextId(request.params.participantContextId)
      const pair = await database.tenant(id, (tx) => findKeyPair(tx, id, request.params.keyPairId))
      return keyPairAnswer(id, found(pair))
    },
  )
  app.put(
    path,
    {
      ...write,
      schema: {
        summary: 'Add a key pair, which the hub makes',
        params: contextParams,
        querystring: Type.Object({ makeDefault: Type.Optional(Type.Boolean({ default: false })) }),
        body: keyDescriptor,
        response: { 204: noContent, '4xx': errorArray },
      },
    },
    async (request, reply) => {
      const id = participantContextId(request.params.participantContextId)
      const key = readKey(await didOf(id), request.body, 'keyId')
      const { makeDefault = false } = request.query
      await keyPairs.add(id, key, { active: request.body.active ?? true, makeDefault })
      return await reply.code(204).send()
    },
  )
  app.post(
    `${path}/:keyPairId/activate`,
    {
      ...write,
      schema: {
        summary: 'Let a key pair sign that was made before; the one that it replaces is rotated',
        params: pairParams,
        response: { 204: noContent, '4xx': errorArray },
      },
    },
    async (request, reply) => {
      await keyPairs.activate(participantContextId(request.params.participantContextId), request.params.keyPairId)
      return await reply.code(204).send()
    },
  )
  app.post(
    `${path}/:keyPairId/rotate`,
    {
      ...write,
      schema: {
        summary: 'Let a new key pair sign in the place of this one',
        description:
          'The private key is destroyed; the public key stays in the DID document for a day or for `duration`, so that what it signed stays valid. Where the customer hosts the document, the new key waits until it is found there.',
        params: pairParams,
        querystring: Type.Object({
          duration: Type.Optional(
            Type.Integer({
              minimum: 0,
              maximum: longestPublicationMs,
              description: 'Milliseconds that the old public key stays published; at least ten minutes.',
            }),
          ),
        }),
        body: successor,
        response: { 204: noContent, '4xx': errorArray },
      },
    },
    async (request, reply) => {
      const id = participantContextId(request.params.participantContextId)
      await keyPairs.rotate(id, request.params.keyPairId, {
        successor: await requestOf(id, request.body),
        publishedForMs: request.query.duration,
      })
      return await reply.code(204).send()
    },
  )
  app.post(
    `${path}/:keyPairId/revoke`,
    {
      ...write,
      schema: {
        summary: 'Take a key pair out of use and out of the DID document at once; a new one signs in its place',
        params: pairParams,
        body: successor,
        response: { 204: noContent, '4xx': errorArray },
      },
    },
    async (request, reply) => {
      const id = participantContextId(request.params.participantContextId)
      await keyPairs.revoke(id, request.params.keyPairId, { successor: await requestOf(id, request.body) })
      return await reply.code(204).send()
    },
  )
}

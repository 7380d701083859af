import { participantContextId } from '@weft/foundation/access'
import type { ServiceDatabase } from '@weft/foundation/database'
import { type App, pageOf, pageQuery } from '@weft/foundation/http'
import { Type } from 'typebox'
import type { CredentialOffers } from '../credential-offers.ts'
import { deleteOffer, findOffer, listOffers } from '../store/offers.ts'
import { findParticipant } from '../store/participants.ts'
import { errorArray } from './error-array.ts'
import { everybody, found, ownAccess, owners } from './identity-access.ts'
import { offerAnswer } from './identity-answers.ts'
import { acceptance, contextParams, credentialOffer, noContent } from './identity-schemas.ts'

export interface OfferRoutesOptions {
  readonly database: ServiceDatabase
  readonly credentialOffers: CredentialOffers
  readonly prefix: string
}

const path = '/participants/:participantContextId/credentials/offers'
const offerParams = Type.Intersect([contextParams, Type.Object({ offerId: Type.String({ maxLength: 128 }) })])
const read = { config: ownAccess('identity-api:credentials:read', owners) } as const
const write = { config: ownAccess('identity-api:credentials:write', everybody) } as const

/** What issuers offer to a participant (DCP-41). */
export function offerRoutes(app: App, { database, credentialOffers, prefix }: OfferRoutesOptions): void {
  app.get(
    path,
    {
      ...read,
      schema: {
        summary: 'List what issuers have offered, newest first',
        params: contextParams,
        querystring: pageQuery,
        response: { 200: Type.Array(credentialOffer), '4xx': errorArray },
      },
    },
    async (request) => {
      const id = participantContextId(request.params.participantContextId)
      const offers = await database.tenant(id, async (tx) => {
        found(await findParticipant(tx, id))
        return await listOffers(tx, id, pageOf(request.query))
      })
      return offers.map(offerAnswer)
    },
  )
  app.get(
    `${path}/:offerId`,
    {
      ...read,
      schema: {
        summary: 'Read an offer',
        params: offerParams,
        response: { 200: credentialOffer, '4xx': errorArray },
      },
    },
    async (request) => {
      const id = participantContextId(request.params.participantContextId)
      return offerAnswer(found(await database.tenant(id, (tx) => findOffer(tx, id, request.params.offerId))))
    },
  )
  app.post(
    `${path}/:offerId/accept`,
    {
      ...write,
      schema: {
        summary: 'Ask the issuer for what it offers',
        description: 'Idempotent: an accepted offer stays so. Location names the status of the credential request.',
        params: offerParams,
        body: Type.Optional(Type.Union([acceptance, Type.Null()])),
        response: { 201: noContent, '4xx': errorArray },
      },
    },
    async (request, reply) => {
      const id = participantContextId(request.params.participantContextId)
      const { holderPid } = await credentialOffers.accept(id, request.params.offerId, request.body ?? {})
      const location = `${prefix}/participants/${id}/credentials/request/${encodeURIComponent(holderPid)}`
      return await reply.header('location', location).code(201).send()
    },
  )
  app.delete(
    `${path}/:offerId`,
    {
      ...write,
      schema: {
        summary: 'Forget an offer; the issuer is not told',
        params: offerParams,
        response: { 204: noContent, '4xx': errorArray },
      },
    },
    async (request, reply) => {
      const id = participantContextId(request.params.participantContextId)
      const gone = await database.tenant(id, (tx) => deleteOffer(tx, id, request.params.offerId))
      found(gone || undefined)
      return await reply.code(204).send()
    },
  )
}

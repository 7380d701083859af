import { requestErrors, WeftError } from '@weft/foundation/errors'
import type { App } from '@weft/foundation/http'
import { type Static, Type } from 'typebox'
import { issuerErrors } from '../domain/errors.ts'
import { makeOffer } from '../offers.ts'
import { readDefinitions } from '../store/offerings.ts'
import { type Offer, queryOffers, readOffer } from '../store/offers.ts'
import { type AdminApiOptions, asIssuer, issuerAccess } from './as-issuer.ts'
import { refusals } from './render-error.ts'
import { contextParams, idParams, offerAnswer, offerBody, optionalQuerySpec } from './schemas.ts'

const credentials = '/participants/:participantContextId/credentials'
const base = '/participants/:participantContextId/credentialoffers'

/** Telling holders which credentials they may ask for, and whether they were told (DCP-41). */
export function offerRoutes(app: App, options: AdminApiOptions): void {
  app.post(
    `${credentials}/offer`,
    {
      config: issuerAccess('credentials:write'),
      schema: {
        summary: 'Offer credentials to a holder; what became of it is at the Location',
        params: contextParams,
        body: offerBody,
        response: { 204: Type.Null(), ...refusals },
      },
    },
    async (request, reply) => {
      const { holderId, reason = 'reissue' } = request.body
      const definitionIds = [...new Set(request.body.credentials)]
      const id = await asIssuer(options, request.params, async (tx, participantContextId) => {
        const known = new Set((await readDefinitions(tx, definitionIds)).map((definition) => definition.id))
        const unknown = request.body.credentials.findIndex((one) => !known.has(one))
        if (unknown >= 0) {
          const message = 'There is no credential definition with this id; create it first.'
          throw new WeftError(requestErrors['invalid-field'], { field: `credentials/${unknown}`, message })
        }
        return makeOffer(options, tx, { participantContextId, holderId, definitionIds, reason })
      })
      if (id === undefined) throw new WeftError(issuerErrors['holder-unknown'], { field: 'holderId' })
      const { participantContextId } = request.params
      reply.header('location', `/api/issuer/v1beta/participants/${participantContextId}/credentialoffers/${id}`)
      return reply.code(204).send(null)
    },
  )
  app.get(
    `${base}/:id`,
    {
      config: issuerAccess('credentials:read'),
      schema: { summary: 'Read an offer', params: idParams, response: { 200: offerAnswer, ...refusals } },
    },
    async (request) => {
      const offer = await asIssuer(options, request.params, (tx) => readOffer(tx, request.params.id))
      if (!offer) throw new WeftError(issuerErrors['offer-unknown'])
      return answerOf(request.params.participantContextId, offer)
    },
  )
  app.post(
    `${base}/query`,
    {
      config: issuerAccess('credentials:read'),
      schema: {
        summary: 'Query offers',
        params: contextParams,
        body: optionalQuerySpec,
        response: { 200: Type.Array(offerAnswer), ...refusals },
      },
    },
    async (request) => {
      const offers = await asIssuer(options, request.params, (tx) => queryOffers(tx, request.body ?? {}))
      return offers.map((offer) => answerOf(request.params.participantContextId, offer))
    },
  )
}

function answerOf(participantContextId: string, offer: Offer): Static<typeof offerAnswer> {
  const { id, holderId, definitionIds, reason, state, errorCode, createdAt, updatedAt } = offer
  return {
    id,
    participantContextId,
    holderId,
    credentials: [...definitionIds],
    reason,
    state,
    errorCode,
    createdAt: createdAt.getTime(),
    updatedAt: updatedAt.getTime(),
  }
}

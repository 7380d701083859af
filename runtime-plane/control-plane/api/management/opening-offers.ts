import { randomUUID } from 'node:crypto'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import type { App } from '@weft/foundation/http'
import { Type } from 'typebox'
import { catalogueErrors } from '../../errors.ts'
import { negotiationTasks } from '../../negotiation/tasks.ts'
import type { Parts } from '../../parts.ts'
import { findAsset } from '../../store/assets.ts'
import { insertNegotiation } from '../../store/negotiations.ts'
import { ConductSchema } from './contract-answers.ts'
import { counterpartyFields, profileNameOf, requireAddressed, requireHttpAddress } from './counterparty.ts'
import { readTerms, TermsSchema } from './offer-terms.ts'
import {
  Context,
  ContextParams,
  errorAnswers,
  IdResponse,
  idResponse,
  ProcessId,
  participantRoute,
  withActiveContext,
} from './wire.ts'

const ContractOfferBody = Type.Object({
  '@context': Context,
  '@type': Type.Literal('ContractOffer'),
  '@id': Type.Optional(ProcessId),
  ...counterpartyFields,
  counterPartyId: Type.String({ description: 'DID of the consumer.' }),
  conduct: Type.Optional(ConductSchema),
  policy: TermsSchema,
})

/** A negotiation that the provider opens, with an offer nobody has asked for (DSP-24). */
export function openingOfferRoutes(app: App, parts: Parts): void {
  app.post(
    '/participants/:participantContextId/contractnegotiations/offers',
    {
      config: participantRoute('negotiations', 'write'),
      schema: {
        summary: 'Offer a consumer the contract of a dataset of ours.',
        params: ContextParams,
        body: ContractOfferBody,
        response: { 200: IdResponse, ...errorAnswers },
      },
    },
    async (request) => {
      const { body, params } = request
      const profile = profileNameOf(body)
      const counterpartyAddress = requireHttpAddress(body.counterPartyAddress)
      const counterpartyDid = parts.identity.participantId(body.counterPartyId, 'counterPartyId')
      const target = body.policy.target ?? ''
      const offer = readTerms(parts, body.policy, target)
      const id = body['@id'] ?? randomUUID()
      const { created, negotiation } = await withActiveContext(parts, params, async (tx) => {
        await requireAddressed(tx, parts, params.participantContextId, profile)
        if (!(await findAsset(tx, target))) {
          throw new WeftError(requestErrors['invalid-field'], {
            field: '/policy/target',
            message: '"target" must be the id of an asset of this participant.',
          })
        }
        return insertNegotiation(
          tx,
          parts.processes,
          {
            id,
            role: 'PROVIDER',
            state: 'OFFERING',
            profile,
            conduct: body.conduct ?? 'automatic',
            counterpartyDid,
            counterpartyAddress,
            correlationId: null,
            offer,
            agreement: null,
            agreementId: null,
            decision: null,
            failure: null,
            received: [],
          },
          { path: ['INITIAL', 'OFFERING'], tasks: [{ name: negotiationTasks.sendOffer }] },
        )
      })
      if (!created) throw new WeftError(catalogueErrors.exists, { field: '@id' })
      return idResponse(id, negotiation.createdAt)
    },
  )
}

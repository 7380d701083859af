import type { App } from '@weft/foundation/http'
import { Type } from 'typebox'
import { readQuery } from '../../domain/query.ts'
import type { Parts } from '../../parts.ts'
import { findAgreement, queryAgreements } from '../../store/agreements.ts'
import { findNegotiationOfAgreement } from '../../store/negotiations.ts'
import { AgreementAnswer, agreementAnswer, NegotiationAnswer, negotiationAnswer } from './contract-answers.ts'
import {
  ContextParams,
  errorAnswers,
  found,
  ItemParams,
  participantRoute,
  QueryBody,
  withActiveContext,
} from './wire.ts'

/** Contracts that a participant holds, as provider or consumer. */
export function agreementRoutes(app: App, parts: Parts): void {
  const collection = '/participants/:participantContextId/contractagreements'

  app.get(
    `${collection}/:id`,
    {
      config: participantRoute('agreements', 'read'),
      schema: {
        summary: 'Read a contract agreement.',
        params: ItemParams,
        response: { 200: AgreementAnswer, ...errorAnswers },
      },
    },
    async (request) =>
      agreementAnswer(
        found(await withActiveContext(parts, request.params, (tx) => findAgreement(tx, request.params.id))),
      ),
  )

  app.get(
    `${collection}/:id/negotiation`,
    {
      config: participantRoute('agreements', 'read'),
      schema: {
        summary: 'Read the negotiation that led to an agreement.',
        params: ItemParams,
        response: { 200: NegotiationAnswer, ...errorAnswers },
      },
    },
    async (request) => {
      const { id } = request.params
      return negotiationAnswer(
        found(await withActiveContext(parts, request.params, (tx) => findNegotiationOfAgreement(tx, id))),
      )
    },
  )

  app.post(
    `${collection}/request`,
    {
      config: participantRoute('agreements', 'read'),
      schema: {
        summary: 'Search contract agreements.',
        params: ContextParams,
        body: QueryBody,
        response: { 200: Type.Array(AgreementAnswer), ...errorAnswers },
      },
    },
    async (request) => {
      const query = readQuery(request.body)
      return (await withActiveContext(parts, request.params, (tx) => queryAgreements(tx, query))).map(agreementAnswer)
    },
  )
}

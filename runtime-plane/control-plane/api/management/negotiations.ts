import { randomUUID } from 'node:crypto'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import type { App } from '@weft/foundation/http'
import type { MessageOffer } from '@weft/protocols/dsp'
import { parsePolicy } from '@weft/protocols/policy'
import { type Static, Type } from 'typebox'
import type { Negotiation } from '../../domain/negotiation.ts'
import { readQuery } from '../../domain/query.ts'
import { catalogueErrors } from '../../errors.ts'
import { negotiationTasks } from '../../negotiation/tasks.ts'
import type { Parts } from '../../parts.ts'
import { findAgreement } from '../../store/agreements.ts'
import { findNegotiation, insertNegotiation, queryNegotiations } from '../../store/negotiations.ts'
import {
  AgreementAnswer,
  agreementAnswer,
  ConductSchema,
  NegotiationAnswer,
  negotiationAnswer,
} from './contract-answers.ts'
import {
  callbackFields,
  counterpartyFields,
  profileNameOf,
  refuseCallbacks,
  requireAddressed,
  requireHttpAddress,
} from './counterparty.ts'
import { HistoryAnswer, historyAnswer } from './history.ts'
import {
  Context,
  ContextParams,
  errorAnswers,
  found,
  IdResponse,
  ItemParams,
  idResponse,
  inContext,
  JsonObjectSchema,
  lookUp,
  ProcessId,
  participantRoute,
  QueryBody,
  withActiveContext,
} from './wire.ts'

const ContractRequestBody = Type.Object({
  '@context': Context,
  '@type': Type.Literal('ContractRequest'),
  '@id': Type.Optional(ProcessId),
  ...counterpartyFields,
  ...callbackFields,
  conduct: Type.Optional(ConductSchema),
  policy: Type.Intersect([
    JsonObjectSchema,
    Type.Object({
      '@id': Type.String({ minLength: 1, description: 'The offer’s id, as the catalog has it.' }),
      '@type': Type.Literal('Offer'),
      assigner: Type.String({ description: 'DID of the provider.' }),
      target: Type.String({ minLength: 1, description: 'Id of the dataset.' }),
    }),
  ]),
})

const NegotiationStateAnswer = Type.Object({
  '@context': Context,
  '@type': Type.Literal('NegotiationState'),
  state: Type.String(),
})

/** Negotiations: begun here, on either side, and seen. What is said in one is a command of its own. */
export function negotiationRoutes(app: App, parts: Parts): void {
  const collection = '/participants/:participantContextId/contractnegotiations'

  app.post(
    collection,
    {
      config: participantRoute('negotiations', 'write'),
      schema: {
        summary: 'Ask a provider for the contract of an offer.',
        params: ContextParams,
        body: ContractRequestBody,
        response: { 200: IdResponse, ...errorAnswers },
      },
    },
    async (request) => {
      const { body, params } = request
      refuseCallbacks(body)
      const profile = profileNameOf(body)
      const counterpartyAddress = requireHttpAddress(body.counterPartyAddress)
      const counterpartyDid = parts.identity.participantId(body.policy.assigner, '/policy/assigner')
      const offer = offerOf(body.policy)
      const id = body['@id'] ?? randomUUID()
      const { created, negotiation } = await withActiveContext(parts, params, async (tx) => {
        const owner = await requireAddressed(tx, parts, params.participantContextId, profile)
        return insertNegotiation(
          tx,
          parts.processes,
          {
            id,
            role: 'CONSUMER',
            state: 'REQUESTING',
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
          { path: ['INITIAL', 'REQUESTING'], tasks: [{ name: negotiationTasks.sendRequest }], owner },
        )
      })
      if (!created) throw new WeftError(catalogueErrors.exists, { field: '@id' })
      return idResponse(id, negotiation.createdAt)
    },
  )

  app.get(
    `${collection}/:id`,
    {
      config: participantRoute('negotiations', 'read'),
      schema: {
        summary: 'Read a negotiation.',
        params: ItemParams,
        response: { 200: NegotiationAnswer, ...errorAnswers },
      },
    },
    async (request) => negotiationAnswer(await read(parts, request.params)),
  )

  app.get(
    `${collection}/:id/state`,
    {
      config: participantRoute('negotiations', 'read'),
      schema: {
        summary: 'Read the state.',
        params: ItemParams,
        response: { 200: NegotiationStateAnswer, ...errorAnswers },
      },
    },
    async (request) => {
      const { state } = await read(parts, request.params)
      return inContext({ '@type': 'NegotiationState' as const, state })
    },
  )

  app.get(
    `${collection}/:id/agreement`,
    {
      config: participantRoute('negotiations', 'read'),
      schema: {
        summary: 'Read the agreement of a negotiation.',
        params: ItemParams,
        response: { 200: AgreementAnswer, ...errorAnswers },
      },
    },
    async (request) => {
      const agreement = await withActiveContext(parts, request.params, async (tx) => {
        const negotiation = found(await findNegotiation(tx, request.params.id))
        return negotiation.agreementId === null ? undefined : findAgreement(tx, negotiation.agreementId)
      })
      return agreementAnswer(found(agreement))
    },
  )

  app.post(
    `${collection}/request`,
    {
      config: participantRoute('negotiations', 'read'),
      schema: {
        summary: 'Search negotiations.',
        params: ContextParams,
        body: QueryBody,
        response: { 200: Type.Array(NegotiationAnswer), ...errorAnswers },
      },
    },
    async (request) => {
      const query = readQuery(request.body)
      return (await withActiveContext(parts, request.params, (tx) => queryNegotiations(tx, query))).map(
        negotiationAnswer,
      )
    },
  )

  app.get(
    `${collection}/:id/history`,
    {
      config: participantRoute('negotiations', 'read'),
      schema: {
        summary: 'The steps of a negotiation, oldest first.',
        params: ItemParams,
        response: { 200: HistoryAnswer, ...errorAnswers },
      },
    },
    async (request) => {
      const entries = await withActiveContext(parts, request.params, async (tx) => {
        found(await findNegotiation(tx, request.params.id))
        return parts.processes.history(tx, 'contract_negotiation', request.params.id)
      })
      return historyAnswer(entries)
    },
  )
}

async function read(parts: Parts, params: Static<typeof ItemParams>): Promise<Negotiation> {
  return found(await lookUp(parts, params, (tx) => findNegotiation(tx, params.id)))
}

/** The offer as it stood in the catalog; the assigner is the provider's DID, which is no part of what is sent. */
function offerOf(policy: Static<typeof ContractRequestBody>['policy']): MessageOffer {
  const parsed = parsePolicy(policy, '/policy')
  if (parsed.kind === 'Offer' && parsed.target !== undefined) return { ...parsed, target: parsed.target }
  throw new WeftError(requestErrors['invalid-field'], {
    field: '/policy',
    message: '"policy" must be an offer with a target.',
  })
}

import type { Transaction } from '@weft/foundation/database'
import { WeftError } from '@weft/foundation/errors'
import type { App } from '@weft/foundation/http'
import { type Static, Type } from 'typebox'
import { ourFailure } from '../../domain/failure.ts'
import { mayTerminateNegotiation, type Negotiation } from '../../domain/negotiation.ts'
import type { NegotiationCommand } from '../../domain/negotiation-commands.ts'
import type { ParticipantContext } from '../../domain/participant.ts'
import { catalogueErrors, terminationErrors } from '../../errors.ts'
import { followCommand } from '../../negotiation/commands.ts'
import { beginTermination } from '../../negotiation/steps.ts'
import type { Parts } from '../../parts.ts'
import { lockNegotiation } from '../../store/negotiations.ts'
import { readTerms, TermsSchema } from './offer-terms.ts'
import { Context, errorAnswers, found, ItemParams, participantRoute, withActiveContext } from './wire.ts'

const TermsBody = Type.Object({
  '@context': Context,
  '@type': Type.Optional(Type.String()),
  policy: TermsSchema,
})

const TerminateBody = Type.Object({
  '@context': Context,
  '@type': Type.Literal('TerminateNegotiation'),
  reason: Type.Optional(Type.String({ maxLength: 500 })),
})

const item = '/participants/:participantContextId/contractnegotiations/:id'

/** What a participant says in a negotiation. The answer means that the message is on its way; the state tells the rest. */
export function negotiationCommandRoutes(app: App, parts: Parts): void {
  const plain: readonly (readonly [NegotiationCommand, string])[] = [
    ['agree', 'Send the consumer the agreement to the offer on the table. As provider, in REQUESTED or ACCEPTED.'],
    ['finalize', 'Finalize the verified agreement. As provider, in VERIFIED.'],
    ['accept', 'Accept the offer that the provider has made. As consumer, in OFFERED.'],
    ['verify', 'Verify the agreement that the provider has sent. As consumer, in AGREED.'],
  ]
  for (const [command, summary] of plain) registerPlain(app, parts, command, summary)
  registerTerms(app, parts, 'offer', 'Make the consumer an offer of other terms. As provider, in REQUESTED.')
  registerTerms(app, parts, 'request', 'Answer the provider’s offer with terms of our own. As consumer, in OFFERED.')

  app.post(
    `${item}/terminate`,
    {
      config: participantRoute('negotiations', 'write'),
      schema: {
        summary: 'End a negotiation; the counterparty is told the reason.',
        params: ItemParams,
        body: TerminateBody,
        response: { 204: Type.Null(), ...errorAnswers },
      },
    },
    async (request, reply) => {
      await withNegotiation(parts, request.params, async (tx, negotiation) => {
        if (!mayTerminateNegotiation(negotiation.state)) throw wrongState(negotiation.state)
        await beginTermination(tx, parts, negotiation, ourFailure(terminationErrors.requested, request.body.reason))
      })
      return reply.code(204).send(null)
    },
  )
}

function registerPlain(app: App, parts: Parts, command: NegotiationCommand, summary: string): void {
  app.post(
    `${item}/${command}`,
    {
      config: participantRoute('negotiations', 'write'),
      schema: { summary, params: ItemParams, response: { 204: Type.Null(), ...errorAnswers } },
    },
    async (request, reply) => {
      await withNegotiation(parts, request.params, (tx, negotiation, us) =>
        followCommand(tx, parts, us, negotiation, { command }),
      )
      return reply.code(204).send(null)
    },
  )
}

function registerTerms(app: App, parts: Parts, command: 'offer' | 'request', summary: string): void {
  app.post(
    `${item}/${command}`,
    {
      config: participantRoute('negotiations', 'write'),
      schema: { summary, params: ItemParams, body: TermsBody, response: { 204: Type.Null(), ...errorAnswers } },
    },
    async (request, reply) => {
      const { policy } = request.body
      await withNegotiation(parts, request.params, (tx, negotiation, us) =>
        followCommand(tx, parts, us, negotiation, {
          command,
          offer: readTerms(parts, policy, negotiation.offer.target),
        }),
      )
      return reply.code(204).send(null)
    },
  )
}

function withNegotiation(
  parts: Parts,
  params: Static<typeof ItemParams>,
  work: (tx: Transaction, negotiation: Negotiation, us: ParticipantContext) => Promise<void>,
): Promise<void> {
  return withActiveContext(parts, params, async (tx, us) => work(tx, found(await lockNegotiation(tx, params.id)), us))
}

function wrongState(state: string): WeftError {
  return new WeftError(catalogueErrors['wrong-state'], { message: `This is not possible in the state ${state}.` })
}

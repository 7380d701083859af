import { type ParticipantContextId, participantContextId } from '@weft/foundation/access'
import { toWeftError, type WeftError } from '@weft/foundation/errors'
import type { RenderedError } from '@weft/foundation/http'
import { renderDspError } from '@weft/protocols/dsp'
import type { FastifyReply } from 'fastify'
import { spendToken } from '../../store/used-tokens.ts'
import type { Message } from './message.ts'

/** Which typed error a refusal is (DSP-43). */
export type Family = 'catalog' | 'negotiation' | 'transfer'

/**
 * Answers a refused message. The token of an authenticated sender is spent by a refusal, too, or it could be used again
 * for another message; a fault of ours does not spend it, since partners repeat after a 5xx with the same token.
 */
export async function answerRefusal(message: Message, thrown: unknown, reply: FastifyReply): Promise<FastifyReply> {
  const error = toWeftError(thrown)
  if (error.status < 500) await spendTokenOf(message)
  log(message, error)
  if (error.status === 503) reply.header('retry-after', '1')
  return reply
    .code(error.status)
    .type('application/json')
    .send(renderDspError(message.family, error, message.pids))
}

/** For what fails before a handler runs: a body that is no JSON, or is too large. */
export function renderFor(family: Family): (error: WeftError) => RenderedError {
  return (error) => ({ contentType: 'application/json', body: renderDspError(family, error) })
}

async function spendTokenOf(message: Message): Promise<void> {
  const { sender, parts } = message
  if (!sender || message.spent) return
  const contextId: ParticipantContextId = participantContextId(message.participantContextId)
  await parts.database.tenant(contextId, (tx) => spendToken(tx, sender.tokenUse))
}

/** The full reason stays here: the counterparty gets the code and the public text. */
function log(message: Message, error: WeftError): void {
  const authentication = message.sender === undefined && error.status === 401
  const fields = {
    category: authentication ? 'dcp' : 'dsp',
    ...message.identity,
    action: message.action,
    code: error.code,
    status: error.status,
    ...(message.sender ? { counterparty: message.sender.id } : {}),
    ...(message.contractId === undefined ? {} : { contractId: message.contractId }),
    ...message.pids,
    error,
  } as const
  if (error.status >= 500 && error.entry.side === 'ours')
    message.parts.logger.error('a message could not be handled', fields)
  else message.parts.logger.warn(authentication ? 'a sender was not authenticated' : 'a message was refused', fields)
}

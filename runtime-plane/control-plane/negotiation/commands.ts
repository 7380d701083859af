import type { Transaction } from '@weft/foundation/database'
import type { MessageOffer } from '@weft/protocols/dsp'
import type { Negotiation } from '../domain/negotiation.ts'
import { type NegotiationCommand, stateOfCommand } from '../domain/negotiation-commands.ts'
import type { ParticipantContext } from '../domain/participant.ts'
import type { Parts } from '../parts.ts'
import { moveNegotiation, type NegotiationChanges } from '../store/negotiations.ts'
import { newAgreement } from './steps.ts'
import { negotiationTasks } from './tasks.ts'

const messages: Readonly<Record<NegotiationCommand, string>> = {
  offer: negotiationTasks.sendOffer,
  agree: negotiationTasks.sendAgreement,
  finalize: negotiationTasks.sendFinalization,
  request: negotiationTasks.sendRequest,
  accept: negotiationTasks.sendAcceptance,
  verify: negotiationTasks.sendVerification,
}

/**
 * Does what a participant says in one of its negotiations, of either conduct: the message is sent after the commit.
 * @throws `management.wrong-state`
 */
export async function followCommand(
  tx: Transaction,
  parts: Parts,
  us: ParticipantContext,
  negotiation: Negotiation,
  said: { readonly command: NegotiationCommand; readonly offer?: MessageOffer },
): Promise<void> {
  const state = stateOfCommand(negotiation, said.command)
  const changes: NegotiationChanges = {
    ...(said.offer ? { offer: said.offer } : {}),
    // The person who agrees has seen the offer on the table, whoever wrote it: this is the word that DSP-48 asks for.
    ...(said.command === 'agree' ? { agreement: newAgreement(parts, us, negotiation) } : {}),
  }
  const step = { path: [state], tasks: [{ name: messages[said.command] }] } as const
  await moveNegotiation(tx, parts.processes, negotiation, step, changes)
}

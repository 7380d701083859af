import { WeftError } from '@weft/foundation/errors'
import { catalogueErrors } from '../errors.ts'
import type { Negotiation, NegotiationRole, NegotiationState } from './negotiation.ts'

/** What a participant can say in a negotiation, each a message of DSP. `terminate` is apart: either side may, always. */
export type NegotiationCommand = 'offer' | 'agree' | 'finalize' | 'request' | 'accept' | 'verify'

interface CommandRule {
  readonly role: NegotiationRole
  readonly states: readonly NegotiationState[]
  readonly to: NegotiationState
}

/** The rows of DSP 2.7 that a command of ours begins. */
const rules: Readonly<Record<NegotiationCommand, CommandRule>> = {
  offer: { role: 'PROVIDER', states: ['REQUESTED'], to: 'OFFERING' },
  agree: { role: 'PROVIDER', states: ['REQUESTED', 'ACCEPTED'], to: 'AGREEING' },
  finalize: { role: 'PROVIDER', states: ['VERIFIED'], to: 'FINALIZING' },
  request: { role: 'CONSUMER', states: ['OFFERED'], to: 'REQUESTING' },
  accept: { role: 'CONSUMER', states: ['OFFERED'], to: 'ACCEPTING' },
  verify: { role: 'CONSUMER', states: ['AGREED'], to: 'VERIFYING' },
}

/**
 * The state that a command leads to (DSP-27, DSP-28).
 * @throws `management.wrong-state`, which names the state and what the command needs
 */
export function stateOfCommand(
  negotiation: Pick<Negotiation, 'role' | 'state'>,
  command: NegotiationCommand,
): NegotiationState {
  const { role, states, to } = rules[command]
  if (negotiation.role === role && states.includes(negotiation.state)) return to
  throw new WeftError(catalogueErrors['wrong-state'], {
    message:
      negotiation.role === role
        ? `The negotiation is ${negotiation.state}; "${command}" needs ${states.join(' or ')}.`
        : `"${command}" is for the ${role.toLowerCase()} of a negotiation; this participant is the other side.`,
  })
}

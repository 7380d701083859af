import type { WeftError } from '@weft/foundation/errors'
import { messageDigest } from './message-build.ts'
import type { DspRole, NegotiationMessage, TransferMessage } from './messages.ts'

/** What a received message does to a process. */
export type Applied<State> =
  /** Commit this state, then acknowledge. */
  | { readonly kind: 'next'; readonly state: State }
  /** Acknowledge; nothing changes, nothing is triggered (DSP-50). */
  | { readonly kind: 'duplicate'; readonly state: State }
  /** Answer with the typed error; nothing changes (DSP-42). */
  | { readonly kind: 'refused'; readonly error: WeftError }

/** What was processed before, for one process. */
export interface ProcessedMessages {
  /** Whether a message with this `@id` was accepted. */
  has(messageId: string): boolean
  /** `messageDigest` of the message that produced the current state: the only one whose repeat is known without an id. */
  readonly latest?: string
}

export const nothingProcessed: ProcessedMessages = { has: () => false }

/** DSP-50. */
export function isRepeat(message: NegotiationMessage | TransferMessage, processed: ProcessedMessages): boolean {
  if (message.messageId !== undefined) return processed.has(message.messageId)
  return processed.latest !== undefined && processed.latest === messageDigest(message)
}

export function otherRole(role: DspRole): DspRole {
  return role === 'consumer' ? 'provider' : 'consumer'
}

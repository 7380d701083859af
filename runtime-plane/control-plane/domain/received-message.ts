import { createHash } from 'node:crypto'
import { canonicalJson } from '@weft/protocols/policy'

/** A message that was accepted: known by its `@id`, or by its content when it has none. */
export interface ReceivedMessage {
  readonly key: string
  readonly identified: boolean
}

/** A process takes part in few messages; a transfer that is suspended again and again still keeps the latest. */
const remembered = 40

/** What identifies a message: its `@id`, else its content. */
export function receivedMessage(body: unknown, messageId: string | undefined): ReceivedMessage {
  if (messageId !== undefined) return { key: messageId, identified: true }
  return { key: createHash('sha256').update(canonicalJson(body)).digest('base64url'), identified: false }
}

/**
 * Whether a message was accepted before (DSP-50). One without an id counts as repeated only when it is the last one that
 * was accepted: the same words may mean something new later.
 */
export function isRepeated(received: readonly ReceivedMessage[], message: ReceivedMessage): boolean {
  if (message.identified) return received.some((known) => known.identified && known.key === message.key)
  const last = received.at(-1)
  return last !== undefined && !last.identified && last.key === message.key
}

/** The list with one more message, bounded. */
export function remember(received: readonly ReceivedMessage[], message: ReceivedMessage): readonly ReceivedMessage[] {
  return [...received, message].slice(-remembered)
}

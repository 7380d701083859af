import type { HistoryEntry } from '@weft/foundation/processes'
import { type Static, Type } from 'typebox'
import { Context, inContext } from './wire.ts'

export const HistoryAnswer = Type.Array(
  Type.Object({
    '@context': Context,
    '@type': Type.Literal('ProcessStep'),
    from: Type.Union([Type.String(), Type.Null()]),
    to: Type.String(),
    at: Type.Integer(),
    reason: Type.Union([Type.String(), Type.Null()]),
    messageId: Type.Union([Type.String(), Type.Null()]),
  }),
)

export function historyAnswer(entries: readonly HistoryEntry[]): Static<typeof HistoryAnswer> {
  return entries.map(({ from, to, at, reason, messageId }) =>
    inContext({ '@type': 'ProcessStep' as const, from, to, at: at.getTime(), reason, messageId }),
  )
}

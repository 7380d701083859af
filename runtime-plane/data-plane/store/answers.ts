import type { Transaction } from '@weft/foundation/database'
import type { DataFlowState } from '@weft/protocols/dps'
import type { GivenAnswer } from '../domain/data-flow.ts'
import { schema } from './migrations.ts'

/** The answer that the message got before, or undefined. */
export async function readAnswer(tx: Transaction, messageId: string): Promise<GivenAnswer | undefined> {
  const row = await tx.one<{
    flow_id: string
    profile: string
    signal: string
    state: DataFlowState
    token_generation: number | null
    token_expires_at: number | null
  }>(
    `select m.flow_id, f.profile, m.signal, m.state, m.token_generation, m.token_expires_at
     from ${schema}.answered_message m
     join ${schema}.data_flow f on f.participant_context_id = m.participant_context_id and f.id = m.flow_id
     where m.message_id = $1`,
    [messageId],
  )
  if (!row) return undefined
  const { token_generation: generation, token_expires_at: expiresAt } = row
  const token = generation === null || expiresAt === null ? null : { generation, expiresAt: Number(expiresAt) }
  return { messageId, flowId: row.flow_id, profile: row.profile, signal: row.signal, state: row.state, token }
}

/** Remembers an answer. @throws `database.duplicate` when the message was answered meanwhile */
export async function insertAnswer(tx: Transaction, answer: GivenAnswer, at: Date): Promise<void> {
  await tx.run(
    `insert into ${schema}.answered_message
       (participant_context_id, message_id, flow_id, signal, state, token_generation, token_expires_at, answered_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      tx.contextId,
      answer.messageId,
      answer.flowId,
      answer.signal,
      answer.state,
      answer.token?.generation ?? null,
      answer.token?.expiresAt ?? null,
      at,
    ],
  )
}

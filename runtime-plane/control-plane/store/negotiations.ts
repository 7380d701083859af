import { json, type Transaction } from '@weft/foundation/database'
import { WeftError } from '@weft/foundation/errors'
import type { JsonObject, Processes } from '@weft/foundation/processes'
import { dspErrors } from '@weft/protocols/dsp'
import { type PolicyDecision, serialisePolicy } from '@weft/protocols/policy'
import type { DataspaceDirectory } from '../dataspace-directory.ts'
import type { Failure } from '../domain/failure.ts'
import {
  acknowledgedAfter,
  type Conduct,
  type Negotiation,
  type NegotiationRole,
  type NegotiationState,
  negotiationProcess,
} from '../domain/negotiation.ts'
import type { Query } from '../domain/query.ts'
import type { ReceivedMessage } from '../domain/received-message.ts'
import { serviceErrors } from '../errors.ts'
import { type Addressed, type OwnerRow, ownerOfRow, withOwner } from './addressed.ts'
import { lastOf, recordSteps, type Step } from './process-steps.ts'
import { queryOverColumns } from './query-sql.ts'
import { contextOf } from './rows.ts'
import { storedAgreement, storedOffer } from './stored-policy.ts'

interface NegotiationRow {
  readonly id: string
  readonly role: NegotiationRole
  readonly state: NegotiationState
  readonly version: number
  readonly state_at: Date
  readonly created_at: Date
  readonly profile: string
  readonly conduct: Conduct
  readonly acknowledged: Negotiation['acknowledged']
  readonly counterparty_did: string
  readonly counterparty_address: string
  readonly correlation_id: string | null
  readonly offer: JsonObject
  readonly agreement: JsonObject | null
  readonly agreement_id: string | null
  readonly decision: PolicyDecision | null
  readonly failure: Failure | null
  readonly received: readonly ReceivedMessage[]
}

const negotiationColumns = `id, role, state, version, state_at, created_at, profile, conduct, acknowledged,
  counterparty_did, counterparty_address, correlation_id, offer, agreement, agreement_id, decision, failure, received`

export type NewNegotiation = Omit<Negotiation, 'version' | 'stateAt' | 'createdAt' | 'acknowledged'>

/**
 * Stores a new negotiation with its history and first task. When the counterparty's process is known already (same role,
 * same counterparty), or the id is taken, nothing is stored and the existing one is given back.
 */
export async function insertNegotiation(
  tx: Transaction,
  processes: Processes,
  negotiation: NewNegotiation,
  step: Step<NegotiationState>,
): Promise<{ readonly created: boolean; readonly negotiation: Negotiation }> {
  const row = await tx.one<NegotiationRow>(
    `insert into control_plane.contract_negotiation
       (participant_context_id, id, role, state, version, profile, counterparty_did, counterparty_address, correlation_id,
        asset_id, offer, agreement, agreement_id, decision, failure, received, conduct, acknowledged)
     values ($1, $2, $3, $4, 1, $5, $6, $7, $8, $9, $10::jsonb, $11::jsonb, $12, $13::jsonb, $14::jsonb, $15::jsonb, $16, $17)
     on conflict do nothing returning ${negotiationColumns}`,
    [
      contextOf(tx),
      negotiation.id,
      negotiation.role,
      negotiation.state,
      negotiation.profile,
      negotiation.counterpartyDid,
      negotiation.counterpartyAddress,
      negotiation.correlationId,
      negotiation.offer.target,
      json(serialisePolicy(negotiation.offer)),
      negotiation.agreement && json(serialisePolicy(negotiation.agreement)),
      negotiation.agreementId,
      negotiation.decision && json(negotiation.decision),
      negotiation.failure && json(negotiation.failure),
      json(negotiation.received),
      negotiation.conduct,
      acknowledgedAfter(null, step.path),
    ],
  )
  if (!row) return { created: false, negotiation: await existingNegotiation(tx, negotiation) }
  await recordSteps(tx, processes, { processType: negotiationProcess, id: negotiation.id, from: null }, step)
  return { created: true, negotiation: negotiationOfRow(row) }
}

async function existingNegotiation(tx: Transaction, wanted: NewNegotiation): Promise<Negotiation> {
  const row = await tx.one<NegotiationRow>(
    `select ${negotiationColumns} from control_plane.contract_negotiation
     where id = $1 or (role = $2 and counterparty_did = $3 and correlation_id = $4)`,
    [wanted.id, wanted.role, wanted.counterpartyDid, wanted.correlationId],
  )
  if (!row) throw new WeftError(serviceErrors['lost-race'])
  return negotiationOfRow(row)
}

export async function findNegotiation(tx: Transaction, id: string): Promise<Negotiation | undefined> {
  const row = await tx.one<NegotiationRow>(
    `select ${negotiationColumns} from control_plane.contract_negotiation where id = $1`,
    [id],
  )
  return row && negotiationOfRow(row)
}

/** A negotiation, and who of ours it is of; one statement. */
export async function findOwnNegotiation(
  tx: Transaction,
  directory: DataspaceDirectory,
  id: string,
): Promise<{ readonly negotiation: Negotiation; readonly owner: Addressed | undefined } | undefined> {
  const process = `select ${negotiationColumns} from control_plane.contract_negotiation where id = $1`
  const row = await tx.one<NegotiationRow & OwnerRow>(withOwner(process, '$2'), [id, contextOf(tx)])
  return row && { negotiation: negotiationOfRow(row), owner: ownerOfRow(row, contextOf(tx), directory) }
}

/** The negotiation, and nobody else changes it until the transaction ends. */
export async function lockNegotiation(tx: Transaction, id: string): Promise<Negotiation | undefined> {
  const row = await tx.one<NegotiationRow>(
    `select ${negotiationColumns} from control_plane.contract_negotiation where id = $1 for update`,
    [id],
  )
  return row && negotiationOfRow(row)
}

export async function queryNegotiations(tx: Transaction, query: Query): Promise<Negotiation[]> {
  const sql = queryOverColumns(query, {
    id: 'id',
    type: 'role',
    state: 'state',
    profile: 'profile',
    protocol: 'profile',
    counterPartyId: 'counterparty_did',
    counterPartyAddress: 'counterparty_address',
    correlationId: 'correlation_id',
    assetId: 'asset_id',
    contractAgreementId: 'agreement_id',
    createdAt: 'created_at',
    stateTimestamp: 'state_at',
  })
  const rows = await tx.rows<NegotiationRow>(
    `select ${negotiationColumns} from control_plane.contract_negotiation${sql.text}`,
    sql.params,
  )
  return rows.map(negotiationOfRow)
}

/** Of an agreement: the negotiation that it came from. */
export async function findNegotiationOfAgreement(
  tx: Transaction,
  agreementId: string,
): Promise<Negotiation | undefined> {
  const row = await tx.one<NegotiationRow>(
    `select ${negotiationColumns} from control_plane.contract_negotiation
     where id = (select negotiation_id from control_plane.contract_agreement where id = $1)`,
    [agreementId],
  )
  return row && negotiationOfRow(row)
}

export type NegotiationChanges = Partial<
  Pick<
    Negotiation,
    | 'correlationId'
    | 'counterpartyAddress'
    | 'offer'
    | 'agreement'
    | 'agreementId'
    | 'decision'
    | 'failure'
    | 'received'
  >
>

/**
 * Moves a negotiation on: the row by compare-and-set on its version, the history, the next tasks.
 * @throws `dsp.pid-mismatch` when the counterparty's process id is that of another negotiation; `control-plane.lost-race` when somebody changed the row since it was read; nothing is written then
 */
export async function moveNegotiation(
  tx: Transaction,
  processes: Processes,
  before: Negotiation,
  step: Step<NegotiationState>,
  changes: NegotiationChanges = {},
): Promise<Negotiation> {
  const state = lastOf(step.path)
  await requireNewCorrelation(tx, before, changes.correlationId)
  const acknowledged = acknowledgedAfter(before.acknowledged, step.path)
  const after: Negotiation = { ...before, ...changes, state, acknowledged, version: before.version + 1 }
  const changed = await tx.run(
    `update control_plane.contract_negotiation set state = $3, version = version + 1, state_at = now(),
       counterparty_address = $4, correlation_id = $5, asset_id = $6, offer = $7::jsonb, agreement = $8::jsonb,
       agreement_id = $9, failure = $10::jsonb, received = $11::jsonb, decision = $12::jsonb, acknowledged = $13
     where id = $1 and version = $2`,
    [
      before.id,
      before.version,
      state,
      after.counterpartyAddress,
      after.correlationId,
      after.offer.target,
      json(serialisePolicy(after.offer)),
      after.agreement && json(serialisePolicy(after.agreement)),
      after.agreementId,
      after.failure && json(after.failure),
      json(after.received),
      after.decision && json(after.decision),
      acknowledged,
    ],
  )
  if (changed === 0) throw new WeftError(serviceErrors['lost-race'])
  await recordSteps(tx, processes, { processType: negotiationProcess, id: before.id, from: before.state }, step)
  return after
}

/** A counterparty may not answer for two negotiations under one process id of its own (DSP-46). */
async function requireNewCorrelation(tx: Transaction, before: Negotiation, wanted?: string | null): Promise<void> {
  if (wanted === undefined || wanted === null || wanted === before.correlationId) return
  const row = await tx.one<{ taken: boolean }>(
    `select exists (select from control_plane.contract_negotiation
                    where role = $1 and counterparty_did = $2 and correlation_id = $3 and id <> $4) as taken`,
    [before.role, before.counterpartyDid, wanted, before.id],
  )
  if (row?.taken) throw new WeftError(dspErrors['pid-mismatch'])
}

function negotiationOfRow(row: NegotiationRow): Negotiation {
  return {
    id: row.id,
    role: row.role,
    state: row.state,
    version: row.version,
    stateAt: row.state_at,
    createdAt: row.created_at,
    profile: row.profile,
    conduct: row.conduct,
    acknowledged: row.acknowledged,
    counterpartyDid: row.counterparty_did,
    counterpartyAddress: row.counterparty_address,
    correlationId: row.correlation_id,
    offer: storedOffer(row.offer),
    agreement: row.agreement && storedAgreement(row.agreement),
    agreementId: row.agreement_id,
    decision: row.decision,
    failure: row.failure,
    received: row.received,
  }
}

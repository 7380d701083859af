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
import { isDuplicate, lastOf, recordSteps, type Step } from './process-steps.ts'
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
  const stored = negotiationOfRow(row)
  const process = { processType: negotiationProcess, id: stored.id, from: null }
  await recordSteps(tx, processes, process, handing(step, stored))
  return { created: true, negotiation: stored }
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

/** A negotiation, and who of ours it is of. */
export class OwnNegotiation {
  readonly negotiation: Negotiation
  readonly owner: Addressed | undefined

  constructor(negotiation: Negotiation, owner: Addressed | undefined) {
    this.negotiation = negotiation
    this.owner = owner
  }
}

/** One statement. */
export async function findOwnNegotiation(
  tx: Transaction,
  directory: DataspaceDirectory,
  id: string,
): Promise<OwnNegotiation | undefined> {
  const process = `select ${negotiationColumns} from control_plane.contract_negotiation where id = $1`
  const row = await tx.one<NegotiationRow & OwnerRow>(withOwner(process, '$2'), [id, contextOf(tx)])
  return row && new OwnNegotiation(negotiationOfRow(row), ownerOfRow(row, contextOf(tx), directory))
}

/** The step with the negotiation in the hands of its tasks, where it is known who it is of. */
function handing(step: Step<NegotiationState>, negotiation: Negotiation): Step<NegotiationState> {
  const { owner, tasks } = step
  if (!owner || !tasks) return step
  return { ...step, tasks: tasks.map((task) => ({ ...task, inHand: new OwnNegotiation(negotiation, owner) })) }
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
 * Moves a negotiation on: the row by compare-and-set on its version, the history, the next tasks; one statement.
 * @throws `dsp.pid-mismatch` when the counterparty's process id is that of another negotiation (DSP-46);
 * `control-plane.lost-race` when somebody changed the row since it was read; nothing is written then
 */
export async function moveNegotiation(
  tx: Transaction,
  processes: Processes,
  before: Negotiation,
  step: Step<NegotiationState>,
  changes: NegotiationChanges = {},
): Promise<Negotiation> {
  const state = lastOf(step.path)
  const acknowledged = acknowledgedAfter(before.acknowledged, step.path)
  const after: Negotiation = { ...before, ...changes, state, acknowledged, version: before.version + 1 }
  const process = { processType: negotiationProcess, id: before.id, from: before.state }
  const columns = { ...columnsOf(changes), state, acknowledged }
  const row = { table: 'control_plane.contract_negotiation', version: before.version, columns }
  try {
    await recordSteps(tx, processes, process, handing(step, after), row)
  } catch (error) {
    if (isDuplicate(error, 'contract_negotiation_once')) throw new WeftError(dspErrors['pid-mismatch'])
    throw error
  }
  return after
}

/** The columns that changes are written to; what stays undefined stays as it is. */
function columnsOf(changes: NegotiationChanges): Readonly<Record<string, unknown>> {
  const { offer, agreement, failure, received, decision } = changes
  return {
    counterparty_address: changes.counterpartyAddress,
    correlation_id: changes.correlationId,
    asset_id: offer?.target,
    offer: offer && json(serialisePolicy(offer)),
    agreement: agreement && json(serialisePolicy(agreement)),
    agreement_id: changes.agreementId,
    failure: failure && json(failure),
    received: received && json(received),
    decision: decision && json(decision),
  }
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

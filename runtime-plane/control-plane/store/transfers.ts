import { json, type Transaction } from '@weft/foundation/database'
import { WeftError } from '@weft/foundation/errors'
import type { JsonObject, Processes } from '@weft/foundation/processes'
import type { DataspaceDirectory } from '../dataspace-directory.ts'
import type { DataplaneMetadata } from '../domain/asset.ts'
import type { Failure } from '../domain/failure.ts'
import type { Query } from '../domain/query.ts'
import type { ReceivedMessage } from '../domain/received-message.ts'
import { type Transfer, type TransferRole, type TransferState, transferProcess } from '../domain/transfer.ts'
import { serviceErrors } from '../errors.ts'
import { type Addressed, type OwnerRow, ownerOfRow, withOwner } from './addressed.ts'
import { lastOf, recordSteps, type Step } from './process-steps.ts'
import { queryOverColumns } from './query-sql.ts'
import { contextOf } from './rows.ts'

interface TransferRow {
  readonly id: string
  readonly role: TransferRole
  readonly state: TransferState
  readonly version: number
  readonly state_at: Date
  readonly created_at: Date
  readonly profile: string
  readonly counterparty_did: string
  readonly counterparty_address: string
  readonly correlation_id: string | null
  readonly contract_id: string
  readonly agreement_id: string
  readonly asset_id: string
  readonly transfer_type: string
  readonly data_plane_id: string
  readonly data_flow_id: string | null
  readonly address_ref: string | null
  readonly suspended_by: 'US' | 'COUNTERPARTY' | null
  readonly claims: JsonObject
  readonly dataplane_metadata: DataplaneMetadata | null
  readonly private_properties: JsonObject
  readonly data_plane_error: string | null
  readonly failure: Failure | null
  readonly received: readonly ReceivedMessage[]
}

const transferColumns = `id, role, state, version, state_at, created_at, profile, counterparty_did,
  counterparty_address, correlation_id, contract_id, agreement_id, asset_id, transfer_type, data_plane_id, data_flow_id,
  address_ref, suspended_by, claims, dataplane_metadata, private_properties, data_plane_error, failure, received`

export type NewTransfer = Omit<
  Transfer,
  'version' | 'stateAt' | 'createdAt' | 'dataFlowId' | 'suspendedBy' | 'dataPlaneError' | 'failure'
>

/**
 * Stores a new transfer with its history and first task. When the counterparty's process is known already (same role, same
 * counterparty), or the id is taken, nothing is stored and the existing one is given back.
 */
export async function insertTransfer(
  tx: Transaction,
  processes: Processes,
  transfer: NewTransfer,
  step: Step<TransferState>,
): Promise<{ readonly created: boolean; readonly transfer: Transfer }> {
  const row = await tx.one<TransferRow>(
    `insert into control_plane.transfer_process
       (participant_context_id, id, role, state, version, profile, counterparty_did, counterparty_address, correlation_id,
        contract_id, agreement_id, asset_id, transfer_type, data_plane_id, claims, dataplane_metadata, private_properties,
        received, address_ref)
     values ($1, $2, $3, $4, 1, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14::jsonb, $15::jsonb, $16::jsonb, $17::jsonb,
       $18)
     on conflict do nothing returning ${transferColumns}`,
    [
      contextOf(tx),
      transfer.id,
      transfer.role,
      transfer.state,
      transfer.profile,
      transfer.counterpartyDid,
      transfer.counterpartyAddress,
      transfer.correlationId,
      transfer.contractId,
      transfer.agreementId,
      transfer.assetId,
      transfer.transferType,
      transfer.dataPlaneId,
      json(transfer.claims),
      transfer.dataplaneMetadata && json(transfer.dataplaneMetadata),
      json(transfer.privateProperties),
      json(transfer.received),
      transfer.addressRef,
    ],
  )
  if (!row) return { created: false, transfer: await existingTransfer(tx, transfer) }
  await recordSteps(tx, processes, { processType: transferProcess, id: transfer.id, from: null }, step)
  return { created: true, transfer: transferOfRow(row) }
}

async function existingTransfer(tx: Transaction, wanted: NewTransfer): Promise<Transfer> {
  const row = await tx.one<TransferRow>(
    `select ${transferColumns} from control_plane.transfer_process
     where id = $1 or (role = $2 and counterparty_did = $3 and correlation_id = $4)`,
    [wanted.id, wanted.role, wanted.counterpartyDid, wanted.correlationId],
  )
  if (!row) throw new WeftError(serviceErrors['lost-race'])
  return transferOfRow(row)
}

export async function findTransfer(tx: Transaction, id: string): Promise<Transfer | undefined> {
  const row = await tx.one<TransferRow>(`select ${transferColumns} from control_plane.transfer_process where id = $1`, [
    id,
  ])
  return row && transferOfRow(row)
}

/** A transfer, and who of ours it is of; one statement. */
export async function findOwnTransfer(
  tx: Transaction,
  directory: DataspaceDirectory,
  id: string,
): Promise<{ readonly transfer: Transfer; readonly owner: Addressed | undefined } | undefined> {
  const process = `select ${transferColumns} from control_plane.transfer_process where id = $1`
  const row = await tx.one<TransferRow & OwnerRow>(withOwner(process, '$2'), [id, contextOf(tx)])
  return row && { transfer: transferOfRow(row), owner: ownerOfRow(row, contextOf(tx), directory) }
}

/** By the counterparty's process id, which is unique for that counterparty only. */
export async function findTransferOfCounterparty(
  tx: Transaction,
  role: TransferRole,
  counterpartyDid: string,
  correlationId: string,
): Promise<Transfer | undefined> {
  const row = await tx.one<TransferRow>(
    `select ${transferColumns} from control_plane.transfer_process
     where role = $1 and counterparty_did = $2 and correlation_id = $3`,
    [role, counterpartyDid, correlationId],
  )
  return row && transferOfRow(row)
}

/** By our own id, and nobody else changes it until the transaction ends. */
export async function lockTransfer(tx: Transaction, id: string): Promise<Transfer | undefined> {
  const row = await tx.one<TransferRow>(
    `select ${transferColumns} from control_plane.transfer_process where id = $1 for update`,
    [id],
  )
  return row && transferOfRow(row)
}

export async function queryTransfers(tx: Transaction, query: Query): Promise<Transfer[]> {
  const sql = queryOverColumns(query, {
    id: 'id',
    type: 'role',
    state: 'state',
    profile: 'profile',
    protocol: 'profile',
    counterPartyId: 'counterparty_did',
    counterPartyAddress: 'counterparty_address',
    correlationId: 'correlation_id',
    contractId: 'contract_id',
    assetId: 'asset_id',
    transferType: 'transfer_type',
    createdAt: 'created_at',
    stateTimestamp: 'state_at',
  })
  const rows = await tx.rows<TransferRow>(
    `select ${transferColumns} from control_plane.transfer_process${sql.text}`,
    sql.params,
  )
  return rows.map(transferOfRow)
}

export type TransferChanges = Partial<
  Pick<Transfer, 'correlationId' | 'dataFlowId' | 'addressRef' | 'suspendedBy' | 'claims' | 'failure' | 'received'>
>

/**
 * Moves a transfer on: the row by compare-and-set on its version, the history, the next tasks; one statement.
 * @throws `control-plane.lost-race` when somebody changed the row since it was read; nothing is written then
 */
export async function moveTransfer(
  tx: Transaction,
  processes: Processes,
  before: Transfer,
  step: Step<TransferState>,
  changes: TransferChanges = {},
): Promise<Transfer> {
  const state = lastOf(step.path)
  const process = { processType: transferProcess, id: before.id, from: before.state }
  const columns = { ...columnsOf(changes), state }
  await recordSteps(tx, processes, process, step, {
    table: 'control_plane.transfer_process',
    version: before.version,
    columns,
  })
  return { ...before, ...changes, state, version: before.version + 1 }
}

/** The columns that changes are written to; what stays undefined stays as it is. */
function columnsOf(changes: TransferChanges): Readonly<Record<string, unknown>> {
  const { claims, failure, received } = changes
  return {
    correlation_id: changes.correlationId,
    data_flow_id: changes.dataFlowId,
    address_ref: changes.addressRef,
    suspended_by: changes.suspendedBy,
    claims: claims && json(claims),
    failure: failure && json(failure),
    received: received && json(received),
  }
}

/** Notes what the data plane reported, without a step: work that is under way goes on undisturbed (DPS-12). */
export async function noteDataPlaneError(tx: Transaction, id: string, error: string): Promise<void> {
  await tx.run('update control_plane.transfer_process set data_plane_error = $2 where id = $1', [id, error])
}

function transferOfRow(row: TransferRow): Transfer {
  return {
    id: row.id,
    role: row.role,
    state: row.state,
    version: row.version,
    stateAt: row.state_at,
    createdAt: row.created_at,
    profile: row.profile,
    counterpartyDid: row.counterparty_did,
    counterpartyAddress: row.counterparty_address,
    correlationId: row.correlation_id,
    contractId: row.contract_id,
    agreementId: row.agreement_id,
    assetId: row.asset_id,
    transferType: row.transfer_type,
    dataPlaneId: row.data_plane_id,
    dataFlowId: row.data_flow_id,
    addressRef: row.address_ref,
    suspendedBy: row.suspended_by,
    claims: row.claims,
    dataplaneMetadata: row.dataplane_metadata,
    privateProperties: row.private_properties,
    dataPlaneError: row.data_plane_error,
    failure: row.failure,
    received: row.received,
  }
}

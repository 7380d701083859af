import { json, type Transaction } from '@weft/foundation/database'
import type { JsonObject } from '@weft/foundation/processes'
import { serialisePolicy } from '@weft/protocols/policy'
import type { ContractAgreement } from '../domain/agreement.ts'
import type { Query } from '../domain/query.ts'
import { queryOverColumns } from './query-sql.ts'
import { contextOf } from './rows.ts'
import { storedAgreement } from './stored-policy.ts'

interface AgreementRow {
  readonly id: string
  readonly agreement_id: string
  readonly negotiation_id: string
  readonly provider_did: string
  readonly consumer_did: string
  readonly asset_id: string
  readonly signed_at: Date
  readonly policy: JsonObject
}

const columns = 'id, agreement_id, negotiation_id, provider_did, consumer_did, asset_id, signed_at, policy'

/**
 * Stores the agreement of a negotiation that names it; one that does not is none of it, and nothing is stored. An agreement id
 * that the context has already throws `database.duplicate`.
 */
export async function insertAgreement(tx: Transaction, agreement: ContractAgreement): Promise<void> {
  await tx.run(
    `insert into control_plane.contract_agreement
       (participant_context_id, id, agreement_id, negotiation_id, provider_did, consumer_did, asset_id, signed_at, policy)
     select $1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb
     from control_plane.contract_negotiation where id = $4 and agreement_id = $2`,
    [
      contextOf(tx),
      agreement.id,
      agreement.agreementId,
      agreement.negotiationId,
      agreement.providerDid,
      agreement.consumerDid,
      agreement.assetId,
      agreement.signedAt,
      json(serialisePolicy(agreement.policy)),
    ],
  )
}

/** By our own id. */
export async function findAgreement(tx: Transaction, id: string): Promise<ContractAgreement | undefined> {
  const row = await tx.one<AgreementRow>(`select ${columns} from control_plane.contract_agreement where id = $1`, [id])
  return row && agreementOfRow(row)
}

/** By the id that both parties know. */
export async function findAgreementByDspId(
  tx: Transaction,
  agreementId: string,
): Promise<ContractAgreement | undefined> {
  const row = await tx.one<AgreementRow>(
    `select ${columns} from control_plane.contract_agreement where agreement_id = $1`,
    [agreementId],
  )
  return row && agreementOfRow(row)
}

/** Whether both parties have come to an end of negotiating it: the consumer may know that before our store does. */
export async function isAgreementFinal(
  tx: Transaction,
  agreement: ContractAgreement,
  profile: string,
): Promise<boolean> {
  const row = await tx.one<{ final: boolean }>(
    `select state in ('FINALIZING', 'FINALIZED') as final from control_plane.contract_negotiation
     where id = $1 and profile = $2`,
    [agreement.negotiationId, profile],
  )
  return row?.final === true
}

export async function queryAgreements(tx: Transaction, query: Query): Promise<ContractAgreement[]> {
  const sql = queryOverColumns(query, {
    id: 'id',
    agreementId: 'agreement_id',
    assetId: 'asset_id',
    providerId: 'provider_did',
    consumerId: 'consumer_did',
    createdAt: 'created_at',
  })
  const rows = await tx.rows<AgreementRow>(
    `select ${columns} from control_plane.contract_agreement${sql.text}`,
    sql.params,
  )
  return rows.map(agreementOfRow)
}

function agreementOfRow(row: AgreementRow): ContractAgreement {
  return {
    id: row.id,
    agreementId: row.agreement_id,
    negotiationId: row.negotiation_id,
    providerDid: row.provider_did,
    consumerDid: row.consumer_did,
    assetId: row.asset_id,
    signedAt: row.signed_at,
    policy: storedAgreement(row.policy),
  }
}

import type { Transaction } from '@weft/foundation/database'

/** Every vault secret that a row of this context names. */
export async function secretRefs(tx: Transaction): Promise<readonly string[]> {
  const rows = await tx.rows<{ ref: string }>(
    `select secret_ref as ref from control_plane.asset where secret_ref is not null
     union all
     select address_ref from control_plane.transfer_process where address_ref is not null
     union all
     select "authorization"->>'secretRef' from control_plane.data_plane where "authorization" ? 'secretRef'`,
  )
  return rows.map((row) => row.ref)
}

import type { Transaction } from '@weft/foundation/database'
import type { Page } from '@weft/foundation/http'
import type { Found } from '@weft/protocols/fabric'
import type { SqlCondition } from './predicate-sql.ts'

/** One page of a table in the order of `order`, and the number of all rows that satisfy the condition. */
export async function page<Row extends object>(
  tx: Transaction,
  query: { readonly table: string; readonly order: string; readonly where: SqlCondition; readonly page: Page },
): Promise<Found<Row>> {
  const { sql, params } = query.where
  const from = `from ${query.table} where ${sql}`
  const counted = await tx.one<{ total: number }>(`select count(*)::int as total ${from}`, params)
  const limits = `limit $${params.length + 1}::int offset $${params.length + 2}::int`
  const items = await tx.rows<Row>(`select * ${from} order by ${query.order} ${limits}`, [
    ...params,
    query.page.limit,
    query.page.offset,
  ])
  return { items, total: counted?.total ?? 0 }
}

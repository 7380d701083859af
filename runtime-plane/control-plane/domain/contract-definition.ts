import type { JsonObject } from '@weft/foundation/processes'
import type { Criterion, RawCriterion } from './criterion.ts'
import { readCriterion } from './criterion.ts'
import type { Conduct } from './negotiation.ts'

/** Offers assets: who sees them (access policy) and under which terms (contract policy). */
export interface ContractDefinition {
  readonly id: string
  readonly accessPolicyId: string
  readonly contractPolicyId: string
  /** As it was given, for answers. */
  readonly assetsSelector: readonly RawCriterion[]
  readonly privateProperties: JsonObject
  /** Whether negotiations about its offers go on by themselves, or wait for commands at every step. */
  readonly negotiation: Conduct
  readonly createdAt: Date
}

/** A selector made ready for the database: asset ids, which have an index, apart from the rest. */
export interface AssetSelector {
  /** Null: any asset. */
  readonly assetIds: readonly string[] | null
  readonly criteria: readonly Criterion[]
}

/** Reads a selector; all criteria must hold, none selects every asset. @throws `management.unsupported-query` */
export function readSelector(raw: readonly RawCriterion[]): AssetSelector {
  const all = raw.map((criterion, index) => readCriterion(criterion, `/assetsSelector/${index}`))
  const byId = all.find(
    (criterion) => criterion.field === 'id' && (criterion.operator === '=' || criterion.operator === 'in'),
  )
  return { assetIds: byId?.values ?? null, criteria: all.filter((criterion) => criterion !== byId) }
}

import { toWeftError, WeftError } from '@weft/foundation/errors'
import { type CatalogCriterion, dspErrors } from '@weft/protocols/dsp'
import { type Criterion, readCriterion } from './criterion.ts'

/** A pattern of a counterparty must not be a way to keep the database busy. */
const longestPattern = 200
const mostWildcards = 5

/**
 * The criteria of a counterparty's catalog request: `=`, `!=`, `in`, `notin`, `like`, `ilike` and `contains` over the id
 * and the public properties of datasets. Whatever else there may be is refused and never ignored (DSP-09).
 * @throws `dsp.unsupported-filter`
 */
export function readRequestedCriteria(criteria: readonly CatalogCriterion[]): readonly Criterion[] {
  return criteria.map((criterion, index) => readRequested(criterion, `/filter/0/filterExpression/${index}`))
}

function readRequested({ left, operator, right }: CatalogCriterion, field: string): Criterion {
  const criterion = understood({ operandLeft: left, operator, operandRight: right }, field)
  // What an owner keeps to itself is not found out by asking for it.
  if (criterion.field.startsWith('privateProperties.')) throw new WeftError(dspErrors['unsupported-filter'], { field })
  if (criterion.operator.endsWith('like') && !criterion.values.every(isCheap)) {
    throw new WeftError(dspErrors['unsupported-filter'], { field: `${field}/operandRight` })
  }
  return criterion
}

function understood(raw: Parameters<typeof readCriterion>[0], field: string): Criterion {
  try {
    return readCriterion(raw, field)
  } catch (cause) {
    const { field: at } = toWeftError(cause)
    throw new WeftError(dspErrors['unsupported-filter'], { ...(at === undefined ? {} : { field: at }), cause })
  }
}

function isCheap(pattern: string): boolean {
  return pattern.length <= longestPattern && pattern.split('%').length <= mostWildcards + 1
}

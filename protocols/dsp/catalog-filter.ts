import { WeftError } from '@weft/foundation/errors'
import { edcNamespace } from '../json-ld/index.ts'
import { JsonReader } from '../policy/index.ts'
import { dspErrors } from './errors.ts'

export interface CatalogCriterion {
  /** A property of the dataset, without EDC's namespace. */
  readonly left: string
  /** `=`, `in`, `like`, …; what of them is evaluated is for the catalog to say. */
  readonly operator: string
  readonly right: string | number | boolean | readonly (string | number | boolean)[]
}

export interface CatalogFilter {
  /** Datasets to leave out at the beginning; default 0. */
  readonly offset: number
  /** Most datasets wanted. */
  readonly limit?: number
  /** All of them must hold. */
  readonly criteria: readonly CatalogCriterion[]
}

/**
 * Reads the filter of a catalog request: nothing, or one query in the shape that EDC sends (section 10), with or without
 * its namespace. DSP leaves filters to the implementation, but one that is not understood must be refused (DSP-09).
 *
 * @throws `dsp.unsupported-filter`
 */
export function readCatalogFilter(filter: readonly unknown[]): CatalogFilter {
  const [first, ...others] = filter
  if (others.length > 0) throw new WeftError(dspErrors['unsupported-filter'], { field: '/filter' })
  if (first === undefined) return { offset: 0, criteria: [] }
  const query = new JsonReader(first, dspErrors['unsupported-filter'], '/filter/0')
  refuseOthers(query, ['offset', 'limit', 'sortField', 'sortOrder', 'filterExpression'])
  if (member(query, 'sortField').present) throw member(query, 'sortField').error('is not supported')
  const limit = wholeNumber(member(query, 'limit'))
  return {
    offset: wholeNumber(member(query, 'offset')) ?? 0,
    ...(limit === undefined ? {} : { limit }),
    criteria: member(query, 'filterExpression').items(50).map(readCriterion),
  }
}

function readCriterion(criterion: JsonReader): CatalogCriterion {
  refuseOthers(criterion, ['operandLeft', 'operator', 'operandRight'])
  const right = member(criterion, 'operandRight')
  const list = right.at('@list')
  const values = (list.present ? list : right).items(1000).map(plainValue)
  const [only] = values
  if (only === undefined) throw right.error('is missing')
  const left = plainValue(member(criterion, 'operandLeft'))
  if (typeof left !== 'string') throw member(criterion, 'operandLeft').error('must be a text')
  const operator = plainValue(member(criterion, 'operator'))
  if (typeof operator !== 'string') throw member(criterion, 'operator').error('must be a text')
  return {
    left: left.startsWith(edcNamespace) ? left.slice(edcNamespace.length) : left,
    operator,
    right: Array.isArray(right.value) || list.present ? values : only,
  }
}

function member(place: JsonReader, name: string): JsonReader {
  return place.atAny(name, `edc:${name}`, `${edcNamespace}${name}`)
}

/** DSP-09: a member that is not understood may narrow the catalog; it is not passed over. */
function refuseOthers(place: JsonReader, names: readonly string[]): void {
  for (const name of Object.keys(place.object())) {
    const plain = name.startsWith(edcNamespace) ? name.slice(edcNamespace.length) : name.replace(/^edc:/, '')
    if (!name.startsWith('@') && !names.includes(plain)) throw place.at(name).error('is not supported')
  }
}

function plainValue(place: JsonReader): string | number | boolean {
  const inner = place.at('@value')
  const { value } = inner.present ? inner : place
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  throw place.error('must be a text, a number or a boolean')
}

function wholeNumber(place: JsonReader): number | undefined {
  if (!place.present) return undefined
  const value = Number(plainValue(place))
  if (!Number.isSafeInteger(value) || value < 0) throw place.error('must be a whole number that is not negative')
  return value
}

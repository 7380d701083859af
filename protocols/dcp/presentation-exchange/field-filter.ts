import { isDeepStrictEqual } from 'node:util'
import { isObject, type JsonObject } from '../../trust/index.ts'
import { parseTextPattern } from './text-pattern.ts'

/** Whether a value is one that a verifier asks for. */
export type FieldFilter = (value: unknown) => boolean

const maxDepth = 4
const maxConstants = 256
/** Keywords that say nothing about a value. */
const remarks: ReadonlySet<string> = new Set(['$schema', '$comment', 'title', 'description', 'examples', 'default'])

/**
 * Reads the part of JSON Schema that definitions use: `type`, `const`, `enum`, `pattern`, `contains`, lengths and bounds.
 * @returns undefined for a filter that uses more
 */
export function parseFieldFilter(schema: unknown, depth = 0): FieldFilter | undefined {
  if (!isObject(schema) || depth > maxDepth) return undefined
  const checks: FieldFilter[] = []
  for (const [keyword, argument] of Object.entries(schema)) {
    if (remarks.has(keyword)) continue
    const check = checkOf(keyword, argument, depth)
    if (check === undefined) return undefined
    checks.push(check)
  }
  const isText = wantsText(schema)
  // Definitions ask for a type as for a text, though credentials have several in an array: one of them is enough.
  return (value) =>
    isText && Array.isArray(value)
      ? value.slice(0, maxConstants).some((item) => checks.every((check) => check(item)))
      : checks.every((check) => check(value))
}

function wantsText({ type }: JsonObject): boolean {
  return type === 'string'
}

function checkOf(keyword: string, argument: unknown, depth: number): FieldFilter | undefined {
  switch (keyword) {
    case 'type':
      return typeCheck(argument)
    case 'const':
      return (value) => isDeepStrictEqual(value, argument)
    case 'enum':
      return Array.isArray(argument) && argument.length <= maxConstants
        ? (value) => argument.some((item) => isDeepStrictEqual(value, item))
        : undefined
    case 'pattern':
      return patternCheck(argument)
    case 'contains':
      return containsCheck(argument, depth)
    default:
      return typeof argument === 'number' ? boundCheck(keyword, argument) : undefined
  }
}

function typeCheck(argument: unknown): FieldFilter | undefined {
  const names = [argument].flat()
  const checks = names.map((name) => (typeof name === 'string' ? typeChecks.get(name) : undefined))
  if (names.length === 0 || checks.some((check) => check === undefined)) return undefined
  return (value) => checks.some((check) => check?.(value) === true)
}

const typeChecks: ReadonlyMap<string, FieldFilter> = new Map<string, FieldFilter>([
  ['string', (value) => typeof value === 'string'],
  ['number', (value) => typeof value === 'number'],
  ['integer', (value) => Number.isInteger(value)],
  ['boolean', (value) => typeof value === 'boolean'],
  ['null', (value) => value === null],
  ['array', (value) => Array.isArray(value)],
  ['object', (value) => isObject(value)],
])

function patternCheck(argument: unknown): FieldFilter | undefined {
  const pattern = typeof argument === 'string' ? parseTextPattern(argument) : undefined
  return pattern === undefined ? undefined : (value) => typeof value !== 'string' || pattern(value)
}

function containsCheck(argument: unknown, depth: number): FieldFilter | undefined {
  const filter = parseFieldFilter(argument, depth + 1)
  if (filter === undefined) return undefined
  return (value) => !Array.isArray(value) || value.slice(0, maxConstants).some((item) => filter(item))
}

/** As in JSON Schema, a bound says nothing about a value of another type. */
function boundCheck(keyword: string, bound: number): FieldFilter | undefined {
  const compare = bounds.get(keyword)
  if (compare !== undefined) return (value) => typeof value !== 'number' || compare(value, bound)
  const compareLength = lengthBounds.get(keyword)
  if (compareLength === undefined) return undefined
  return (value) => typeof value !== 'string' || compareLength([...value].length, bound)
}

type Compare = (value: number, bound: number) => boolean

const bounds: ReadonlyMap<string, Compare> = new Map<string, Compare>([
  ['minimum', (value, bound) => value >= bound],
  ['maximum', (value, bound) => value <= bound],
  ['exclusiveMinimum', (value, bound) => value > bound],
  ['exclusiveMaximum', (value, bound) => value < bound],
])

const lengthBounds: ReadonlyMap<string, Compare> = new Map<string, Compare>([
  ['minLength', (value, bound) => value >= bound],
  ['maxLength', (value, bound) => value <= bound],
])

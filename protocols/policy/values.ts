import { isJsonObject } from './json-reader.ts'
import type { OperandTerm } from './model.ts'

export type Scalar = string | number | boolean

/** How two values are compared (7.2). */
export type ValueType = 'text' | 'number' | 'boolean' | 'instant' | 'duration'

/** A right operand's value, with the type that its `@type` or its JSON type gives it. */
export interface RightValue {
  readonly value: Scalar
  readonly type?: ValueType
}

const xsd = /^(?:xsd:|xs:|http:\/\/www\.w3\.org\/2001\/XMLSchema#)([A-Za-z]+)$/
const numberTypes =
  /^(?:decimal|double|float|(?:non(?:Negative|Positive)|negative|positive)?[Ii]nteger|(?:unsigned)?(?:[Ii]nt|[Ll]ong|[Ss]hort|[Bb]yte))$/
const durationTypes = /^(?:duration|dayTimeDuration)$/
const instantTypes = /^(?:dateTime|dateTimeStamp|date)$/
const textTypes = /^(?:string|anyURI|token|normalizedString|language)$/

/** Undefined when the term is an object that has no plain meaning here. */
export function readRightTerm(term: OperandTerm): RightValue | undefined {
  if (typeof term === 'string') return { value: term }
  if (!isJsonObject(term)) return undefined
  const id = Object.hasOwn(term, '@id') ? term['@id'] : undefined
  if (typeof id === 'string') return { value: id, type: 'text' }
  const value = Object.hasOwn(term, '@value') ? term['@value'] : undefined
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined
  const declared = Object.hasOwn(term, '@type') ? term['@type'] : undefined
  if (declared === undefined)
    return typeof value === 'string' ? { value } : { value, type: typeof value === 'number' ? 'number' : 'boolean' }
  const type = typeof declared === 'string' ? typeOfXsd(declared) : undefined
  return type === undefined ? undefined : { value, type }
}

function typeOfXsd(iri: string): ValueType | undefined {
  const name = xsd.exec(iri)?.[1]
  if (name === undefined) return undefined
  if (numberTypes.test(name)) return 'number'
  if (instantTypes.test(name)) return 'instant'
  if (durationTypes.test(name)) return 'duration'
  if (textTypes.test(name)) return 'text'
  return name === 'boolean' ? 'boolean' : undefined
}

/** Negative, zero or positive; or which side cannot be read as the type in which the two are compared. */
export type Comparison =
  | { readonly order: number }
  | { readonly unreadable: 'left' | 'right'; readonly type: ValueType }

/**
 * Compares typed. The type is the operand's own, else the right side's, else the left side's JSON type. Two plain texts are
 * compared as instants when both are, for an ordering also as numbers or durations when both are, else as texts, which
 * have no order but equality.
 *
 * @param ordering whether the operator asks for more than equality
 */
export function compare(
  left: Scalar,
  right: RightValue,
  operandType: ValueType | undefined,
  ordering: boolean,
): Comparison {
  const type = operandType ?? right.type ?? impliedType(left, right.value, ordering)
  const a = readAs(type, left)
  const b = readAs(type, right.value)
  // The right side first: it is the policy's author who can repair it.
  if (b === undefined) return { unreadable: 'right', type }
  if (a === undefined) return { unreadable: 'left', type }
  if (ordering && (type === 'text' || type === 'boolean')) return { unreadable: 'right', type: 'number' }
  return { order: a === b ? 0 : a < b ? -1 : 1 }
}

function impliedType(left: Scalar, right: Scalar, ordering: boolean): ValueType {
  if (typeof left === 'number') return 'number'
  if (typeof left === 'boolean') return 'boolean'
  const candidates: readonly ValueType[] = ordering ? ['number', 'instant', 'duration'] : ['instant']
  return candidates.find((type) => readAs(type, left) !== undefined && readAs(type, right) !== undefined) ?? 'text'
}

/** The value in its type's comparable form; instants and durations in milliseconds. Undefined when it is none. */
function readAs(type: ValueType, value: Scalar): Scalar | undefined {
  switch (type) {
    case 'text':
      return String(value)
    case 'boolean':
      if (typeof value === 'boolean') return value
      return value === 'true' ? true : value === 'false' ? false : undefined
    case 'number':
      return readNumber(value)
    case 'instant':
      return typeof value === 'string' ? readInstant(value) : undefined
    case 'duration':
      return typeof value === 'string' ? readDuration(value) : undefined
  }
}

function readNumber(value: Scalar): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value !== 'string' || !/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/.test(value)) return undefined
  const number = Number(value)
  return Number.isFinite(number) ? number : undefined
}

const instant = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?)?(?:Z|([+-])(\d{2}):(\d{2}))?$/

/**
 * XSD dateTime, tolerant as published examples demand (7.2): seconds may be missing, a date alone is its first moment, and
 * without an offset it is UTC. Milliseconds since 1970, finer fractions cut off.
 */
export function readInstant(text: string): number | undefined {
  const parts = instant.exec(text)
  if (!parts) return undefined
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((index) => Number(parts[index] ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const milliseconds = Number((parts[7] ?? '').slice(0, 3).padEnd(3, '0'))
  const endOfDay = hour === 24 && minute === 0 && second === 0 && milliseconds === 0
  if ((hour > 23 && !endOfDay) || minute > 59 || second > 59) return undefined
  const midnight = new Date(0)
  midnight.setUTCFullYear(year, month - 1, day)
  if (midnight.getUTCMonth() !== month - 1 || midnight.getUTCDate() !== day) return undefined
  const [offsetHours, offsetMinutes] = [Number(parts[9] ?? 0), Number(parts[10] ?? 0)]
  if (offsetMinutes > 59 || offsetHours * 60 + offsetMinutes > 14 * 60) return undefined
  const offset = (parts[8] === '-' ? -1 : 1) * (offsetHours * 60 + offsetMinutes) * 60_000
  return midnight.getTime() + ((hour * 60 + minute) * 60 + second) * 1000 + milliseconds - offset
}

/** XSD duration without years and months, whose length is not fixed. Milliseconds. */
export function readDuration(text: string): number | undefined {
  const parts = /^(-)?P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(text)
  if (!parts || text.endsWith('T') || !/\d/.test(text)) return undefined
  const [days, hours, minutes, seconds] = [2, 3, 4, 5].map((index) => Number(parts[index] ?? 0)) as [
    number,
    number,
    number,
    number,
  ]
  const length = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000
  if (!Number.isFinite(length)) return undefined
  return parts[1] === '-' ? -length : length
}

import pg from 'pg'

/** Type numbers of PostgreSQL's catalogue, which never change. */
const oid: Readonly<Record<'bigint' | 'bigintArray' | 'date' | 'timestamp', number>> = {
  bigint: 20,
  bigintArray: 1016,
  date: 1082,
  timestamp: 1114,
}

type Parser = (text: string) => unknown

const overrides = new Map<number, Parser>([
  [oid.bigint, toNumber],
  [oid.bigintArray, toNumbers],
  // Both have no time zone: a Date would invent one.
  [oid.date, (text) => text],
  [oid.timestamp, (text) => text],
])

/** How a column of this type becomes a value: the same for both engines. */
export function parserOf(type: number): Parser {
  return overrides.get(type) ?? (pg.types.getTypeParser(type, 'text') as Parser)
}

function toNumber(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number)) throw new RangeError(`${text} does not fit a number; select it as text`)
  return number
}

function toNumbers(text: string): (number | null)[] {
  const texts = pg.types.getTypeParser(oid.bigintArray, 'text')(text) as (string | null)[]
  return texts.map((one) => (one === null ? null : toNumber(one)))
}

/**
 * A parameter as the wire takes it: text, bytes or null. Takes strings, numbers, booleans, bigints, Dates, bytes and
 * arrays of them. @throws TypeError for other objects: JSON is passed as `json(value)`.
 */
export function toWire(value: unknown): string | Uint8Array | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return value
  if (Array.isArray(value)) return toArrayElement(value)
  throw new TypeError('an object cannot be a parameter: pass json(value) for a $n::jsonb')
}

function toArrayElement(value: unknown): string {
  if (Array.isArray(value)) return `{${value.map(toArrayElement).join(',')}}`
  const wire = toWire(value)
  if (wire === null) return 'null'
  if (typeof wire !== 'string') throw new TypeError('an array of bytes cannot be a parameter')
  return `"${wire.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

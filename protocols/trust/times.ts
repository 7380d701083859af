/** XSD dateTime with a time zone, as credentials carry it. */
const dateTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/

/** Undefined for what is no date and time with a zone. */
export function parseDateTime(value: unknown): Date | undefined {
  if (typeof value !== 'string' || value.length > 64 || !dateTime.test(value)) return undefined
  return validDate(Date.parse(value))
}

/** A NumericDate (RFC 7519): seconds, decimals possible. Text is refused (section 6.5). */
export function dateOfSeconds(value: unknown): Date | undefined {
  return typeof value === 'number' ? validDate(value * 1000) : undefined
}

/** Whole seconds since the epoch. */
export function toSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000)
}

/** With second precision, so that a date and its NumericDate say the same. */
export function toDateTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`
}

function validDate(milliseconds: number): Date | undefined {
  const date = new Date(milliseconds)
  return Number.isNaN(date.getTime()) ? undefined : date
}

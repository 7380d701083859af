import { type CatalogueEntry, WeftError } from '@weft/foundation/errors'
import type { JsonObject } from './model.ts'

/** Longest text of a field of a protocol message, in UTF-16 units; tokens in data addresses are the longest. */
const longestText = 16_384

/**
 * Reads a value of untrusted JSON and names the JSON pointer of what is wrong. Only own members are seen, so that
 * `__proto__` and the like are inert. Values never stand in an error: they may be secrets.
 */
export class JsonReader {
  readonly value: unknown
  readonly #entry: CatalogueEntry
  readonly #within: JsonReader | string
  readonly #name: string | number | undefined

  /**
   * @param entry what every error of this document is, in the catalogue
   * @param within the place's pointer; or, with `name`, the place that it is a member of
   */
  constructor(value: unknown, entry: CatalogueEntry, within: JsonReader | string = '', name?: string | number) {
    this.value = value
    this.#entry = entry
    this.#within = within
    this.#name = name
  }

  /** RFC 6901, below the document's root, which is the empty text. Made when it is asked for: most readings go well. */
  get pointer(): string {
    const above = typeof this.#within === 'string' ? this.#within : this.#within.pointer
    if (this.#name === undefined) return above
    return `${above}/${String(this.#name).replaceAll('~', '~0').replaceAll('/', '~1')}`
  }

  /** False when the member is absent or null, which JSON-LD takes for the same. */
  get present(): boolean {
    return this.value !== undefined && this.value !== null
  }

  /** The error to throw about this place: "`/offer/@id` must be a text". */
  error(problem: string): WeftError {
    const field = this.pointer === '' ? '/' : this.pointer
    return new WeftError(this.#entry, { field, message: `${field} ${problem}` })
  }

  /** A member of this object; absent where this is no object. */
  at(name: string): JsonReader {
    return new JsonReader(memberOf(this.value, name), this.#entry, this, name)
  }

  /** The first member present under one of the names; absent under the first name when there is none. */
  atAny(...names: readonly [string, ...string[]]): JsonReader {
    for (const name of names) {
      const member = memberOf(this.value, name)
      if (member !== undefined && member !== null) return new JsonReader(member, this.#entry, this, name)
    }
    return this.at(names[0])
  }

  /** @throws the document's error when this is no JSON object */
  object(): JsonObject {
    if (!this.present) throw this.error('is missing')
    if (!isJsonObject(this.value)) throw this.error('must be an object')
    return this.value
  }

  /** A text that is not empty. @throws the document's error */
  text(longest = longestText): string {
    if (!this.present) throw this.error('is missing')
    if (typeof this.value !== 'string' || this.value === '') throw this.error('must be a text that is not empty')
    if (this.value.length > longest) throw this.error(`must not be longer than ${longest} characters`)
    return this.value
  }

  optionalText(longest = longestText): string | undefined {
    return this.present ? this.text(longest) : undefined
  }

  /** An id: a text, or JSON-LD's `{"@id": text}`. @throws the document's error */
  id(): string {
    return isJsonObject(this.value) ? this.at('@id').text(2048) : this.text(2048)
  }

  optionalId(): string | undefined {
    return this.present ? this.id() : undefined
  }

  /** @throws the document's error when this is none of the texts */
  oneOf<const T extends string>(allowed: readonly T[]): T {
    const found = this.text()
    const match = allowed.find((candidate) => candidate === found)
    if (match === undefined) throw this.error(`must be one of ${allowed.join(', ')}`)
    return match
  }

  /**
   * The items of an array; one value alone is taken for an array of one, as JSON-LD has it; absent is empty.
   * @throws the document's error when there are more than `most`
   */
  items(most: number): readonly JsonReader[] {
    if (!this.present) return []
    if (!Array.isArray(this.value)) return [this]
    if (this.value.length > most) throw this.error(`must not have more than ${most} items`)
    return this.value.map((item, index) => new JsonReader(item, this.#entry, this, index))
  }

  /** @throws the document's error when the value nests deeper or holds more values than allowed */
  bounded(deepest: number, most: number): void {
    let left = most
    const visit = (value: unknown, depth: number): void => {
      left -= 1
      if (left < 0) throw this.error(`must not hold more than ${most} values`)
      if (typeof value !== 'object' || value === null) return
      if (depth === 0) throw this.error(`must not be nested deeper than ${deepest}`)
      for (const member of Object.values(value)) visit(member, depth - 1)
    }
    visit(this.value, deepest)
  }
}

function memberOf(value: unknown, name: string): unknown {
  return isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

/** Whether a value is a JSON object: neither null nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** JSON text with sorted member names: equal for equal values. The caller has bounded the depth. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (!isJsonObject(value)) return JSON.stringify(value ?? null)
  const members = Object.keys(value)
    .filter((name) => value[name] !== undefined)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonicalJson(value[name])}`)
  return `{${members.join(',')}}`
}

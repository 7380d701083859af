import { WeftError } from '@weft/foundation/errors'
import { jsonLdErrors } from './errors.ts'

/** Deepest nesting of a message. Policies nest to ten logical constraints, each two levels of JSON. */
const deepest = 100

/** What a message holds, by one walk over it that is bounded in depth and uses no stack. */
export interface Survey {
  /** Objects, arrays and plain values together. */
  readonly values: number
  /** Whether a member stands under one of the aliases. */
  readonly aliased: boolean
  /** Members of contexts that stand in the message itself. */
  readonly contextMembers: number
  /** Whether such a context holds more than prefixes and simple terms. */
  readonly elaborateContext: boolean
}

/** @throws `json-ld.too-large` when the message nests too deep */
export function survey(body: unknown, aliases: ReadonlySet<string>): Survey {
  let [values, aliased, contextMembers, elaborateContext] = [0, false, 0, false]
  const open: { readonly value: unknown; readonly depth: number; readonly inContext: boolean }[] = [
    { value: body, depth: 0, inContext: false },
  ]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, depth, inContext } = next
    values += 1
    if (typeof value !== 'object' || value === null) continue
    if (depth === deepest)
      throw new WeftError(jsonLdErrors['too-large'], { message: `The message is nested deeper than ${deepest}.` })
    if (Array.isArray(value)) {
      for (const item of value) open.push({ value: item, depth: depth + 1, inContext })
      continue
    }
    for (const name of Object.keys(value)) {
      const within = inContext || name === '@context'
      if (!inContext) aliased ||= aliases.has(name)
      else {
        contextMembers += 1
        elaborateContext ||= name === '@context' || name === '@import' || name === '@propagate' || name === '@nest'
      }
      open.push({ value: (value as Readonly<Record<string, unknown>>)[name], depth: depth + 1, inContext: within })
    }
  }
  return { values, aliased, contextMembers, elaborateContext }
}

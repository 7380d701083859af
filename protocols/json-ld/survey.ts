import { WeftError } from '@weft/foundation/errors'
import { jsonLdErrors } from './errors.ts'
import type { Vocabulary } from './vocabulary.ts'

/** Deepest nesting of a message. Policies nest to ten logical constraints, each two levels of JSON. */
const deepest = 100

/** Longest text in a context: resolving one takes a time that grows with the square of its length. */
const longestIri = 2048

/** What one bounded walk over a message finds. */
export interface Survey {
  /** Objects, arrays and plain values together. */
  readonly values: number
  /** Members that say a type: each may bring the terms of its class into force anew, which is what costs most. */
  readonly types: number
  /** Whether a property of the vocabulary stands, or may stand, under another name than its plain one. */
  readonly aliased: boolean
  /** Members of contexts that stand in the message itself. */
  readonly contextMembers: number
  /** Texts in contexts: IRIs of terms, and addresses of contexts, each of which is brought into force again. */
  readonly contextTexts: number
  /** Whether such a context holds more than prefixes and simple terms. */
  readonly elaborateContext: boolean
}

/** @throws `json-ld.too-large` when the message nests too deep */
export function survey(body: unknown, vocabulary: Vocabulary): Survey {
  const found = { values: 0, types: 0, aliased: false, contextMembers: 0, contextTexts: 0, elaborateContext: false }
  const visit = (value: unknown, depth: number, inContext: boolean): void => {
    found.values += 1
    if (inContext && typeof value === 'string') {
      found.contextTexts += 1
      found.elaborateContext ||= value.length > longestIri
    }
    if (typeof value !== 'object' || value === null) return
    if (depth === deepest) {
      throw new WeftError(jsonLdErrors['too-large'], { message: `The message is nested deeper than ${deepest}.` })
    }
    if (Array.isArray(value)) {
      for (const item of value) visit(item, depth + 1, inContext)
      return
    }
    // Messages are parsed JSON, so these are their own members; a list of entries would be made for each object.
    for (const name in value) {
      const member = (value as Readonly<Record<string, unknown>>)[name]
      if (inContext) {
        found.contextMembers += 1
        found.elaborateContext ||= elaborate.has(name) || name.length > longestIri
        found.aliased ||= typeof member === 'string' && renames(name, member, vocabulary)
      } else {
        if (name === '@type' || name === 'type') found.types += 1
        found.aliased ||= vocabulary.aliases.has(name)
      }
      visit(member, depth + 1, inContext || name === '@context')
    }
  }
  visit(body, 0, false)
  return found
}

/** `@base` among them: relative IRIs would be resolved against it, in a time that grows with the square of its length. */
const elaborate: ReadonlySet<string> = new Set(['@context', '@import', '@propagate', '@nest', '@base'])

/** Whether a member of a context makes names for what the vocabulary has names for; its own prefixes do not. */
function renames(name: string, iri: string, { ownPrefixes }: Vocabulary): boolean {
  return ownPrefixes.some(
    ([prefix, namespace]) =>
      (iri.startsWith(namespace) || iri.startsWith(`${prefix}:`)) && !(name === prefix && iri === namespace),
  )
}

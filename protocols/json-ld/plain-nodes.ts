import type { ExpandedNode } from './expansion.ts'
import type { PlainTerm, Vocabulary } from './vocabulary.ts'

type Plain = Record<string, unknown>

/** How values look that the vocabulary does not know: as JSON-LD compacts them. */
const unknownTerm = { many: false, words: false, typed: true } as const

/**
 * An expanded node in the plain form of a vocabulary: its properties under their short names, words without their
 * namespace, ids as texts. Several values of a property that has one stay several: a reader refuses them, none is chosen.
 * Properties of other vocabularies keep their values, under a prefixed name or their IRI.
 */
export function plainNode(node: ExpandedNode, vocabulary: Vocabulary): Plain {
  const members: [string, unknown][] = []
  const id = node['@id']
  if (typeof id === 'string') members.push([vocabulary.idName, id])
  const types = asArray(node['@type']).filter((type) => typeof type === 'string')
  if (types.length > 0) members.push([vocabulary.typeName, plainType(types, vocabulary)])
  for (const [iri, values] of Object.entries(node)) {
    if (iri.startsWith('@')) continue
    const term = vocabulary.terms.get(iri)
    if (term === undefined) members.push([prefixed(iri, vocabulary), unknownValues(asArray(values), vocabulary)])
    else members.push([term.name, knownValues(asArray(values), term, vocabulary)])
  }
  // `fromEntries` defines members: one called __proto__ is a member like any other.
  return Object.fromEntries(members)
}

/** The one type of the vocabulary, if there is one: nodes may have types of other vocabularies beside it. */
function plainType(types: readonly string[], vocabulary: Vocabulary): string | readonly string[] {
  const known = types.flatMap((type) => vocabulary.words.get(type) ?? [])
  const names = known.length === 1 ? known : types.map((type) => vocabulary.words.get(type) ?? type)
  const [only, ...others] = names
  return only !== undefined && others.length === 0 ? only : names
}

function knownValues(values: readonly unknown[], term: PlainTerm, vocabulary: Vocabulary): unknown {
  const plain = values
    .flatMap((value) => (isNode(value) && '@list' in value ? asArray(value['@list']) : [value]))
    // A JSON value that is an array is the whole array that the property holds.
    .flatMap((value) => plainValue(value, term, vocabulary))
  return term.many || plain.length !== 1 || holdsJsonArray(values) ? plain : plain[0]
}

function unknownValues(values: readonly unknown[], vocabulary: Vocabulary): unknown {
  const plain = values.map((value) =>
    isNode(value) && '@list' in value
      ? { '@list': asArray(value['@list']).map((item) => plainValue(item, unknownTerm, vocabulary)) }
      : plainValue(value, unknownTerm, vocabulary),
  )
  return plain.length === 1 ? plain[0] : plain
}

type ValueForm = Pick<PlainTerm, 'words' | 'typed'>

function plainValue(value: unknown, form: ValueForm, vocabulary: Vocabulary): unknown {
  if (!isNode(value)) return value
  if ('@value' in value) return plainLiteral(value, form, vocabulary)
  const id = value['@id']
  if (typeof id !== 'string' || Object.keys(value).length > 1) return plainNode(value, vocabulary)
  if (form.typed) return { '@id': id }
  return form.words ? (vocabulary.words.get(id) ?? id) : id
}

function plainLiteral(literal: ExpandedNode, form: ValueForm, vocabulary: Vocabulary): unknown {
  const content = literal['@value']
  const type = literal['@type']
  if (type === '@json' || !form.typed) {
    return form.words && typeof content === 'string' ? (vocabulary.words.get(content) ?? content) : content
  }
  // In the schema of a right operand a number is none of the forms; a value object is.
  if (typeof content === 'string' && Object.keys(literal).length === 1) return content
  return typeof type === 'string' ? { ...literal, '@type': prefixed(type, vocabulary) } : literal
}

function holdsJsonArray(values: readonly unknown[]): boolean {
  return values.some((value) => isNode(value) && value['@type'] === '@json' && Array.isArray(value['@value']))
}

function prefixed(iri: string, vocabulary: Vocabulary): string {
  for (const [prefix, namespace] of vocabulary.prefixes) {
    if (iri.startsWith(namespace) && iri.length > namespace.length) return `${prefix}:${iri.slice(namespace.length)}`
  }
  return iri
}

function asArray(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value]
}

function isNode(value: unknown): value is ExpandedNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A JSON-LD context as this project writes them: the part of JSON-LD 1.1 that the protocols' contexts need. */
export type ContextDefinition = Readonly<Record<string, string | boolean | number | TermDefinition>>

export interface TermDefinition {
  readonly '@id': string
  readonly '@type'?: string
  readonly '@container'?: '@set'
  readonly '@context'?: ContextDefinition
}

/** A term whose values are ids: texts are taken for IRIs. */
export const idTerm = (iri: string): TermDefinition => ({ '@id': iri, '@type': '@id' })

/** A term whose values are words of the vocabulary (states, operators), or IRIs. */
export const wordTerm = (iri: string): TermDefinition => ({ '@id': iri, '@type': '@vocab' })

/** A term whose values are any JSON. */
export const jsonTerm = (iri: string): TermDefinition => ({ '@id': iri, '@type': '@json' })

/** A term whose values are always an array. */
export function setOf(term: string | TermDefinition): TermDefinition {
  return { ...(typeof term === 'string' ? { '@id': term } : term), '@container': '@set' }
}

/** Terms that stand for themselves below a prefix. */
export function sameNames(prefix: string, ...names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, `${prefix}:${name}`]))
}

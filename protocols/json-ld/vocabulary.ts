import { dcpContext, dcpTerms } from './contexts/dcp.ts'
import { dspContext, dspTerms } from './contexts/dsp.ts'
import { odrlProfile } from './contexts/odrl-profile.ts'
import type { ContextDefinition, TermDefinition } from './contexts/term-definitions.ts'

/** What a property of the vocabulary is called in the plain form, and what its values look like there. */
export interface PlainTerm {
  readonly name: string
  /** Always an array. */
  readonly many: boolean
  /** Values that are terms themselves: states, operators, actions. */
  readonly words: boolean
  /** Value objects stay as they are: a type says how a value is compared. */
  readonly typed: boolean
}

export interface Vocabulary {
  readonly context: string
  /** How the plain form spells `@id` and `@type`. */
  readonly idName: string
  readonly typeName: string
  /** Properties by their IRI. */
  readonly terms: ReadonlyMap<string, PlainTerm>
  /** Names of classes and words by their IRI. */
  readonly words: ReadonlyMap<string, string>
  /** Prefixes, and the namespaces they stand for. */
  readonly prefixes: ReadonlyMap<string, string>
  /** Those prefixes whose names are the vocabulary's own; others, such as `dct`, it borrows single names from. */
  readonly ownPrefixes: readonly (readonly [prefix: string, namespace: string])[]
  /** Names under which a property of the vocabulary's own may stand that are not its plain one: prefixed, or its full IRI. */
  readonly aliases: ReadonlySet<string>
}

/** The context gives these neither type nor container, the schemas an array. */
const logical = new Set(['and', 'or', 'xone', 'andSequence'])

export const vocabularies: Readonly<Record<'dsp' | 'dcp', Vocabulary>> = {
  dsp: readVocabulary(dspContext, '@id', '@type', [dspTerms, odrlProfile]),
  // Containers are carried as JSON; only who expands them as nodes needs these two.
  dcp: readVocabulary(dcpContext, 'id', 'type', [dcpTerms, { format: 'dcp:format' }]),
}

/** Draws from the contexts how each property looks in plain form, so that there is one table of terms only. */
function readVocabulary(
  context: string,
  idName: string,
  typeName: string,
  definitions: readonly ContextDefinition[],
): Vocabulary {
  const prefixes = new Map<string, string>()
  const terms = new Map<string, PlainTerm>()
  const words = new Map<string, string>()
  for (const definition of definitions) {
    for (const [name, iri] of Object.entries(definition)) {
      if (typeof iri === 'string' && /^https?:.*[/#]$/.test(iri)) prefixes.set(name, iri)
    }
  }
  const full = (iri: string): string => {
    const colon = iri.indexOf(':')
    const namespace = prefixes.get(iri.slice(0, colon))
    return namespace === undefined ? iri : namespace + iri.slice(colon + 1)
  }
  const visit = (definition: ContextDefinition): void => {
    for (const [name, value] of Object.entries(definition)) {
      if (name.startsWith('@') || prefixes.has(name)) continue
      const term: TermDefinition | undefined =
        typeof value === 'string' ? { '@id': value } : typeof value === 'object' ? value : undefined
      if (term === undefined || term['@id'].startsWith('@')) continue
      const iri = full(term['@id'])
      const inner = term['@context']
      if (inner) visit(inner)
      // A class, or a word such as REQUESTED: a term that is written as a value.
      if (inner || (typeof value === 'string' && /^[A-Z]/.test(name)) || isIndividual(name, value)) {
        words.set(iri, name)
        continue
      }
      const known = terms.get(iri)
      terms.set(iri, {
        name,
        many: known?.many || term['@container'] === '@set' || logical.has(name),
        words: known?.words || term['@type'] === '@vocab',
        typed: name === 'rightOperand',
      })
    }
  }
  for (const definition of definitions) visit(definition)
  const ownPrefixes = [...prefixes].filter(([prefix]) => prefix !== 'dct' && prefix !== 'xsd' && prefix !== 'cred')
  const aliases = new Set<string>()
  for (const iri of terms.keys()) {
    for (const [prefix, namespace] of ownPrefixes) {
      if (iri.startsWith(namespace)) aliases.add(iri).add(`${prefix}:${iri.slice(namespace.length)}`)
    }
  }
  return { context, idName, typeName, terms, words, prefixes, ownPrefixes, aliases }
}

/** Operators and actions of ODRL, which look like properties in a context. */
function isIndividual(name: string, value: ContextDefinition[string] | undefined): boolean {
  return typeof value === 'string' && value.startsWith('odrl:') && !logical.has(name) && name !== 'rightOperand'
}

import { WeftError } from '@weft/foundation/errors'
import { jsonLdErrors } from './errors.ts'
import { expand } from './expansion.ts'
import { plainNode } from './plain-nodes.ts'
import { type Survey, survey } from './survey.ts'
import { type Vocabulary, vocabularies } from './vocabulary.ts'

/** What is expanded at most, so that it takes a fraction of a second: beyond it, a message has to come in plain form. */
const most = { values: 5000, types: 500, contextTexts: 50 }

/**
 * A received message in the plain form that its JSON schema describes. Nearly every message comes in it and is handed back
 * as it is. One that is expanded (absolute IRIs), or uses prefixes or contexts of its own, is expanded with the built-in
 * contexts and rewritten; nothing is ever loaded. Beside the protocol's own context unknown ones are ignored. What
 * is no JSON-LD at all comes back as it is, for the reader of the message to refuse.
 *
 * @throws `json-ld.unknown-context`, `json-ld.unsupported-context`, `json-ld.invalid-document`, `json-ld.not-one-message`,
 *   `json-ld.too-large`
 */
export async function toPlainForm(body: unknown, vocabulary: 'dsp' | 'dcp'): Promise<unknown> {
  const words = vocabularies[vocabulary]
  const found = survey(body, words)
  if (typeof body !== 'object' || body === null || isPlain(body, found, words)) return body
  refuseTooMuch(found)
  const { nodes, unknownContexts } = await expand(withoutPrototypes(body))
  if (unknownContexts.length > 0 && !namesContext(body, words)) {
    throw new WeftError(jsonLdErrors['unknown-context'], { field: '/@context' })
  }
  const [message, ...others] = nodes
  if (message === undefined || others.length > 0) throw new WeftError(jsonLdErrors['not-one-message'])
  return { '@context': [words.context], ...plainNode(message, words) }
}

function isPlain(body: object, found: Survey, vocabulary: Vocabulary): boolean {
  if (Array.isArray(body) || found.aliased) return false
  const type = own(body, vocabulary.typeName)
  if (namesContext(body, vocabulary)) {
    // A context of the sender's own may call the type by another name; the protocol's terms it cannot change.
    return typeof type === 'string' || (found.contextMembers === 0 && own(body, '@type') === undefined)
  }
  const written = [own(body, '@type')].flat()
  const absolute = written.some((text) => typeof text === 'string' && text.includes(':'))
  // Neither context nor absolute type: nothing that expansion could make sense of.
  return own(body, '@context') === undefined && !absolute
}

function namesContext(body: object, vocabulary: Vocabulary): boolean {
  return [own(body, '@context')].flat().includes(vocabulary.context)
}

function refuseTooMuch(found: Survey): void {
  if (found.values > most.values || found.types > most.types) throw new WeftError(jsonLdErrors['too-large'])
  // Contexts multiply: each node may bring all of them into force again.
  if (found.elaborateContext || found.contextTexts > most.contextTexts) {
    throw new WeftError(jsonLdErrors['unsupported-context'], { field: '/@context' })
  }
}

/** A copy without members called `__proto__`, which the expansion would assign. */
function withoutPrototypes(value: unknown): object {
  return JSON.parse(JSON.stringify(value), (name, member) => (name === '__proto__' ? undefined : member))
}

/** Whether a member of that name would be read as one of DSP's own, prefixed or as a full IRI. */
export function passesForDspTerm(name: string): boolean {
  return vocabularies.dsp.aliases.has(name)
}

function own(body: object, name: string): unknown {
  return Object.hasOwn(body, name) ? (body as Readonly<Record<string, unknown>>)[name] : undefined
}

import { WeftError } from '@weft/foundation/errors'
import type { JsonLdDocument, NodeObject, Options } from 'jsonld'
import { dcpContext, dcpTerms } from './contexts/dcp.ts'
import { dspContext, dspTerms, odrlProfileContext } from './contexts/dsp.ts'
import { edcDspContext, edcNamespace, edcTerms } from './contexts/edc.ts'
import { odrlProfile } from './contexts/odrl-profile.ts'
import type { ContextDefinition } from './contexts/term-definitions.ts'
import { jsonLdErrors } from './errors.ts'
import { vocabularies } from './vocabulary.ts'

/** Every context that exists here. What is not among these is never loaded, from wherever. */
export const builtInContexts: ReadonlyMap<string, ContextDefinition> = new Map([
  [dspContext, dspTerms],
  [odrlProfileContext, odrlProfile],
  [edcDspContext, edcTerms],
  [dcpContext, dcpTerms],
])

export type ExpandedNode = Readonly<Record<string, unknown>>

/** Prefixes that peers use without saying what they stand for; and no base, so that relative words stay what they are. */
const prefixContext = {
  '@base': null,
  edc: edcNamespace,
  ...Object.fromEntries([...vocabularies.dsp.prefixes, ...vocabularies.dcp.prefixes]),
}

/**
 * Expands a message with the built-in contexts. Unknown contexts define nothing; the caller is told of them.
 * @throws `json-ld.invalid-document`
 */
export async function expand(
  body: object,
): Promise<{ readonly nodes: readonly ExpandedNode[]; readonly unknownContexts: readonly string[] }> {
  const unknownContexts: string[] = []
  const documentLoader = async (url: string) => {
    const known = builtInContexts.get(url)
    if (known === undefined) unknownContexts.push(url)
    return { documentUrl: url, document: { '@context': known ?? {} } as NodeObject }
  }
  // Loaded when first needed: messages in plain form, nearly all there are, need nothing of it.
  const { default: jsonld } = await import('jsonld')
  const options: Options.Expand = { documentLoader, expandContext: prefixContext }
  try {
    const nodes: readonly unknown[] = await jsonld.expand(body as JsonLdDocument, options)
    return { nodes: nodes.filter(isNode), unknownContexts }
  } catch (thrown) {
    // The library's texts may hold parts of the message.
    throw new WeftError(jsonLdErrors['invalid-document'], { cause: thrown })
  }
}

function isNode(value: unknown): value is ExpandedNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

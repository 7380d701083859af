import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import jsonld from 'jsonld'
import { expect, it } from 'vitest'
import { dcpContext } from './contexts/dcp.ts'
import { dspContext, odrlProfileContext } from './contexts/dsp.ts'
import { edcDspContext } from './contexts/edc.ts'
import { builtInContexts } from './expansion.ts'
import { toPlainForm } from './index.ts'

/** The contexts and examples that the specifications publish, beside the repository: judges, and not part of it. */
const vectors = fileURLToPath(new URL('../../../shared/vectors/', import.meta.url))
const haveVectors = existsSync(join(vectors, 'contexts'))

const publishedContexts: Readonly<Record<string, string>> = {
  [dspContext]: 'contexts/dspace-v2025-1.jsonld',
  [odrlProfileContext]: 'contexts/dspace-v2025-1-odrl.jsonld',
  [edcDspContext]: 'contexts/dspace-edc-context-v1.jsonld',
  [dcpContext]: 'dcp/context/dcp.jsonld',
}
const folders = [
  ...['dsp/catalog/example', 'dsp/negotiation/example', 'dsp/transfer/example'],
  ...['dcp/issuance/example', 'dcp/presentation/example'],
]
const examples: readonly (readonly [string, Record<string, unknown>])[] = haveVectors
  ? folders.flatMap((folder) =>
      readdirSync(join(vectors, folder)).map((name) => [`${folder}/${name}`, read(`${folder}/${name}`)] as const),
    )
  : []

// Two for each of the published examples.
if (!haveVectors) console.log('not run: 70 (the published vectors are not beside the repository)')

function read(path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(vectors, path), 'utf8'))
}

/** Each call gets documents of its own: the expander writes into what it is given. */
function expandWith(body: object, contextAt: (url: string) => unknown) {
  const documentLoader = async (url: string) => ({
    documentUrl: url,
    document: { '@context': structuredClone(contextAt(url) ?? {}) } as jsonld.NodeObject,
  })
  return jsonld.expand(body as jsonld.JsonLdDocument, { documentLoader, expandContext: { '@base': null } })
}

const judged = it.skipIf(!haveVectors)

it('X-08: the contexts are a closed list, each with an address of its own', () => {
  expect([...builtInContexts.keys()].sort()).toEqual(Object.keys(publishedContexts).sort())
  if (haveVectors) expect(examples).toHaveLength(35)
})

judged.each(examples)('X-08: the built-in contexts mean what the published ones mean: %s', async (_path, example) => {
  const ours = await expandWith(example, (url) => builtInContexts.get(url))
  // The published context imports the profile of ODRL; the same document without `@import`, for the expander's sake.
  const published = await expandWith(example, (url) => withoutImports(contextIn(url)))
  expect(ours).toEqual(published)
})

judged.each(examples)(
  'X-08: an example that was expanded with the published contexts is read: %s',
  async (path, example) => {
    const vocabulary = path.startsWith('dcp') ? 'dcp' : 'dsp'
    const published = await expandWith(example, (url) => withoutImports(contextIn(url)))
    const expandedAgain = await expandWith((await toPlainForm(published, vocabulary)) as object, (url) =>
      builtInContexts.get(url),
    )
    expect(expandedAgain).toEqual(published)
  },
)

function contextIn(url: string): unknown {
  const path = publishedContexts[url]
  return path === undefined ? undefined : read(path)['@context']
}

function withoutImports(context: unknown): unknown {
  if (typeof context !== 'object' || context === null) return context
  const members = Object.entries(context).flatMap(([name, value]) =>
    name === '@import' ? Object.entries(contextIn(String(value)) as object) : [[name, withoutImports(value)] as const],
  )
  return Object.fromEntries(members)
}

import { type Citation, citationsOf } from './citations.ts'
import { crossCuttingRules } from './cross-cutting-rules.ts'
import { dcpRules } from './dcp-rules.ts'
import { dpsRules } from './dps-rules.ts'
import { dspRules } from './dsp-rules.ts'
import type { Rule } from './rule.ts'

const chapters: readonly { readonly title: string; readonly rules: readonly Rule[] }[] = [
  { title: 'Dataspace Protocol 2025-1', rules: dspRules },
  { title: 'Decentralized Claims Protocol 1.0', rules: dcpRules },
  { title: 'Data Plane Signaling 1.0', rules: dpsRules },
  { title: 'Across the protocols', rules: crossCuttingRules },
]

const levels = { must: 'must', should: 'should', kit: 'conformance kit', ours: 'Weft' } as const

/** Tests of one rule that the page names; the others are counted. */
const named = 3

/** The rules that no test cites. */
export function rulesWithoutTest(sources: ReadonlyMap<string, string>): readonly string[] {
  const citations = citationsOf(sources)
  return chapters.flatMap(({ rules }) => rules.map(({ id }) => id)).filter((id) => !citations.has(id))
}

/** Every rule of the wire beside the tests that cite it. */
export function rulesPage(sources: ReadonlyMap<string, string>): string {
  const citations = citationsOf(sources)
  return [
    '# Conformance, rule by rule',
    '',
    'What partners may rely on, and the tests that hold us to it. The page is generated from the titles of the tests',
    '(`npm run generate`); `npm run check` fails when a rule has no test. The official kits are run by',
    '`npm run conformance`; see [conformance](../../conformance/README.md).',
    ...chapters.flatMap(({ title, rules }) => ['', `## ${title}`, '', ...table(rules, citations)]),
    '',
  ].join('\n')
}

function table(rules: readonly Rule[], citations: ReadonlyMap<string, readonly Citation[]>): readonly string[] {
  const rows = rules.map(({ id, level, text }) => {
    const tests = citations.get(id) ?? []
    return `| ${id} | ${levels[level]} | ${text} | ${testsOf(tests)} | ${tests.length === 0 ? '**no test**' : 'tested'} |`
  })
  return ['| Rule | From | What | Tests | State |', '|---|---|---|---|---|', ...rows]
}

function testsOf(tests: readonly Citation[]): string {
  const shown = tests.slice(0, named).map(({ file, title }) => `[${cell(title)}](../../${file})`)
  const more = tests.length > named ? [`and ${tests.length - named} more`] : []
  return [...shown, ...more].join('<br>')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('[', '\\[').replaceAll(']', '\\]').replaceAll('<', '&lt;')
}

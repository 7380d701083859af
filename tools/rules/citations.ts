/** A test, or a group of tests, whose title cites rules. */
export interface Citation {
  readonly file: string
  readonly title: string
}

/** A call whose first argument is a text: `it('…',`, `describe('…',`, `it.each(rows)('…',`. */
const called = /\(\s*(['"`])((?:\\.|(?!\1)[^\\\n])*)\1\s*,/g
const ids = /\b(DSP|DCP|DPS|X)-(\d\d)(?:\s+to\s+\1-(\d\d))?/g

/** The rules that the titles of tests cite, with the tests. `DSP-27 to DSP-29` cites three. */
export function citationsOf(sources: ReadonlyMap<string, string>): ReadonlyMap<string, readonly Citation[]> {
  const found = new Map<string, Citation[]>()
  for (const [file, source] of sources) {
    if (!file.endsWith('.test.ts')) continue
    for (const title of titlesOf(source)) {
      for (const id of rulesIn(title)) found.set(id, [...(found.get(id) ?? []), { file, title }])
    }
  }
  return found
}

/** The titles in the source of a test file. */
export function titlesOf(source: string): readonly string[] {
  return [...source.matchAll(called)].map(([, , title = '']) => title.replace(/\\(['"`\\])/g, '$1'))
}

function rulesIn(title: string): ReadonlySet<string> {
  const cited = new Set<string>()
  for (const [, family = '', first = '', last = first] of title.matchAll(ids)) {
    for (let number = Number(first); number <= Number(last); number += 1) {
      cited.add(`${family}-${String(number).padStart(2, '0')}`)
    }
  }
  return cited
}

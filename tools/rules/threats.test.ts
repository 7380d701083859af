import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { titlesOf } from './citations.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = `${root}docs/security`
const pages = readdirSync(folder).filter((name) => name.endsWith('.md') && name !== 'README.md')

interface Threat {
  readonly page: string
  readonly id: string
  readonly tests: readonly { readonly title: string; readonly file: string }[]
}

/** The rows of a page's table, each with the tests that it links. */
function threatsOn(page: string): Threat[] {
  const lines = readFileSync(`${folder}/${page}`, 'utf8').split('\n')
  return lines
    .filter((line) => line.startsWith('| T-'))
    .map((line) => {
      const cells = line.split(' | ')
      const links = (cells[3] ?? '').matchAll(/\[(?<title>.+?)\]\(\.\.\/\.\.\/(?<file>[^)]+\.ts)\)/g)
      return {
        page,
        id: (cells[0] ?? '').replace('| ', ''),
        tests: [...links].map(({ groups }) => ({ title: groups?.title ?? '', file: groups?.file ?? '' })),
      }
    })
}

function titlesIn(file: string): ReadonlySet<string> {
  const path = `${root}${file}`
  return new Set(existsSync(path) ? titlesOf(readFileSync(path, 'utf8')) : [])
}

const threats = pages.flatMap(threatsOn)

describe('the threat list', () => {
  it('has a page for each protocol and one for the platform, none of them empty', () => {
    expect(pages.toSorted()).toEqual(['dcp.md', 'dps.md', 'dsp.md', 'platform.md'])
    for (const page of pages) expect([page, threatsOn(page).length > 5]).toEqual([page, true])
  })

  it('gives every threat an id of its own and a test at least', () => {
    const ids = threats.map(({ id }) => id)
    expect(ids).toEqual([...new Set(ids)])
    expect(threats.filter(({ tests }) => tests.length === 0).map(({ id }) => id)).toEqual([])
  })

  it('names tests that exist, by file and title', () => {
    const gone = threats.flatMap(({ page, id, tests }) =>
      tests.filter(({ title, file }) => !titlesIn(file).has(title)).map((test) => ({ page, id, ...test })),
    )
    expect(gone).toEqual([])
  })
})

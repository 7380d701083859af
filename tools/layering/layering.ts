import { posix } from 'node:path'
import { type Place, placeOf, planes, workspaceOfPackage } from './house.ts'
import { type ImportStatement, importsOf, withoutComments } from './imports.ts'

export interface Violation {
  readonly file: string
  readonly line: number
  readonly rule: string
  readonly message: string
}

interface Arrow {
  readonly from: Place
  readonly statement: ImportStatement
  /** Set when the import leads to a file of this repository. */
  readonly to: Place | null
}

type Rule = (arrow: Arrow) => string | null

/** The boundaries of ARCHITECTURE.md, each by the name that a violation shows. */
const rules: Readonly<Record<string, Rule>> = {
  'arrows point one way': ({ from, to }) =>
    to && to.level > from.level ? `${from.workspace} may not know ${to.workspace ?? to.file}` : null,
  'planes and services meet over HTTP and messages': ({ from, to }) =>
    to && from.level === 3 && to.level === 3 && from.workspace !== to.workspace
      ? `${from.workspace} may not import ${to.workspace}`
      : null,
  'packages show only their public face': ({ from, to, statement }) => {
    if (!to || from.workspace === to.workspace) return null
    if (statement.specifier.startsWith('.')) return from.level === 5 ? null : 'import another package by its name'
    return posix.basename(to.file) === 'index.ts' ? null : `${statement.specifier} goes past an index.ts`
  },
  'rooms of foundation and protocols show only their index': ({ from, to }) => {
    if (!to || from.workspace !== to.workspace || from.level > 1 || from.room === to.room) return null
    if (from.test && to.test) return null
    return to.room !== null && posix.basename(to.file) !== 'index.ts' ? `enter ${to.room}/ by its index.ts` : null
  },
  'an agent knows no other agent': ({ from, to }) => {
    if (!to || from.workspace !== 'management-plane/agents' || to.workspace !== from.workspace) return null
    const shared = (room: string | null) => room === null || room === 'runtime'
    return shared(from.room) || shared(to.room) || from.room === to.room
      ? null
      : `${from.room} may not import ${to.room}`
  },
  'protocols need no database and no server': ({ from, statement }) =>
    from.workspace === 'protocols' && !from.test && serverSide.test(statement.specifier) && !statement.typeOnly
      ? `protocols/ may not use ${statement.specifier}`
      : null,
  'domain is pure': ({ from, to, statement }) => {
    if (from.level !== 3 || from.room !== 'domain' || from.test || statement.typeOnly) return null
    if (to?.workspace === from.workspace && to.room !== 'domain' && to.room !== null)
      return `domain/ may not import ${to.room}/`
    return impure.test(statement.specifier) ? `domain/ may not use ${statement.specifier}` : null
  },
  'what runs does not lean on tests': ({ from, to }) =>
    to?.test && !from.test ? `${to.file} is for tests only` : null,
  'store does not know api': ({ from, to }) =>
    from.room === 'store' && to?.workspace === from.workspace && to.room === 'api'
      ? 'store/ may not import api/'
      : null,
  'one way out': ({ from, statement }) =>
    !from.test &&
    from.level < 5 &&
    !(from.workspace === 'foundation' && from.room === 'http') &&
    outward.test(statement.specifier)
      ? `only foundation/http may use ${statement.specifier}; send through the OutboundClient`
      : null,
}

const serverSide =
  /^(fastify|@fastify\/.*|pg|@electric-sql\/.*|oidc-provider|@weft\/foundation\/(database|processes|messaging))$/
const impure =
  /^(node:(fs|http|https|net|child_process)|fastify|pg|@electric-sql\/.*|@weft\/foundation\/(database|messaging|secrets))/
const outward = /^(undici|node:https|axios|got)$/

/** What a cell's source may not even name: trust decisions go on with the whole fabric manager gone. */
const managementWords =
  /api\/tm\/|api\/pm\/|tenant-manager|provision-manager|management-plane|protocols\/fabric|fabric\./

/**
 * Checks every source file against the boundaries.
 * @param files path relative to the repository -> text
 * @throws Error when there are no files: a check that looked at nothing has not passed.
 */
export function checkLayering(files: ReadonlyMap<string, string>): Violation[] {
  if (files.size === 0) throw new Error('no modules found: the layering check looked at nothing')
  const arrows = [...files].flatMap(([file, source]) => arrowsOf(file, source, files))
  return [...arrows.flatMap(violationsOf), ...trustPathViolations(files), ...cycles(arrows)]
}

function arrowsOf(file: string, source: string, files: ReadonlyMap<string, string>): Arrow[] {
  const from = placeOf(file)
  return importsOf(source).map((statement) => {
    const target = resolve(file, statement.specifier, files)
    return { from, statement, to: target === null ? null : placeOf(target) }
  })
}

function resolve(file: string, specifier: string, files: ReadonlyMap<string, string>): string | null {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(file), specifier)
  if (!specifier.startsWith('@weft/')) return null
  const [scope = '', name = '', ...inside] = specifier.split('/')
  const workspaces = [...new Set([...files.keys()].map((path) => placeOf(path).workspace ?? ''))]
  const workspace = workspaceOfPackage(`${scope}/${name}`, workspaces)
  if (workspace === undefined) return null
  const path = [workspace, ...inside].join('/')
  return path.endsWith('.ts') ? path : `${path}/index.ts`
}

function violationsOf(arrow: Arrow): Violation[] {
  return Object.entries(rules).flatMap(([rule, check]) => {
    const message = check(arrow)
    return message === null ? [] : [{ file: arrow.from.file, line: arrow.statement.line, rule, message }]
  })
}

function trustPathViolations(files: ReadonlyMap<string, string>): Violation[] {
  return [...files].flatMap(([file, source]) => {
    if (!file.startsWith(`${planes[0]}/`)) return []
    const code = withoutComments(source)
    const index = code.search(managementWords)
    if (index === -1) return []
    const line = code.slice(0, index).split('\n').length
    return [{ file, line, rule: 'trust path', message: 'runtime-plane/ may not name the fabric manager' }]
  })
}

/** Cycles between files, by the imports that remain at run time. */
function cycles(arrows: readonly Arrow[]): Violation[] {
  const next = new Map<string, string[]>()
  for (const { from, to, statement } of arrows) {
    if (to && !statement.typeOnly) next.set(from.file, [...(next.get(from.file) ?? []), to.file])
  }
  const done = new Set<string>()
  const found: Violation[] = []
  const walk = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      const cycle = [...path.slice(path.indexOf(file)), file]
      found.push({ file, line: 1, rule: 'no cycles', message: cycle.join(' -> ') })
      return
    }
    if (done.has(file)) return
    for (const target of next.get(file) ?? []) walk(target, [...path, file])
    done.add(file)
  }
  for (const file of next.keys()) walk(file, [])
  return found
}

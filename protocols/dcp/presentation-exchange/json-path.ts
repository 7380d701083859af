import { isObject } from '../../trust/index.ts'

/** A member's name, a position in an array, or everything. */
type Step = string | number | typeof everything
export type JsonPath = readonly Step[]

const everything = Symbol('every member')
const maxSteps = 16
const maxLength = 256
const maxFound = 256
/** `.name`, `['name']`, `["name"]`, `[0]`, `[*]`, `.*` */
const stepSyntax =
  /^(?:\.(?<name>[A-Za-z_@$][\w@$-]*)|\[(?:'(?<single>[^'\\\]]+)'|"(?<double>[^"\\\]]+)"|(?<index>0|[1-9]\d{0,4}))\]|(?<every>\.\*|\[\*\]))/

/**
 * Reads the part of JSONPath (RFC 9535) that names members: no search through all levels, no slices, no expressions.
 * @returns undefined for a path that uses more
 */
export function parseJsonPath(text: string): JsonPath | undefined {
  if (text.length > maxLength || !text.startsWith('$')) return undefined
  const steps: Step[] = []
  let rest = text.slice(1)
  while (rest !== '') {
    const match = stepSyntax.exec(rest)
    if (match === null || steps.length === maxSteps) return undefined
    const { name, single, double, index } = match.groups ?? {}
    steps.push(name ?? single ?? double ?? (index === undefined ? everything : Number(index)))
    rest = rest.slice(match[0].length)
  }
  return steps
}

/** What a path leads to. A member of an array is looked for in its items, since one subject and several are written differently. */
export function valuesAt(root: unknown, path: JsonPath): readonly unknown[] {
  let found: readonly unknown[] = [root]
  for (const step of path) found = found.flatMap((value) => take(value, step)).slice(0, maxFound)
  return found
}

function take(value: unknown, step: Step): readonly unknown[] {
  if (step === everything) return Array.isArray(value) ? value : isObject(value) ? Object.values(value) : []
  if (typeof step === 'number') return Array.isArray(value) && step < value.length ? [value[step]] : []
  if (Array.isArray(value)) return value.flatMap((item) => (isObject(item) ? take(item, step) : []))
  return isObject(value) && Object.hasOwn(value, step) ? [value[step]] : []
}

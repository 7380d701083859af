export type JsonObject = Readonly<Record<string, unknown>>

const maxDepth = 32

/** Whether a value is a JSON object: not null, not an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** JSON-LD lets a single value stand for an array of one; absent is an empty array. */
export function asArray(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value]
}

/** The strings of a value that is a string or an array; other items are left out. */
export function stringsOf(value: unknown): readonly string[] {
  return asArray(value).filter((item) => typeof item === 'string')
}

/**
 * Parses JSON that somebody else signed or published. Beside what `JSON.parse` refuses, refuses duplicate keys (two
 * readers could take different ones), `__proto__`, and nesting deeper than 32.
 * @throws SyntaxError
 */
export function parseJsonStrictly(text: string): unknown {
  const value: unknown = JSON.parse(text)
  inspect(text)
  return value
}

/** Walks text that is known to be valid JSON and looks at its keys and nesting. */
function inspect(text: string): void {
  // A set for each open object, undefined for each open array.
  const open: (Set<string> | undefined)[] = []
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]
    if (character === '{' || character === '[') {
      if (open.length === maxDepth) throw new SyntaxError('JSON is nested too deeply')
      open.push(character === '{' ? new Set() : undefined)
    } else if (character === '}' || character === ']') {
      open.pop()
    } else if (character === '"') {
      const end = endOfString(text, at)
      const keys = open.at(-1)
      if (keys && isKey(text, end)) addKey(keys, keyText(text.slice(at, end + 1)))
      at = end
    }
  }
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0
  while (text[at - 1 - backslashes] === '\\') backslashes += 1
  return backslashes % 2 === 1
}

function isKey(text: string, end: number): boolean {
  let next = end + 1
  while (text[next] === ' ' || text[next] === '\n' || text[next] === '\r' || text[next] === '\t') next += 1
  return text[next] === ':'
}

/** @param quoted a key as it is written; few are escaped */
function keyText(quoted: string): string {
  return quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1)
}

function addKey(keys: Set<string>, key: string): void {
  if (key === '__proto__') throw new SyntaxError('JSON has a key __proto__')
  if (keys.has(key)) throw new SyntaxError('JSON has a duplicate key')
  keys.add(key)
}

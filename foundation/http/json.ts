import { requestErrors, WeftError } from '../errors/index.ts'

/** Deeper nesting is refused: no document of our protocols comes near it. */
const maxDepth = 64

const quote = 0x22
const backslash = 0x5c
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d
const colon = 0x3a

/**
 * Parses JSON from outside: nesting is bounded, a key that occurs twice in one object is refused, and keys that
 * reach for a prototype (`__proto__`, a `constructor` that holds a `prototype`) are dropped.
 * @throws `request.malformed`
 */
export function parseJson(text: string): unknown {
  const written = countMembers(text)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // Without the cause: the parser's message quotes the body.
    throw malformed('The body is not well-formed JSON.')
  }
  const found = { members: 0, risky: false }
  inspect(value, found)
  // Of a key that occurs twice the parser keeps the last, however it is written: there are fewer than in the text.
  if (found.members !== written) throw malformed('The body has a key twice in one object.')
  if (found.risky) dropPrototypeKeys(value)
  return value
}

/**
 * One pass over the text that knows strings, brackets and colons only; JSON.parse finds every other fault. Before it,
 * since parsing endless nesting costs memory.
 * @returns the members of all objects; of well-formed JSON only
 */
function countMembers(text: string): number {
  let members = 0
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at)
    if (char === quote) {
      at = endOfString(text, at)
    } else if (char === colon) {
      members++
    } else if (char === openBrace || char === openBracket) {
      depth++
      if (depth > maxDepth) throw malformed(`The body is nested deeper than ${maxDepth} levels.`)
    } else if (char === closeBrace || char === closeBracket) {
      depth--
    }
  }
  return members
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  if (end === -1) throw malformed('The body is not well-formed JSON.')
  return end
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0
  while (text.charCodeAt(at - 1 - backslashes) === backslash) backslashes++
  return backslashes % 2 === 1
}

/** Counts the members of what was parsed, whose depth is bounded. JSON has no infinity, so none could be written again. */
function inspect(value: unknown, found: { members: number; risky: boolean }): void {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw malformed('The body has a number that is too large.')
  } else if (Array.isArray(value)) {
    for (const item of value) inspect(item, found)
  } else if (typeof value === 'object' && value !== null) {
    // What was parsed has no enumerable members but its own, and asking for a list of them takes the longest here.
    for (const name in value) {
      found.members++
      found.risky ||= name === '__proto__' || name === 'constructor'
      inspect((value as Readonly<Record<string, unknown>>)[name], found)
    }
  }
}

function dropPrototypeKeys(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  if (Object.hasOwn(value, '__proto__')) Reflect.deleteProperty(value, '__proto__')
  const made: unknown = Object.hasOwn(value, 'constructor') ? Reflect.get(value, 'constructor') : undefined
  if (typeof made === 'object' && made !== null && Object.hasOwn(made, 'prototype')) {
    Reflect.deleteProperty(value, 'constructor')
  }
  for (const inner of Object.values(value)) dropPrototypeKeys(inner)
}

function malformed(message: string): WeftError {
  return new WeftError(requestErrors.malformed, { message })
}

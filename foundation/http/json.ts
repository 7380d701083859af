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
  const risky = checkStructure(text)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // Without the cause: the parser's message quotes the body.
    throw malformed('The body is not well-formed JSON.')
  }
  if (risky) dropPrototypeKeys(value)
  if (boundless.test(text)) refuseInfinite(value)
  return value
}

/** A notation, perhaps inside a text, that may be of a number beyond the largest. */
const boundless = /\d[eE]\+?\d{3}|\d{309}/

/** JSON has no infinity, so a number that is read as one could not be written again. */
function refuseInfinite(value: unknown): void {
  if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) {
    throw malformed('The body has a number that is too large.')
  }
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) refuseInfinite(inner)
}

/**
 * One pass over the text that knows strings and brackets only; JSON.parse finds every other fault.
 * Returns whether a key was seen that needs dropping.
 */
function checkStructure(text: string): boolean {
  const keysOf: (Set<string> | null)[] = []
  let risky = false
  let keys: Set<string> | null = null
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at)
    if (char === quote) {
      const end = endOfString(text, at)
      if (keys && isKey(text, end)) {
        const key = keyText(text.slice(at, end + 1))
        if (keys.has(key)) throw malformed('The body has a key twice in one object.')
        keys.add(key)
        risky ||= key === '__proto__' || key === 'constructor'
      }
      at = end
    } else if (char === openBrace || char === openBracket) {
      if (keysOf.length >= maxDepth) throw malformed(`The body is nested deeper than ${maxDepth} levels.`)
      keysOf.push(keys)
      keys = char === openBrace ? new Set() : null
    } else if (char === closeBrace || char === closeBracket) {
      keys = keysOf.pop() ?? null
    }
  }
  return risky
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const char = text.charCodeAt(at)
    if (char === quote) return at
    if (char === backslash) at++
  }
  throw malformed('The body is not well-formed JSON.')
}

/** A string is a key when a colon follows; inside an object nothing else is followed by one. */
function isKey(text: string, end: number): boolean {
  for (let at = end + 1; at < text.length; at++) {
    const char = text.charCodeAt(at)
    if (char !== 0x20 && char !== 0x09 && char !== 0x0a && char !== 0x0d) return char === colon
  }
  return false
}

/** `"a"` and `"\u0061"` are the same key. */
function keyText(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1)
  try {
    return JSON.parse(quoted) as string
  } catch {
    throw malformed('The body is not well-formed JSON.')
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

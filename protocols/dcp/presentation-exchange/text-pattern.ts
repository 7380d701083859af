/** Whether a text has a part that a pattern describes, as JSON Schema's `pattern` means it. */
export type TextPattern = (text: string) => boolean

/** One character, or undefined for any. */
type Piece = readonly (string | undefined)[]

interface Alternative {
  readonly fromStart: boolean
  readonly toEnd: boolean
  /** Pieces that follow each other with anything between. */
  readonly pieces: readonly Piece[]
}

const maxPatternLength = 512
/** A longer text matches nothing: work is bounded by the product of both lengths. */
const maxTextLength = 4096
const metaCharacters = new Set('[](){}+*?|^$\\')

/**
 * Reads the part of regular expressions that needs no backtracking: literal text, `.`, `.*`, the anchors `^` and `$`,
 * alternatives on the outside or in one group around everything. A verifier's pattern runs in the holder's process, and a
 * general expression can be made to take for ever.
 * @returns undefined for a pattern that uses more
 */
export function parseTextPattern(source: string): TextPattern | undefined {
  if (source.length > maxPatternLength) return undefined
  const alternatives = splitAlternatives(source)?.map(parseAlternative)
  if (alternatives === undefined || alternatives.some((one) => one === undefined)) return undefined
  const known = alternatives.filter((one) => one !== undefined)
  return (text) => text.length <= maxTextLength && known.some((one) => matches(text, one))
}

/** `a|b`, `^a$|^b$`, `(a|b)`, `^(?:a|b)$`: each alternative with its anchors. */
function splitAlternatives(source: string): readonly string[] | undefined {
  const grouped = /^(?<start>\^?)\((?:\?:)?(?<inner>[^()]*)\)(?<end>\$?)$/.exec(source)?.groups
  if (grouped === undefined) return splitAtBars(source)
  const { start = '', inner = '', end = '' } = grouped
  return splitAtBars(inner)?.map((part) => `${start}${part}${end}`)
}

function splitAtBars(source: string): readonly string[] | undefined {
  const parts = ['']
  for (let at = 0; at < source.length; at += 1) {
    const step = source[at] === '\\' ? source.slice(at, at + 2) : (source[at] ?? '')
    if (step === '|') parts.push('')
    else parts.push(`${parts.pop() ?? ''}${step}`)
    at += step.length - 1
  }
  return parts
}

function parseAlternative(source: string): Alternative | undefined {
  const fromStart = source.startsWith('^')
  const toEnd = source.endsWith('$') && !source.endsWith('\\$')
  const body = source.slice(fromStart ? 1 : 0, toEnd ? -1 : undefined)
  const pieces: (string | undefined)[][] = [[]]
  for (let at = 0; at < body.length; at += 1) {
    const character = body[at] ?? ''
    const next = body[at + 1]
    if (character === '.' && next === '*') {
      pieces.push([])
      at += 1
    } else if (character === '.') {
      pieces.at(-1)?.push(undefined)
    } else if (character === '\\') {
      // A letter or digit after it is a class, a reference or a control character.
      if (next === undefined || /[A-Za-z0-9]/.test(next)) return undefined
      pieces.at(-1)?.push(next)
      at += 1
    } else if (metaCharacters.has(character)) {
      return undefined
    } else {
      pieces.at(-1)?.push(character)
    }
  }
  return { fromStart, toEnd, pieces }
}

/** Each piece is taken at the first place where it fits, which leaves most for the others; the last may have to end the text. */
function matches(text: string, { fromStart, toEnd, pieces }: Alternative): boolean {
  let at = 0
  for (const [number, piece] of pieces.entries()) {
    const isFirst = number === 0 && fromStart
    const isLast = number === pieces.length - 1 && toEnd
    if (isFirst && isLast) return piece.length === text.length && fitsAt(text, piece, 0)
    const found = isLast ? text.length - piece.length : isFirst ? 0 : indexOf(text, piece, at)
    if (found < at || !fitsAt(text, piece, found)) return false
    at = found + piece.length
  }
  return true
}

function indexOf(text: string, piece: Piece, from: number): number {
  for (let at = from; at + piece.length <= text.length; at += 1) if (fitsAt(text, piece, at)) return at
  return -1
}

function fitsAt(text: string, piece: Piece, at: number): boolean {
  return at + piece.length <= text.length && piece.every((character, offset) => fits(character, text[at + offset]))
}

function fits(expected: string | undefined, found: string | undefined): boolean {
  return expected === undefined ? found !== '\n' : expected === found
}

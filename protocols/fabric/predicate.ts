/** One condition of a predicate: a path of names and the value that must be found there. */
export interface Condition {
  readonly path: readonly [string, ...string[]]
  readonly value: PredicateValue
  /** Where the path starts in the text, counted from 1; for messages. */
  readonly column: number
}

/** Numbers keep the text they were written with, so that `5.0` and `5` stay apart from rounding. */
type PredicateValue =
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'boolean'; readonly value: boolean }

/** What a predicate says: all conditions hold. No condition at all (`true`) holds always. */
export type Predicate = readonly Condition[]

/** Why a text is no predicate that we evaluate. */
interface PredicateFault {
  readonly kind: 'syntax' | 'unsupported'
  readonly message: string
}

export type PredicateReading =
  | { readonly predicate: Predicate; readonly fault?: undefined }
  | { readonly fault: PredicateFault }

const maxLength = 4096
const maxConditions = 32

/**
 * Reads the fabric's predicate language as far as it is evaluated here: `path = value`, joined by AND, or `true`.
 * Strings stand in single quotes; `\x` and `''` inside are the character itself. Names after the first dot may hold
 * `-` and may begin with a digit, so that a UUID can be a key.
 */
export function readPredicate(text: string): PredicateReading {
  if (text.length > maxLength) return syntax(1, `a predicate has at most ${maxLength} characters`)
  const tokens = tokensOf(text)
  if (!Array.isArray(tokens)) return tokens
  const only = tokens[0]
  if (tokens.length === 2 && only?.kind === 'word' && keyword(only) === 'TRUE') return { predicate: [] }
  const conditions: Condition[] = []
  for (let at = 0; ; at += 4) {
    const condition = conditionAt(tokens, at)
    if ('fault' in condition) return condition
    conditions.push(condition)
    if (conditions.length > maxConditions) return syntax(condition.column, `at most ${maxConditions} conditions`)
    const next = tokens[at + 3]
    if (next === undefined || next.kind === 'end') return { predicate: conditions }
    if (next.kind !== 'word' || keyword(next) !== 'AND') return unexpected(next, 'AND or the end')
  }
}

type Kind = 'word' | 'string' | 'number' | 'symbol' | 'end'
interface Token {
  readonly kind: Kind
  readonly text: string
  readonly column: number
}

const lexer =
  /\s*(?:(?<word>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_-]+)*)|(?<number>-?\d+(?:\.\d+)?)|'(?<string>(?:[^'\\\r\n]|''|\\[^\r\n])*)'|(?<symbol>!=|>=|<=|[=<>(),]))/y

function tokensOf(text: string): Token[] | { fault: PredicateFault } {
  const tokens: Token[] = []
  lexer.lastIndex = 0
  for (let at = 0; at < text.length; at = lexer.lastIndex) {
    const match = lexer.exec(text)
    if (!match?.groups) {
      if (text.slice(at).trim() === '') break
      const column = at + text.slice(at).search(/\S/) + 1
      return syntax(column, `nothing of a predicate begins with ${JSON.stringify(text[column - 1])}`)
    }
    const found = Object.entries(match.groups).find(([, value]) => value !== undefined)
    if (!found) break
    const [kind, value] = found as [Kind, string]
    const raw = match[0].trimStart()
    const column = lexer.lastIndex - raw.length + 1
    tokens.push({
      kind,
      text: kind === 'string' ? value.replace(/''|\\(.)/g, (_, c?: string) => c ?? "'") : value,
      column,
    })
  }
  tokens.push({ kind: 'end', text: '', column: text.length + 1 })
  return tokens
}

function conditionAt(tokens: readonly Token[], at: number): Condition | { fault: PredicateFault } {
  const end: Token = tokens.at(-1) as Token
  const [path = end, operator = end, value = end] = tokens.slice(at, at + 3)
  if (path.kind !== 'word' || reserved.has(keyword(path))) return unexpected(path, 'a field')
  if (operator.kind !== 'symbol' || operator.text !== '=') return unexpected(operator, '=')
  const read = readValue(value)
  if (read === undefined) return unexpected(value, "a 'string', a number, TRUE or FALSE")
  return { path: path.text.split('.') as [string, ...string[]], value: read, column: path.column }
}

function readValue(token: Token): PredicateValue | undefined {
  if (token.kind === 'string' || token.kind === 'number') return { kind: token.kind, text: token.text }
  if (token.kind !== 'word') return undefined
  const word = keyword(token)
  return word === 'TRUE' || word === 'FALSE' ? { kind: 'boolean', value: word === 'TRUE' } : undefined
}

/** Words and signs of the full grammar that are read, but not evaluated here. */
const unsupportedWords = new Set(['OR', 'NOT', 'IN', 'IS', 'LIKE', 'CONTAINS', 'STARTS_WITH', 'ENDS_WITH', 'NULL'])
const unsupportedSigns = new Set(['!=', '>', '>=', '<', '<=', '(', ')', ','])
const reserved = new Set([...unsupportedWords, 'AND', 'TRUE', 'FALSE'])

/** Keywords exist in all-upper and in all-lower form. */
function keyword(token: Token): string {
  return token.text === token.text.toLowerCase() ? token.text.toUpperCase() : token.text
}

function unexpected(token: Token, wanted: string): { fault: PredicateFault } {
  const known = token.kind === 'word' ? unsupportedWords.has(keyword(token)) : unsupportedSigns.has(token.text)
  if (known && token.kind !== 'string') {
    const message = `${position(token.column)}${token.text} is not supported; only = and AND are`
    return { fault: { kind: 'unsupported', message } }
  }
  const found = token.kind === 'end' ? 'the predicate ends' : `there is ${JSON.stringify(token.text)}`
  return syntax(token.column, `${found} where ${wanted} is expected`)
}

function syntax(column: number, text: string): { fault: PredicateFault } {
  return { fault: { kind: 'syntax', message: `parse error: ${position(column)}${text}` } }
}

function position(column: number): string {
  return `line 1:${column} `
}

import { isDeepStrictEqual } from 'node:util'

/** What attestations say about a holder. */
export type Claims = Readonly<Record<string, unknown>>

export const ruleOperators = ['EQ', 'NEQ', 'GT', 'GEQ', 'LT', 'LEQ'] as const
export type RuleOperator = (typeof ruleOperators)[number]

/** A condition on the claims, without which nothing is issued. */
export interface Rule {
  readonly type: 'expression'
  readonly claim: string
  readonly operator: RuleOperator
  readonly value: unknown
}

/** Copies a claim into the credential's subject. */
export interface Mapping {
  /** Dotted path into the claims. */
  readonly input: string
  /** Dotted path below `credentialSubject`. */
  readonly output: string
  readonly required: boolean
}

/** The value at a dotted path, or undefined. Only own members count. */
export function claimAt(claims: Claims, path: string): unknown {
  let value: unknown = claims
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Readonly<Record<string, unknown>>)[name]
  }
  return value
}

/** Whether the rule holds. A missing claim meets no rule, and an order exists between two numbers or two texts only. */
export function ruleHolds(rule: Rule, claims: Claims): boolean {
  const found = claimAt(claims, rule.claim)
  if (found === undefined) return false
  switch (rule.operator) {
    case 'EQ':
      return isDeepStrictEqual(found, rule.value)
    case 'NEQ':
      return !isDeepStrictEqual(found, rule.value)
    case 'GT':
      return compare(found, rule.value, (order) => order > 0)
    case 'GEQ':
      return compare(found, rule.value, (order) => order >= 0)
    case 'LT':
      return compare(found, rule.value, (order) => order < 0)
    case 'LEQ':
      return compare(found, rule.value, (order) => order <= 0)
  }
}

function compare(left: unknown, right: unknown, holds: (order: number) => boolean): boolean {
  if (typeof left === 'number' && typeof right === 'number') return holds(left - right)
  if (typeof left === 'string' && typeof right === 'string') return holds(left < right ? -1 : left > right ? 1 : 0)
  return false
}

/** The subject's claims that the mappings make, or the input path of the first required claim that is missing. */
export function mapClaims(
  mappings: readonly Mapping[],
  claims: Claims,
): { readonly subject: Record<string, unknown> } | { readonly missing: string } {
  const subject: Record<string, unknown> = {}
  for (const mapping of mappings) {
    const value = claimAt(claims, mapping.input)
    if (value === undefined || value === null) {
      if (mapping.required) return { missing: mapping.input }
      continue
    }
    put(subject, mapping.output.split('.'), value)
  }
  return { subject }
}

function put(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [name, ...rest] = path as [string, ...string[]]
  if (rest.length === 0) {
    target[name] = value
    return
  }
  const inner = target[name]
  const next = typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? inner : {}
  target[name] = next
  put(next as Record<string, unknown>, rest, value)
}

const inertNames = new Set(['__proto__', 'prototype', 'constructor'])

/** Whether the text is a dotted path of plain names; names with a meaning of their own in JavaScript are none. */
export function isClaimPath(path: string): boolean {
  return path.length <= 256 && path.split('.').every((name) => /^[\w@$:/#-]+$/.test(name) && !inertNames.has(name))
}

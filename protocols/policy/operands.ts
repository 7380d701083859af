import type { PolicyPhase } from './decision.ts'
import { isJsonObject } from './json-reader.ts'
import { type AgreementPolicy, type JsonObject, type PolicyOperator, policyOperators } from './model.ts'
import type { Scalar, ValueType } from './values.ts'

/** A credential of the counterparty whose signature, issuer, holder and revocation were verified. */
export interface CredentialFact {
  /** With or without `VerifiableCredential`. */
  readonly types: readonly string[]
  readonly issuer: string
  /** The credential subjects, as they stand in the credential. */
  readonly subjects: readonly JsonObject[]
  /** Absent: valid since ever. */
  readonly validFrom?: Date
  /** Absent: valid for ever. */
  readonly validUntil?: Date
}

/** What is known when a policy is evaluated. */
export interface PolicyFacts {
  readonly now: Date
  /** The counterparty's participant id. */
  readonly counterparty: string
  readonly credentials: readonly CredentialFact[]
  readonly agreement?: AgreementPolicy
}

/**
 * What a left operand stands for. `absent` means that there is certainly nothing, so the constraint is false; `unknown`
 * that nobody can tell, so no permission and no prohibition gains by it: the one fails, the other applies.
 */
export type Resolution =
  | { readonly kind: 'found'; readonly values: readonly Scalar[] }
  | { readonly kind: 'absent' | 'unknown'; readonly message: string }

export interface OperandDefinition {
  readonly operators: readonly PolicyOperator[]
  /** Phases in which it has a value; absent: all. */
  readonly phases?: readonly PolicyPhase[]
  /** What both sides are read as; absent: see `compare`. */
  readonly valueType?: ValueType
  /** The only right operands that make sense; absent: any. */
  readonly rightOperands?: readonly string[]
  /** For explanations: "a valid credential of type MembershipCredential". */
  readonly lookedFor: (leftOperand: string) => string
  /** @param leftOperand as it stands in the policy, without the ODRL prefix */
  readonly resolve: (leftOperand: string, facts: PolicyFacts) => Resolution
}

export interface OperandRegistry {
  find(leftOperand: string): OperandDefinition | undefined
}

/**
 * The left operands that a deployment evaluates. Always there: `dateTime`; `<Type>` (holding a valid credential of that
 * type, `eq active`) and `<Type>.<claim path>` for every type whose name ends in `Credential`.
 *
 * @param definitions by left operand, or by a prefix that ends in `*` (`DataAccess.*`); the longest prefix wins, an exact
 *   name wins over it, and both win over the built-in credential operands
 * @throws Error when `dateTime` is defined anew: its meaning is ODRL's
 */
export function operandRegistry(definitions: Readonly<Record<string, OperandDefinition>> = {}): OperandRegistry {
  const exact = new Map<string, OperandDefinition>()
  const prefixes: { readonly prefix: string; readonly definition: OperandDefinition }[] = []
  for (const [name, definition] of Object.entries(definitions)) {
    if (name === 'dateTime') throw new Error('the left operand dateTime is built in')
    if (name.endsWith('*')) prefixes.push({ prefix: name.slice(0, -1), definition })
    else exact.set(name, definition)
  }
  exact.set('dateTime', dateTime)
  prefixes.sort((a, b) => b.prefix.length - a.prefix.length)
  return {
    find: (leftOperand) =>
      exact.get(leftOperand) ??
      prefixes.find(({ prefix }) => leftOperand.startsWith(prefix))?.definition ??
      builtInCredentialOperand(leftOperand),
  }
}

const orderings: readonly PolicyOperator[] = ['eq', 'neq', 'gt', 'gteq', 'lt', 'lteq']

const dateTime: OperandDefinition = {
  operators: orderings,
  valueType: 'instant',
  lookedFor: () => 'the time of the evaluation',
  resolve: (_leftOperand, facts) => ({ kind: 'found', values: [facts.now.toISOString()] }),
}

const credentialOperand = /^([A-Za-z][A-Za-z0-9_-]*Credential)(?:\.(.+))?$/

function builtInCredentialOperand(leftOperand: string): OperandDefinition | undefined {
  const [, type, path] = credentialOperand.exec(leftOperand) ?? []
  if (type === undefined) return undefined
  return path === undefined ? credentialHeld(type) : credentialClaims(type)
}

function credentialHeld(type: string): OperandDefinition {
  return {
    operators: ['eq'],
    rightOperands: ['active'],
    lookedFor: () => `a valid credential of type ${type}`,
    resolve: (_leftOperand, facts) => {
      const held = heldCredentials(type, facts)
      return held.kind === 'held' ? { kind: 'found', values: ['active'] } : { kind: 'absent', message: held.message }
    },
  }
}

/**
 * Left operands that name a claim: what stands after their first dot is the path below the credential subject
 * (`MembershipCredential.address.country`). Arrays on the way are followed into each item.
 */
export function credentialClaims(type: string): OperandDefinition {
  return {
    operators: policyOperators,
    lookedFor: (leftOperand) => `the claim ${claimPath(leftOperand).join('.')} of a valid credential of type ${type}`,
    resolve: (leftOperand, facts) => {
      const held = heldCredentials(type, facts)
      // Whoever withholds a credential must not escape a prohibition about its claims.
      if (held.kind !== 'held') return { kind: 'unknown', message: held.message }
      const path = claimPath(leftOperand)
      const values = held.credentials.flatMap((credential) =>
        credential.subjects.flatMap((subject) => claimsAt(subject, path)),
      )
      if (values.length === 0)
        return { kind: 'unknown', message: `the credential has no such claim, or it is no plain value` }
      return { kind: 'found', values: [...new Set(values)] }
    },
  }
}

function claimPath(leftOperand: string): readonly string[] {
  const dot = leftOperand.indexOf('.')
  return dot < 0 ? [leftOperand] : leftOperand.slice(dot + 1).split('.')
}

type Held =
  | { readonly kind: 'held'; readonly credentials: readonly CredentialFact[] }
  | { readonly kind: 'none'; readonly message: string }

function heldCredentials(type: string, facts: PolicyFacts): Held {
  const ofType = facts.credentials.filter((credential) => credential.types.includes(type))
  const valid = ofType.filter((credential) => isValidAt(credential, facts.now))
  if (valid.length > 0) return { kind: 'held', credentials: valid }
  if (ofType.length > 0) return { kind: 'none', message: `the credential of type ${type} is not valid at this time` }
  const presented = facts.credentials.flatMap((credential) => credential.types)
  const others = [...new Set(presented)].filter((name) => name !== 'VerifiableCredential')
  return {
    kind: 'none',
    message:
      others.length === 0
        ? 'no credential was presented'
        : `no credential of type ${type} was presented, only ${others.join(', ')}`,
  }
}

function isValidAt(credential: CredentialFact, now: Date): boolean {
  if (credential.validFrom !== undefined && now < credential.validFrom) return false
  return credential.validUntil === undefined || now < credential.validUntil
}

function claimsAt(value: unknown, path: readonly string[]): readonly Scalar[] {
  if (Array.isArray(value)) return value.flatMap((item) => claimsAt(item, path))
  const [name, ...rest] = path
  if (name === undefined) {
    const plain = isJsonObject(value) && Object.hasOwn(value, '@value') ? value['@value'] : value
    return typeof plain === 'string' || typeof plain === 'number' || typeof plain === 'boolean' ? [plain] : []
  }
  return isJsonObject(value) && Object.hasOwn(value, name) ? claimsAt(value[name], rest) : []
}

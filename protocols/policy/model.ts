/** A JSON object of which only some members are known. */
export type JsonObject = { readonly [name: string]: unknown }

/** The operators of ODRL that DSP 2025-1 lists; `term-lteq` is read as `lteq` and never written. */
export const policyOperators = [
  'eq',
  'neq',
  'gt',
  'gteq',
  'lt',
  'lteq',
  'isA',
  'hasPart',
  'isPartOf',
  'isAnyOf',
  'isAllOf',
  'isNoneOf',
] as const

export type PolicyOperator = (typeof policyOperators)[number]

/**
 * One right operand as it travels: a text, `{"@value", "@type"?}`, `{"@id"}`, or an object that nobody here understands
 * (kept, and never satisfied). Numbers and booleans are held as `{"@value": …}`, since DSP has no place for bare ones.
 */
export type OperandTerm = string | JsonObject

export interface AtomicConstraint {
  readonly kind: 'atomic'
  /** Without the ODRL prefix: `dateTime`, `MembershipCredential`, `MembershipCredential.level`. */
  readonly leftOperand: string
  /** One of `policyOperators` in a valid policy; another text is kept and never satisfied. */
  readonly operator: string
  readonly rightOperand: OperandTerm | readonly OperandTerm[]
}

export type LogicalOperator = 'and' | 'or' | 'xone' | 'andSequence'

export interface LogicalConstraint {
  readonly kind: LogicalOperator
  readonly constraints: readonly Constraint[]
}

export type Constraint = AtomicConstraint | LogicalConstraint

/** Something to do: by whom the policy is assigned to (obligation), or before a permission holds (duty). */
export interface Duty {
  readonly action: string
  readonly constraint: readonly Constraint[]
}

export interface Prohibition {
  readonly action: string
  readonly constraint: readonly Constraint[]
}

export interface Permission {
  readonly action: string
  readonly constraint: readonly Constraint[]
  readonly duty: readonly Duty[]
}

/** The rules of a policy: what is compared, offered and evaluated. */
export interface PolicyRules {
  readonly permission: readonly Permission[]
  readonly prohibition: readonly Prohibition[]
  readonly obligation: readonly Duty[]
}

interface PolicyBase extends PolicyRules {
  /** IRIs of ODRL profiles. */
  readonly profile: readonly string[]
}

/** What a participant stores: rules that name neither a target nor parties yet. */
export interface SetPolicy extends PolicyBase {
  readonly kind: 'Set'
  readonly id?: string
  readonly target?: string
  readonly assigner?: string
  readonly assignee?: string
}

/** What a provider offers; `target` is absent in a catalog and present in a message (DSP-11, DSP-21). */
export interface OfferPolicy extends PolicyBase {
  readonly kind: 'Offer'
  readonly id: string
  readonly target?: string
  readonly assigner?: string
  readonly assignee?: string
}

/** What both parties agreed on. */
export interface AgreementPolicy extends PolicyBase {
  readonly kind: 'Agreement'
  readonly id: string
  /** The dataset. */
  readonly target: string
  /** The provider's participant id. */
  readonly assigner: string
  /** The consumer's participant id. */
  readonly assignee: string
  /** XSD dateTime; the text of DSP demands it, its schema does not. */
  readonly timestamp?: string
}

export type Policy = SetPolicy | OfferPolicy | AgreementPolicy
export type PolicyKind = Policy['kind']

import type { LogicalOperator, OperandTerm } from './model.ts'

/**
 * When a policy is evaluated. `monitor` is while a transfer runs: give it the credentials that were verified when the
 * transfer started, since nobody presents anything then.
 */
export type PolicyPhase = 'catalog' | 'negotiation' | 'transfer' | 'monitor'

/** Null: it could not be decided. A permission then does not hold and a prohibition then applies. */
export type Truth = boolean | null

export interface AtomicExplanation {
  readonly kind: 'atomic'
  /** JSON pointer below the policy: `/permission/0/constraint/1`. */
  readonly pointer: string
  readonly leftOperand: string
  readonly operator: string
  readonly rightOperand: OperandTerm | readonly OperandTerm[]
  /** A sentence: which credential, claim or value was looked for. */
  readonly lookedFor: string
  /** What was found, as text; empty when nothing was. */
  readonly found: readonly string[]
  readonly satisfied: Truth
  /** Why it could not be decided, or why nothing was found: a code of the policy catalogue and a sentence. */
  readonly problem?: { readonly code: string; readonly message: string }
}

export interface LogicalExplanation {
  readonly kind: LogicalOperator
  readonly pointer: string
  readonly satisfied: Truth
  readonly constraints: readonly ConstraintExplanation[]
}

export type ConstraintExplanation = AtomicExplanation | LogicalExplanation

export interface RuleExplanation {
  readonly kind: 'permission' | 'prohibition' | 'duty'
  readonly pointer: string
  readonly action: string
  /** Whether the rule speaks about the action that was asked for. */
  readonly applies: boolean
  /** Permission: it permits. Prohibition: its condition holds, so it forbids. Duty: it is fulfilled. */
  readonly satisfied: Truth
  readonly constraints: readonly ConstraintExplanation[]
  /** Of a permission. */
  readonly duties: readonly RuleExplanation[]
  readonly problem?: { readonly code: string; readonly message: string }
}

/** For the participant whose policy it is; it holds claims of the counterparty and is not for the counterparty. */
export interface PolicyExplanation {
  readonly phase: PolicyPhase
  readonly action: string
  readonly evaluatedAt: string
  readonly permissions: readonly RuleExplanation[]
  readonly prohibitions: readonly RuleExplanation[]
  readonly obligations: readonly RuleExplanation[]
}

export interface PolicyDecision {
  readonly allowed: boolean
  /** One sentence for the participant whose policy it is: the first thing that decided. */
  readonly summary: string
  readonly explanation: PolicyExplanation
}

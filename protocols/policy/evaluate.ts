import { WeftError } from '@weft/foundation/errors'
import { type ConstraintSetting, combine, evaluateConstraint, mostComparisons } from './constraint.ts'
import type { PolicyDecision, PolicyExplanation, PolicyPhase, RuleExplanation, Truth } from './decision.ts'
import { policyErrors } from './errors.ts'
import type { Duty, Permission, Policy, Prohibition } from './model.ts'
import type { OperandRegistry, PolicyFacts } from './operands.ts'

export interface PolicyEvaluation {
  readonly phase: PolicyPhase
  /** What the counterparty wants to do, without the ODRL prefix: `use` unless a use case says otherwise. */
  readonly action: string
  readonly operands: OperandRegistry
  readonly facts: PolicyFacts
}

/**
 * Decides under a policy and explains the decision rule by rule. Throws only what a registered operand's resolver throws.
 *
 * - A prohibition wins: one whose constraints all hold, or cannot be decided, denies (7.1).
 * - Every obligation must be fulfilled. One with the action that is asked for is fulfilled when its constraints hold; any
 *   other cannot be verified, so it denies.
 * - Permissions are alternatives: one that applies, holds and has its duties fulfilled is enough. A policy without any
 *   permission but with other rules allows what these do not deny; a policy without any rule allows nothing.
 * - An unknown operand or operator, a right operand that cannot be read and an operand without a value in this phase are
 *   undecided: a permission does not hold by them, a prohibition applies. So is what comes after too many comparisons: a
 *   policy of a counterparty cannot keep this process busy.
 */
export function evaluatePolicy(policy: Policy, evaluation: PolicyEvaluation): PolicyDecision {
  const { phase, action, operands, facts } = evaluation
  const setting: ConstraintSetting = { phase, operands, facts, work: { comparisons: mostComparisons } }
  const permissions = policy.permission.map((rule, i) => explainPermission(rule, `/permission/${i}`, action, setting))
  const prohibitions = policy.prohibition.map((rule, i) =>
    explainProhibition(rule, `/prohibition/${i}`, action, setting),
  )
  const obligations = policy.obligation.map((rule, i) => explainDuty(rule, `/obligation/${i}`, action, setting))
  const explanation: PolicyExplanation = {
    phase,
    action,
    evaluatedAt: facts.now.toISOString(),
    permissions,
    prohibitions,
    obligations,
  }
  return { ...decide(explanation), explanation }
}

/** What the counterparty may know of a refusal: that there was one. The whole explanation is the error's private detail. */
export function policyNotSatisfied(decision: PolicyDecision): WeftError {
  return new WeftError(policyErrors['not-satisfied'], { detail: decision })
}

function decide(explanation: PolicyExplanation): { readonly allowed: boolean; readonly summary: string } {
  const { permissions, prohibitions, obligations } = explanation
  const forbidding = prohibitions.find((rule) => rule.applies && rule.satisfied !== false)
  if (forbidding) {
    const why = forbidding.satisfied === null ? 'cannot be decided, so it applies' : 'applies'
    return { allowed: false, summary: `The prohibition ${forbidding.pointer} ${why}.` }
  }
  const owed = obligations.find((rule) => rule.satisfied !== true)
  if (owed) return { allowed: false, summary: `The obligation ${owed.pointer} is not fulfilled.` }
  if (permissions.length === 0) {
    const other = prohibitions.length + obligations.length
    return other > 0
      ? { allowed: true, summary: 'No prohibition applies and every obligation is fulfilled.' }
      : { allowed: false, summary: 'The policy has no rule, so it permits nothing.' }
  }
  const permitting = permissions.find((rule) => rule.applies && rule.satisfied === true)
  if (permitting) return { allowed: true, summary: `The permission ${permitting.pointer} is satisfied.` }
  return permissions.some((rule) => rule.applies)
    ? { allowed: false, summary: 'No permission is satisfied.' }
    : { allowed: false, summary: `No permission speaks about the action ${explanation.action}.` }
}

/** In ODRL every action is a kind of `use`, save for `transfer`, which is about ownership. */
function covers(ruleAction: string, asked: string): boolean {
  return ruleAction === asked || (ruleAction === 'use' && asked !== 'transfer')
}

function explainPermission(
  rule: Permission,
  pointer: string,
  action: string,
  setting: ConstraintSetting,
): RuleExplanation {
  const constraints = explainConstraints(rule, pointer, setting)
  const duties = rule.duty.map((duty, index) => explainDuty(duty, `${pointer}/duty/${index}`, action, setting))
  const satisfied = combine(
    'and',
    [...constraints, ...duties].map((part) => part.satisfied),
  )
  return {
    kind: 'permission',
    pointer,
    action: rule.action,
    applies: covers(rule.action, action),
    satisfied,
    constraints,
    duties,
  }
}

function explainProhibition(
  rule: Prohibition,
  pointer: string,
  action: string,
  setting: ConstraintSetting,
): RuleExplanation {
  const constraints = explainConstraints(rule, pointer, setting)
  const satisfied = combine(
    'and',
    constraints.map((part) => part.satisfied),
  )
  return {
    kind: 'prohibition',
    pointer,
    action: rule.action,
    applies: covers(rule.action, action),
    satisfied,
    constraints,
    duties: [],
  }
}

function explainDuty(rule: Duty, pointer: string, action: string, setting: ConstraintSetting): RuleExplanation {
  const constraints = explainConstraints(rule, pointer, setting)
  const applies = covers(rule.action, action)
  const base = { kind: 'duty', pointer, action: rule.action, applies, constraints, duties: [] } as const
  if (applies)
    return {
      ...base,
      satisfied: combine(
        'and',
        constraints.map((part) => part.satisfied),
      ),
    }
  const satisfied: Truth = null
  const message = `nobody can tell whether the action ${rule.action} was done`
  return { ...base, satisfied, problem: { code: policyErrors['unknown-duty'].code, message } }
}

function explainConstraints(rule: Duty, pointer: string, setting: ConstraintSetting) {
  return rule.constraint.map((constraint, index) =>
    evaluateConstraint(constraint, `${pointer}/constraint/${index}`, setting),
  )
}

import { canonicalJson } from './json-reader.ts'
import type { Constraint, Duty, Permission, PolicyRules } from './model.ts'

/**
 * Whether two policies have the same rules: what a consumer checks of an agreement and a provider of a request (7.1).
 * Rules, constraints and the items of a right operand are sets, save for the order of `andSequence`; operands are compared
 * exactly, text by text. Ids, kind, profile, target, parties and timestamp do not count.
 */
export function samePolicy(a: PolicyRules, b: PolicyRules): boolean {
  return canonicalRules(a) === canonicalRules(b)
}

function canonicalRules(policy: PolicyRules): string {
  return canonicalJson([
    policy.permission.map(permissionText).sort(),
    policy.prohibition.map(ruleText).sort(),
    policy.obligation.map(ruleText).sort(),
  ])
}

function permissionText(permission: Permission): string {
  return canonicalJson([ruleText(permission), permission.duty.map(ruleText).sort()])
}

function ruleText(rule: Duty): string {
  return canonicalJson([rule.action, rule.constraint.map(constraintText).sort()])
}

function constraintText(constraint: Constraint): string {
  if (constraint.kind !== 'atomic') {
    const parts = constraint.constraints.map(constraintText)
    return canonicalJson([constraint.kind, constraint.kind === 'andSequence' ? parts : parts.sort()])
  }
  const { leftOperand, operator, rightOperand } = constraint
  // JSON-LD compaction turns an array of one into its item, so the two are the same.
  const right = (Array.isArray(rightOperand) ? rightOperand : [rightOperand]).map(canonicalJson).sort()
  return canonicalJson([leftOperand, operator, right])
}

import {
  type ConstraintExplanation,
  type PolicyDecision,
  policyErrors,
  type RuleExplanation,
} from '@weft/protocols/policy'

const mostConstraints = 3
const longestConstraint = 120

/**
 * What a counterparty is told when an offer's policy is not satisfied: the constraints of the offer that did not hold,
 * which it knows from the catalog, and nothing of what was found in anybody's credentials.
 */
export function publicRefusalReason(decision: PolicyDecision): string {
  const { permissions, prohibitions, obligations } = decision.explanation
  const forbidding = prohibitions.filter((rule) => rule.applies && rule.satisfied !== false)
  const failing = [...obligations, ...permissions.filter((rule) => rule.applies)].flatMap(failingConstraints)
  const said = [...new Set(failing)].slice(0, mostConstraints)
  if (forbidding.length > 0) return `${policyErrors['not-satisfied'].title} A prohibition of the offer applies.`
  return said.length === 0
    ? policyErrors['not-satisfied'].title
    : `${policyErrors['not-satisfied'].title} Not met: ${said.join('; ')}.`
}

function failingConstraints(rule: RuleExplanation): readonly string[] {
  return [...rule.constraints.flatMap(failingAtoms), ...rule.duties.flatMap(failingConstraints)]
}

function failingAtoms(constraint: ConstraintExplanation): readonly string[] {
  if (constraint.satisfied === true) return []
  if (constraint.kind !== 'atomic') return constraint.constraints.flatMap(failingAtoms)
  const right =
    typeof constraint.rightOperand === 'string' ? constraint.rightOperand : JSON.stringify(constraint.rightOperand)
  return [`${constraint.leftOperand} ${constraint.operator} ${right}`.slice(0, longestConstraint)]
}

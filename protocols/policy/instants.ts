import type { Constraint, PolicyRules } from './model.ts'
import { readInstant, readRightTerm } from './values.ts'

/**
 * The instants at which a policy's decision may change by the passing of time alone: those that its constraints on
 * `dateTime` name, in their order, once each.
 */
export function instantsOf(policy: PolicyRules): readonly Date[] {
  const found = new Set<number>()
  const collect = (constraint: Constraint): void => {
    if (constraint.kind !== 'atomic') {
      for (const part of constraint.constraints) collect(part)
      return
    }
    if (constraint.leftOperand !== 'dateTime') return
    const { rightOperand } = constraint
    for (const term of Array.isArray(rightOperand) ? rightOperand : [rightOperand]) {
      const value = readRightTerm(term)?.value
      const instant = typeof value === 'string' ? readInstant(value) : undefined
      if (instant !== undefined) found.add(instant)
    }
  }
  const duties = policy.permission.flatMap((rule) => rule.duty)
  for (const rule of [...policy.permission, ...policy.prohibition, ...policy.obligation, ...duties]) {
    for (const constraint of rule.constraint) collect(constraint)
  }
  return [...found].sort((a, b) => a - b).map((ms) => new Date(ms))
}

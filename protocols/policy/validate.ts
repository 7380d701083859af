import { type CatalogueEntry, WeftError } from '@weft/foundation/errors'
import { bindConstraint } from './constraint.ts'
import type { PolicyPhase } from './decision.ts'
import { policyErrors } from './errors.ts'
import type { Constraint, Duty, Policy } from './model.ts'
import type { OperandRegistry } from './operands.ts'

export interface PolicyProblem {
  /** JSON pointer below the policy. */
  readonly pointer: string
  /** A code of the policy catalogue. */
  readonly code: string
  readonly message: string
}

const allPhases: readonly PolicyPhase[] = ['catalog', 'negotiation', 'transfer', 'monitor']

/**
 * What would keep a policy from ever being satisfied, or from being offered at all: used when a policy is stored. An empty
 * list means that every constraint can be decided in each of the phases.
 *
 * @param phases in which the policy will be evaluated; default all
 */
export function validatePolicy(
  policy: Policy,
  operands: OperandRegistry,
  phases: readonly PolicyPhase[] = allPhases,
): readonly PolicyProblem[] {
  const problems: PolicyProblem[] = []
  const add = (pointer: string, entry: CatalogueEntry, message: string) =>
    problems.push({ pointer, code: entry.code, message })

  const checkConstraint = (constraint: Constraint, pointer: string): void => {
    if (constraint.kind === 'atomic') {
      const bound = bindConstraint(constraint, operands, phases)
      if (!bound.ok) problems.push({ pointer, ...bound.problem })
      return
    }
    for (const [index, part] of constraint.constraints.entries()) {
      checkConstraint(part, `${pointer}/${constraint.kind}/${index}`)
    }
  }
  const checkRule = (rule: Duty, pointer: string): void => {
    for (const [index, constraint] of rule.constraint.entries()) {
      checkConstraint(constraint, `${pointer}/constraint/${index}`)
    }
  }
  const checkDuty = (duty: Duty, pointer: string): void => {
    checkRule(duty, pointer)
    if (duty.action !== 'use') {
      add(
        `${pointer}/action`,
        policyErrors['unknown-duty'],
        `nobody can tell whether ${JSON.stringify(duty.action)} was done`,
      )
    }
  }

  // DSP 2.6: an offer or agreement of obligations alone is not valid.
  if (policy.permission.length + policy.prohibition.length === 0) {
    add('', policyErrors['no-rule'], policyErrors['no-rule'].title)
  }
  for (const [index, rule] of policy.permission.entries()) {
    checkRule(rule, `/permission/${index}`)
    for (const [at, duty] of rule.duty.entries()) checkDuty(duty, `/permission/${index}/duty/${at}`)
  }
  for (const [index, rule] of policy.prohibition.entries()) checkRule(rule, `/prohibition/${index}`)
  for (const [index, duty] of policy.obligation.entries()) checkDuty(duty, `/obligation/${index}`)
  return problems
}

/** @throws the first problem of `validatePolicy`, with its JSON pointer as `field` */
export function requireValidPolicy(
  policy: Policy,
  operands: OperandRegistry,
  phases: readonly PolicyPhase[] = allPhases,
): void {
  const [problem] = validatePolicy(policy, operands, phases)
  if (!problem) return
  const entry =
    Object.values(policyErrors).find((candidate) => candidate.code === problem.code) ?? policyErrors.malformed
  throw new WeftError(entry, {
    field: problem.pointer === '' ? '/' : problem.pointer,
    message: problem.pointer === '' ? problem.message : `${problem.pointer}: ${problem.message}`,
  })
}

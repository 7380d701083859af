import type { Constraint, PolicyRules } from './model.ts'

/** A scope that is asked for when a policy has a left operand with this prefix. */
export interface ScopeMapping {
  /** `MembershipCredential`, `DataAccess.`. */
  readonly prefix: string
  /** `org.eclipse.dspace.dcp.vc.type:MembershipCredential:read`. */
  readonly scope: string
}

/** The scopes whose credentials a policy needs: of every mapping whose prefix a left operand has, in their order, once each. */
export function credentialTypesOf(policy: PolicyRules, mapping: readonly ScopeMapping[]): readonly string[] {
  const operands = leftOperandsOf(policy)
  const needed = mapping.filter(({ prefix }) => operands.some((operand) => operand.startsWith(prefix)))
  return [...new Set(needed.map(({ scope }) => scope))]
}

/** Every left operand of a policy, once each. */
export function leftOperandsOf(policy: PolicyRules): readonly string[] {
  const operands = new Set<string>()
  const collect = (constraint: Constraint): void => {
    if (constraint.kind === 'atomic') operands.add(constraint.leftOperand)
    else for (const part of constraint.constraints) collect(part)
  }
  const duties = policy.permission.flatMap((rule) => rule.duty)
  for (const rule of [...policy.permission, ...policy.prohibition, ...policy.obligation, ...duties]) {
    for (const constraint of rule.constraint) collect(constraint)
  }
  return [...operands]
}

import type {
  AgreementPolicy,
  Constraint,
  Duty,
  JsonObject,
  OfferPolicy,
  Permission,
  Policy,
  PolicyRules,
} from './model.ts'

/** The policy as compact JSON of DSP 2025-1, without `@context`; members that would be empty are left out. */
export function serialisePolicy(policy: Policy): JsonObject {
  return {
    ...(policy.id === undefined ? {} : { '@id': policy.id }),
    '@type': policy.kind,
    ...(policy.target === undefined ? {} : { target: policy.target }),
    ...(policy.assigner === undefined ? {} : { assigner: policy.assigner }),
    ...(policy.assignee === undefined ? {} : { assignee: policy.assignee }),
    ...(policy.kind === 'Agreement' && policy.timestamp !== undefined ? { timestamp: policy.timestamp } : {}),
    ...list('profile', policy.profile),
    ...list('permission', policy.permission.map(permissionJson)),
    ...list('prohibition', policy.prohibition.map(ruleJson)),
    ...list('obligation', policy.obligation.map(ruleJson)),
  }
}

/**
 * A stored policy as an offer. In a catalog it has no target (DSP-11); in a message it has one (DSP-21). Parties are left
 * out: DSP 2025-1 names them in agreements only.
 */
export function toOffer(rules: PolicyRules & { readonly profile: readonly string[] }, id: string): OfferPolicy
export function toOffer(
  rules: PolicyRules & { readonly profile: readonly string[] },
  id: string,
  target: string,
): OfferPolicy & { readonly target: string }
export function toOffer(
  rules: PolicyRules & { readonly profile: readonly string[] },
  id: string,
  target?: string,
): OfferPolicy {
  return { kind: 'Offer', id, ...(target === undefined ? {} : { target }), ...rulesOf(rules) }
}

/** An offer that both sides accept, as the agreement that the provider writes (DSP-25, DSP-47). */
export function toAgreement(
  rules: PolicyRules & { readonly profile: readonly string[] },
  about: {
    readonly id: string
    readonly target: string
    readonly assigner: string
    readonly assignee: string
    readonly signedAt: Date
  },
): AgreementPolicy {
  const { id, target, assigner, assignee, signedAt } = about
  return { kind: 'Agreement', id, target, assigner, assignee, timestamp: signedAt.toISOString(), ...rulesOf(rules) }
}

function rulesOf(rules: PolicyRules & { readonly profile: readonly string[] }) {
  const { profile, permission, prohibition, obligation } = rules
  return { profile, permission, prohibition, obligation }
}

function list(name: string, items: readonly unknown[]): JsonObject {
  return items.length === 0 ? {} : { [name]: items }
}

function permissionJson(permission: Permission): JsonObject {
  return { ...ruleJson(permission), ...list('duty', permission.duty.map(ruleJson)) }
}

function ruleJson(rule: Duty): JsonObject {
  return { action: rule.action, ...list('constraint', rule.constraint.map(constraintJson)) }
}

function constraintJson(constraint: Constraint): JsonObject {
  if (constraint.kind !== 'atomic') return { [constraint.kind]: constraint.constraints.map(constraintJson) }
  const { leftOperand, operator, rightOperand } = constraint
  return { leftOperand, operator, rightOperand }
}

/** An unmet constraint of a decision, as far as a person wants to read it. */
interface UnmetConstraint {
  readonly leftOperand: string
  readonly operator: string
  readonly rightOperand: unknown
  readonly lookedFor: string
  readonly problem?: { readonly message?: string }
}

/** The constraints that a policy decision found unmet, a sentence each: what was looked for, and what was found. */
export function unmetIn(decision: unknown): string {
  const unmet = unmetConstraints(decision).map(
    ({ leftOperand, operator, rightOperand, lookedFor, problem }) =>
      `"${leftOperand} ${operator} ${String(rightOperand)}" looked for ${lookedFor}, but ${problem?.message ?? 'found none'}`,
  )
  return unmet.length === 0 ? JSON.stringify(decision) : unmet.join('; ')
}

function unmetConstraints(part: unknown): UnmetConstraint[] {
  if (typeof part !== 'object' || part === null) return []
  const members = part as Record<string, unknown>
  if (members.kind === 'atomic') return members.satisfied === true ? [] : [part as UnmetConstraint]
  return Object.values(members).flatMap(unmetConstraints)
}

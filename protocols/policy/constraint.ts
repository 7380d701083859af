import type { AtomicExplanation, ConstraintExplanation, PolicyPhase, Truth } from './decision.ts'
import { policyErrors } from './errors.ts'
import {
  type AtomicConstraint,
  type Constraint,
  type LogicalOperator,
  type PolicyOperator,
  policyOperators,
} from './model.ts'
import type { OperandDefinition, OperandRegistry, PolicyFacts } from './operands.ts'
import { compare, type RightValue, readRightTerm, type Scalar } from './values.ts'

export interface ConstraintSetting {
  readonly phase: PolicyPhase
  readonly operands: OperandRegistry
  readonly facts: PolicyFacts
  /** What is left of the comparisons that one evaluation may take. */
  readonly work: { comparisons: number }
}

/** More than any policy written by people needs, and less than a tenth of a second. */
export const mostComparisons = 100_000

/** A code of the policy catalogue and a sentence. */
interface Problem {
  readonly code: string
  readonly message: string
}

/** Evaluates one constraint with all its parts; nothing is cut short, so that the explanation is whole. */
export function evaluateConstraint(
  constraint: Constraint,
  pointer: string,
  setting: ConstraintSetting,
): ConstraintExplanation {
  if (constraint.kind === 'atomic') return evaluateAtomic(constraint, pointer, setting)
  const constraints = constraint.constraints.map((part, index) =>
    evaluateConstraint(part, `${pointer}/${constraint.kind}/${index}`, setting),
  )
  const truths = constraints.map((part) => part.satisfied)
  return { kind: constraint.kind, pointer, constraints, satisfied: combine(constraint.kind, truths) }
}

/** Three-valued logic: what is not known stays unknown unless the rest decides. */
export function combine(kind: LogicalOperator, truths: readonly Truth[]): Truth {
  const holding = truths.filter((truth) => truth === true).length
  const unknown = truths.includes(null)
  switch (kind) {
    case 'and':
    case 'andSequence':
      return truths.includes(false) ? false : unknown ? null : true
    case 'or':
      return holding > 0 ? true : unknown ? null : false
    case 'xone':
      return holding > 1 ? false : unknown ? null : holding === 1
  }
}

function evaluateAtomic(constraint: AtomicConstraint, pointer: string, setting: ConstraintSetting): AtomicExplanation {
  const { leftOperand, operator, rightOperand } = constraint
  const base = { kind: 'atomic', pointer, leftOperand, operator, rightOperand } as const
  const bound = bindConstraint(constraint, setting.operands, [setting.phase])
  if (!bound.ok) return { ...base, lookedFor: leftOperand, found: [], satisfied: null, problem: bound.problem }
  const { definition } = bound
  const lookedFor = definition.lookedFor(leftOperand)
  const left = definition.resolve(leftOperand, setting.facts)
  if (left.kind !== 'found') {
    const problem = { code: policyErrors['not-satisfied'].code, message: left.message }
    return { ...base, lookedFor, found: [], satisfied: left.kind === 'absent' ? false : null, problem }
  }
  setting.work.comparisons -= left.values.length * bound.right.length
  if (setting.work.comparisons < 0) {
    const problem = { code: policyErrors['too-large'].code, message: 'deciding it would take too many comparisons' }
    return { ...base, lookedFor, found: [], satisfied: null, problem }
  }
  const result = applyOperator(bound.operator, left.values, bound.right, definition)
  return { ...base, lookedFor, found: left.values.map(String), ...result }
}

type Bound =
  | {
      readonly ok: true
      readonly definition: OperandDefinition
      readonly operator: PolicyOperator
      readonly right: readonly RightValue[]
    }
  | { readonly ok: false; readonly problem: Problem }

const setOperators: readonly PolicyOperator[] = ['hasPart', 'isPartOf', 'isAnyOf', 'isAllOf', 'isNoneOf']

/**
 * Everything about a constraint that can be known before there is a counterparty: used when a policy is stored, and again
 * at each evaluation, where a failure means that the constraint is never decided.
 */
export function bindConstraint(
  constraint: AtomicConstraint,
  operands: OperandRegistry,
  phases: readonly PolicyPhase[],
): Bound {
  const { leftOperand } = constraint
  const definition = operands.find(leftOperand)
  if (!definition) return failed('unknown-operand', `no function is known for the left operand ${quote(leftOperand)}`)
  const operator = policyOperators.find((known) => known === constraint.operator)
  if (operator === undefined || !definition.operators.includes(operator)) {
    const allowed = definition.operators.join(', ')
    return failed('unknown-operator', `${quote(leftOperand)} takes ${allowed}, not ${quote(constraint.operator)}`)
  }
  const missing = phases.find((phase) => definition.phases !== undefined && !definition.phases.includes(phase))
  if (missing) return failed('operand-unavailable', `${quote(leftOperand)} has no value in the phase ${missing}`)
  return bindRight(constraint, definition, operator)
}

function bindRight(constraint: AtomicConstraint, definition: OperandDefinition, operator: PolicyOperator): Bound {
  const { leftOperand, rightOperand } = constraint
  const terms = Array.isArray(rightOperand) ? rightOperand : [rightOperand]
  const right: RightValue[] = []
  for (const term of terms) {
    const value = readRightTerm(term)
    if (!value) return failed('invalid-right-operand', `a right operand of ${quote(leftOperand)} has no plain value`)
    right.push(value)
  }
  if (right.length === 0) return failed('invalid-right-operand', `${quote(leftOperand)} is compared with nothing`)
  if (right.length > 1 && !setOperators.includes(operator)) {
    return failed('invalid-right-operand', `the operator ${operator} takes one right operand, not several`)
  }
  const allowed = definition.rightOperands
  if (allowed && right.some(({ value }) => !allowed.includes(String(value)))) {
    return failed('invalid-right-operand', `${quote(leftOperand)} can be compared with ${allowed.join(', ')} only`)
  }
  const type = definition.valueType
  for (const value of right) {
    // Compared with itself: tells whether it can be read at all as what the operand is.
    if (type !== undefined && 'unreadable' in compare(value.value, value, type, isOrdering(operator))) {
      return failed('invalid-right-operand', `the right operand of ${quote(leftOperand)} must be of type ${type}`)
    }
  }
  return { ok: true, definition, operator, right }
}

function failed(name: keyof typeof policyErrors, message: string): Bound {
  return { ok: false, problem: { code: policyErrors[name].code, message } }
}

function quote(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text)
}

function isOrdering(operator: PolicyOperator): boolean {
  return operator === 'gt' || operator === 'gteq' || operator === 'lt' || operator === 'lteq'
}

interface Outcome {
  readonly satisfied: Truth
  readonly problem?: Problem
}

function applyOperator(
  operator: PolicyOperator,
  left: readonly Scalar[],
  right: readonly RightValue[],
  definition: OperandDefinition,
): Outcome {
  const type = definition.valueType
  const problems: Problem[] = []
  const equal = (a: Scalar, b: RightValue): Truth => {
    const compared = compare(a, b, type, false)
    if ('order' in compared) return compared.order === 0
    problems.push(unreadable(compared))
    return null
  }
  const someLeft = (b: RightValue): Truth =>
    combine(
      'or',
      left.map((a) => equal(a, b)),
    )
  const someRight = (a: Scalar): Truth =>
    combine(
      'or',
      right.map((b) => equal(a, b)),
    )
  const decided = (satisfied: Truth): Outcome => {
    const [problem] = problems
    return satisfied === null && problem ? { satisfied, problem } : { satisfied }
  }
  switch (operator) {
    case 'hasPart':
    case 'isAllOf':
    case 'isA':
      return decided(combine('and', right.map(someLeft)))
    case 'isPartOf':
      return decided(combine('and', left.map(someRight)))
    case 'isAnyOf':
      return decided(combine('or', left.map(someRight)))
    case 'isNoneOf':
      return decided(not(combine('or', left.map(someRight))))
    default:
      return compareOne(operator, left, right, type)
  }
}

/** eq, neq and orderings are about one value: where the left side has several, they must all give the same answer. */
function compareOne(
  operator: Exclude<PolicyOperator, 'hasPart' | 'isAllOf' | 'isA' | 'isPartOf' | 'isAnyOf' | 'isNoneOf'>,
  left: readonly Scalar[],
  right: readonly RightValue[],
  type: OperandDefinition['valueType'],
): Outcome {
  const [only] = right
  if (only === undefined) return { satisfied: null }
  const answers = new Set<boolean>()
  for (const value of left) {
    const compared = compare(value, only, type, isOrdering(operator))
    if (!('order' in compared)) return { satisfied: null, problem: unreadable(compared) }
    answers.add(answer(operator, compared.order))
  }
  const [first, second] = [...answers]
  if (first !== undefined && second === undefined) return { satisfied: first }
  const message = `the left operand has several values, which do not agree under ${operator}; use hasPart or isAnyOf`
  return { satisfied: null, problem: { code: policyErrors['invalid-right-operand'].code, message } }
}

function answer(operator: 'eq' | 'neq' | 'gt' | 'gteq' | 'lt' | 'lteq', order: number): boolean {
  switch (operator) {
    case 'eq':
      return order === 0
    case 'neq':
      return order !== 0
    case 'gt':
      return order > 0
    case 'gteq':
      return order >= 0
    case 'lt':
      return order < 0
    case 'lteq':
      return order <= 0
  }
}

function not(truth: Truth): Truth {
  return truth === null ? null : !truth
}

function unreadable(compared: { readonly unreadable: 'left' | 'right'; readonly type: string }): Problem {
  const side = compared.unreadable === 'right' ? 'the right operand' : 'what was found'
  return {
    code: policyErrors['invalid-right-operand'].code,
    message: `${side} cannot be compared as ${compared.type}`,
  }
}

import { WeftError } from '@weft/foundation/errors'
import { policyErrors } from './errors.ts'
import { isJsonObject, JsonReader } from './json-reader.ts'
import type {
  Constraint,
  Duty,
  LogicalOperator,
  OperandTerm,
  Permission,
  Policy,
  PolicyKind,
  PolicyRules,
} from './model.ts'
import { odrlTerm } from './terms.ts'

/** What is accepted of one policy; beyond it, `policy.too-large`. */
export const policyLimits = {
  /** Rules of one kind, and duties of one permission. */
  rules: 100,
  /** Constraints of the whole policy, logical ones and their parts included. */
  constraints: 1000,
  /** Nesting of logical constraints. */
  depth: 10,
  /** Items of a right operand that is an array. */
  rightOperands: 1000,
  /** Items of all right operands of the whole policy. */
  allRightOperands: 10_000,
  /** Length of any text. */
  text: 4096,
} as const

const logicalOperators: readonly LogicalOperator[] = ['and', 'or', 'xone', 'andSequence']

/**
 * Members that ODRL gives a meaning which is not evaluated here. Ignoring them would widen what a policy permits, so they
 * are refused; members without a meaning in ODRL are ignored, as everywhere in DSP.
 */
const unsupported = {
  policy: ['inheritFrom', 'conflict'],
  rule: ['target', 'assigner', 'assignee', 'refinement', 'remedy', 'consequence', 'failure'],
  constraint: ['refinement', 'unit', 'dataType', 'rightOperandReference', 'status'],
} as const

/** A member's name as JSON-LD may write it. */
function spellings(name: string): readonly [string, string, string] {
  return [name, `odrl:${name}`, `http://www.w3.org/ns/odrl/2/${name}`]
}

const unsupportedSpellings: ReadonlySet<string> = new Set(Object.values(unsupported).flat().flatMap(spellings))

/**
 * Reads an ODRL policy as DSP 2025-1 writes it. Lenient as JSON-LD is: one rule instead of an array of one, terms with the
 * `odrl:` prefix or as full IRIs, ids as `{"@id"}`. What it returns is normalised: bare terms, arrays, no empty members.
 * Unknown operands and operators are kept: `validatePolicy` refuses them, `evaluatePolicy` never lets them pass.
 *
 * @param at where the policy stands in its document: prefix of the pointers in errors
 * @throws `policy.malformed`, `policy.unsupported`, `policy.too-large`, with the JSON pointer as `field`
 */
export function parsePolicy(json: unknown, at = ''): Policy {
  const document = new JsonReader(json, policyErrors.malformed, at)
  document.object()
  refuseUnsupported(document, unsupported.policy)
  const kind = readKind(document.at('@type'))
  const id = document.at('@id').optionalId()
  const target = document.at('target').optionalId()
  const assigner = document.at('assigner').optionalId()
  const assignee = document.at('assignee').optionalId()
  const base = {
    profile: document
      .at('profile')
      .items(policyLimits.rules)
      .map((profile) => profile.id()),
    ...readRules(document),
  }
  if (kind === 'Agreement') {
    const timestamp = document.at('timestamp').optionalText(64)
    return {
      kind,
      id: document.at('@id').id(),
      target: document.at('target').id(),
      assigner: document.at('assigner').id(),
      assignee: document.at('assignee').id(),
      ...(timestamp === undefined ? {} : { timestamp }),
      ...base,
    }
  }
  const named = {
    ...(target === undefined ? {} : { target }),
    ...(assigner === undefined ? {} : { assigner }),
    ...(assignee === undefined ? {} : { assignee }),
  }
  if (kind === 'Offer') return { kind, id: document.at('@id').id(), ...named, ...base }
  return { kind, ...(id === undefined ? {} : { id }), ...named, ...base }
}

function readKind(type: JsonReader): PolicyKind {
  const term = odrlTerm(type.text(policyLimits.text))
  if (term === 'Set' || term === 'Offer' || term === 'Agreement') return term
  throw type.error('must be Set, Offer or Agreement')
}

/** Counts the constraints and right operands of one policy, wherever they stand. */
interface Budget {
  constraints: number
  rightOperands: number
}

function readRules(policy: JsonReader): PolicyRules {
  const budget: Budget = { constraints: policyLimits.constraints, rightOperands: policyLimits.allRightOperands }
  return {
    permission: rulesOf(policy.at('permission')).map((rule) => readPermission(rule, budget)),
    prohibition: rulesOf(policy.at('prohibition')).map((rule) => readRule(rule, budget)),
    obligation: rulesOf(policy.at('obligation')).map((rule) => readRule(rule, budget)),
  }
}

function rulesOf(rules: JsonReader): readonly JsonReader[] {
  if (Array.isArray(rules.value) && rules.value.length > policyLimits.rules) {
    throw tooLarge(rules, `must not have more than ${policyLimits.rules} rules`)
  }
  return rules.items(policyLimits.rules)
}

function readPermission(rule: JsonReader, budget: Budget): Permission {
  return { ...readRule(rule, budget), duty: rulesOf(rule.at('duty')).map((duty) => readRule(duty, budget)) }
}

function readRule(rule: JsonReader, budget: Budget): Duty {
  rule.object()
  refuseUnsupported(rule, unsupported.rule)
  return {
    action: readAction(rule.at('action')),
    constraint: rule
      .at('constraint')
      .items(policyLimits.constraints)
      .map((constraint) => readConstraint(constraint, budget, policyLimits.depth)),
  }
}

/** An action is a text in 2025-1; connectors also hold it as an object with a type. */
function readAction(action: JsonReader): string {
  if (!isJsonObject(action.value)) return odrlTerm(action.text(policyLimits.text))
  refuseUnsupported(action, unsupported.rule)
  return odrlTerm(action.atAny('@id', 'type', 'odrl:type', 'http://www.w3.org/ns/odrl/2/type', '@type').id())
}

function readConstraint(constraint: JsonReader, budget: Budget, depth: number): Constraint {
  budget.constraints -= 1
  if (budget.constraints < 0) {
    throw tooLarge(constraint, `is beyond the ${policyLimits.constraints} constraints that a policy may have`)
  }
  if (depth === 0) throw tooLarge(constraint, `is nested deeper than ${policyLimits.depth}`)
  constraint.object()
  refuseUnsupported(constraint, unsupported.constraint)
  const logical = logicalOperators.filter((name) => logicalMember(constraint, name).present)
  const atomic = ['leftOperand', 'operator', 'rightOperand'].some((name) => constraint.at(name).present)
  const [kind] = logical
  if (kind === undefined) return readAtomic(constraint, budget)
  if (atomic || logical.length > 1) {
    throw constraint.error(
      'must have exactly one of: leftOperand with operator and rightOperand, and, or, xone, andSequence',
    )
  }
  const parts = logicalParts(logicalMember(constraint, kind))
  if (parts.length === 0) throw logicalMember(constraint, kind).error('must not be empty')
  return { kind, constraints: parts.map((part) => readConstraint(part, budget, depth - 1)) }
}

function logicalMember(constraint: JsonReader, name: LogicalOperator): JsonReader {
  return constraint.atAny(name, `odrl:${name}`)
}

/** `andSequence` may come as a JSON-LD list. */
function logicalParts(member: JsonReader): readonly JsonReader[] {
  const list = member.at('@list')
  return (list.present ? list : member).items(policyLimits.constraints)
}

function readAtomic(constraint: JsonReader, budget: Budget): Constraint {
  return {
    kind: 'atomic',
    leftOperand: odrlTerm(readTerm(constraint.at('leftOperand'))),
    operator: readOperator(constraint.at('operator')),
    rightOperand: readRightOperand(constraint.at('rightOperand'), budget),
  }
}

function readTerm(term: JsonReader): string {
  if (!isJsonObject(term.value)) return term.text(policyLimits.text)
  return term.atAny('@id', '@value').text(policyLimits.text)
}

function readOperator(operator: JsonReader): string {
  const term = odrlTerm(readTerm(operator))
  // A leftover of the schema's enumeration, which no context knows (7.2): accepted, never written.
  return term === 'term-lteq' ? 'lteq' : term
}

function readRightOperand(right: JsonReader, budget: Budget): OperandTerm | readonly OperandTerm[] {
  if (!right.present) throw right.error('is missing')
  if (!Array.isArray(right.value)) return readOperandTerm(right)
  if (right.value.length > policyLimits.rightOperands) {
    throw tooLarge(right, `must not have more than ${policyLimits.rightOperands} items`)
  }
  budget.rightOperands -= right.value.length
  if (budget.rightOperands < 0) {
    throw tooLarge(right, `is beyond the ${policyLimits.allRightOperands} right operands that a policy may have`)
  }
  return right.items(policyLimits.rightOperands).map(readOperandTerm)
}

function readOperandTerm(term: JsonReader): OperandTerm {
  const { value } = term
  if (typeof value === 'string') {
    if (value.length > policyLimits.text)
      throw tooLarge(term, `must not be longer than ${policyLimits.text} characters`)
    return value
  }
  if (typeof value === 'number' || typeof value === 'boolean') return { '@value': value }
  if (!isJsonObject(value)) throw term.error('must be a text, a number, a boolean, an object or an array of these')
  term.bounded(policyLimits.depth, policyLimits.rightOperands)
  const names = Object.keys(value)
  // JSON-LD: a value object with nothing but a text is that text.
  if (names.length === 1 && typeof value['@value'] === 'string') return value['@value']
  return value
}

function refuseUnsupported(place: JsonReader, names: readonly string[]): void {
  // Nearly every object has none of them, and there are many objects in a catalog.
  if (!isJsonObject(place.value) || !Object.keys(place.value).some((key) => unsupportedSpellings.has(key))) return
  for (const name of names) {
    const member = place.atAny(...spellings(name))
    if (!member.present || (Array.isArray(member.value) && member.value.length === 0)) continue
    // The only conflict strategy evaluated here, so saying it changes nothing (7.1).
    if (name === 'conflict' && typeof member.value === 'string' && odrlTerm(member.value) === 'prohibit') continue
    throw new WeftError(policyErrors.unsupported, {
      field: member.pointer,
      message: `${member.pointer} is a part of ODRL that is not evaluated here`,
    })
  }
}

function tooLarge(place: JsonReader, problem: string): WeftError {
  return new WeftError(policyErrors['too-large'], { field: place.pointer, message: `${place.pointer} ${problem}` })
}

export { credentialTypesOf, leftOperandsOf, type ScopeMapping } from './credential-scopes.ts'
export type {
  AtomicExplanation,
  ConstraintExplanation,
  LogicalExplanation,
  PolicyDecision,
  PolicyExplanation,
  PolicyPhase,
  RuleExplanation,
  Truth,
} from './decision.ts'
export { samePolicy } from './equality.ts'
export { policyErrors } from './errors.ts'
export { evaluatePolicy, type PolicyEvaluation, policyNotSatisfied } from './evaluate.ts'
export { instantsOf } from './instants.ts'
export { canonicalJson, isJsonObject, JsonReader } from './json-reader.ts'
export {
  type AgreementPolicy,
  type AtomicConstraint,
  type Constraint,
  type Duty,
  type JsonObject,
  type LogicalConstraint,
  type LogicalOperator,
  type OfferPolicy,
  type OperandTerm,
  type Permission,
  type Policy,
  type PolicyKind,
  type PolicyOperator,
  type PolicyRules,
  type Prohibition,
  policyOperators,
  type SetPolicy,
} from './model.ts'
export {
  type CredentialFact,
  credentialClaims,
  type OperandDefinition,
  type OperandRegistry,
  operandRegistry,
  type PolicyFacts,
  type Resolution,
} from './operands.ts'
export { parsePolicy, policyLimits } from './parse.ts'
export { serialisePolicy, toAgreement, toOffer } from './serialise.ts'
export { type PolicyProblem, requireValidPolicy, validatePolicy } from './validate.ts'
export type { Scalar, ValueType } from './values.ts'

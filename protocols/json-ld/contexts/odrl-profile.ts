import { type ContextDefinition, idTerm, sameNames, setOf, wordTerm } from './term-definitions.ts'

export const odrlNamespace = 'http://www.w3.org/ns/odrl/2/'

const classes = ['Policy', 'Rule', 'Set', 'Offer', 'Agreement', 'Assertion', 'Asset', 'Action', 'Permission'] as const
const moreClasses = ['Prohibition', 'Duty', 'Constraint', 'Operator', 'RightOperand', 'LeftOperand'] as const
const operators = ['eq', 'gt', 'gteq', 'lt', 'lteq', 'neq', 'isA', 'hasPart', 'isPartOf'] as const
const setOperators = ['isAllOf', 'isAnyOf', 'isNoneOf'] as const

/** The terms of ODRL that DSP 2025-1 uses (2.10). */
export const odrlProfile: ContextDefinition = {
  odrl: odrlNamespace,
  ...sameNames('odrl', ...classes, ...moreClasses, 'use', 'prohibit'),
  ...sameNames('odrl', ...operators, ...setOperators, 'and', 'or', 'xone', 'andSequence'),
  profile: idTerm('odrl:profile'),
  hasPolicy: idTerm('odrl:hasPolicy'),
  target: idTerm('odrl:target'),
  assignee: idTerm('odrl:assignee'),
  assigner: idTerm('odrl:assigner'),
  action: wordTerm('odrl:action'),
  permission: setOf(idTerm('odrl:permission')),
  prohibition: setOf(idTerm('odrl:prohibition')),
  obligation: setOf(idTerm('odrl:obligation')),
  duty: setOf(idTerm('odrl:duty')),
  constraint: setOf(idTerm('odrl:constraint')),
  operator: wordTerm('odrl:operator'),
  leftOperand: wordTerm('odrl:leftOperand'),
  rightOperand: 'odrl:rightOperand',
}

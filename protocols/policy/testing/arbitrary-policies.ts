import fc from 'fast-check'
import type { AtomicConstraint, Constraint, Duty, OperandTerm, Policy } from '../model.ts'

/** Texts as they may stand anywhere: any characters, but neither empty nor with a prefix that parsing takes off. */
export const anyText = fc
  .string({ minLength: 1, maxLength: 20, unit: 'binary' })
  .filter((text) => text.isWellFormed() && !text.startsWith('odrl:'))

const term: fc.Arbitrary<OperandTerm> = fc.oneof(
  anyText,
  fc.record({
    '@value': fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0 || 0),
      fc.boolean(),
    ),
  }),
  fc.record({ '@value': anyText, '@type': fc.constantFrom('xsd:dateTime', 'xsd:integer', 'xsd:string') }),
  fc.record({ '@id': anyText }),
)

export const anyAtomic: fc.Arbitrary<AtomicConstraint> = fc.record({
  kind: fc.constant('atomic' as const),
  leftOperand: anyText,
  operator: fc.constantFrom('eq', 'neq', 'gt', 'gteq', 'lt', 'lteq', 'isAnyOf', 'isNoneOf', 'hasPart'),
  rightOperand: fc.oneof(term, fc.array(term, { maxLength: 3 })),
})

export const anyConstraint: fc.Arbitrary<Constraint> = fc
  .letrec<{ constraint: Constraint }>((tie) => ({
    constraint: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      anyAtomic,
      fc.record({
        kind: fc.constantFrom('and' as const, 'or' as const, 'xone' as const, 'andSequence' as const),
        constraints: fc.array(tie('constraint'), { minLength: 1, maxLength: 3 }),
      }),
    ),
  }))
  .constraint.filter((constraint) => depthOf(constraint) <= 8)

const duty: fc.Arbitrary<Duty> = fc.record({
  action: fc.oneof(fc.constant('use'), anyText),
  constraint: fc.array(anyConstraint, { maxLength: 3 }),
})

const rules = {
  profile: fc.array(anyText, { maxLength: 2 }),
  permission: fc.array(
    fc.tuple(duty, fc.array(duty, { maxLength: 2 })).map(([rule, duties]) => ({ ...rule, duty: duties })),
    { maxLength: 3 },
  ),
  prohibition: fc.array(duty, { maxLength: 2 }),
  obligation: fc.array(duty, { maxLength: 2 }),
}

/** Policies of each kind, as `parsePolicy` would return them. */
export const anyPolicy: fc.Arbitrary<Policy> = fc.oneof(
  fc.record(
    { kind: fc.constant('Set' as const), id: anyText, target: anyText, assigner: anyText, ...rules },
    { requiredKeys: ['kind', 'profile', 'permission', 'prohibition', 'obligation'] },
  ),
  fc.record(
    {
      kind: fc.constant('Offer' as const),
      id: anyText,
      target: anyText,
      assigner: anyText,
      assignee: anyText,
      ...rules,
    },
    { requiredKeys: ['kind', 'id', 'profile', 'permission', 'prohibition', 'obligation'] },
  ),
  fc.record(
    {
      kind: fc.constant('Agreement' as const),
      id: anyText,
      target: anyText,
      assigner: anyText,
      assignee: anyText,
      timestamp: fc.constant('2026-01-01T00:00:00Z'),
      ...rules,
    },
    {
      requiredKeys: [
        'kind',
        'id',
        'target',
        'assigner',
        'assignee',
        'profile',
        'permission',
        'prohibition',
        'obligation',
      ],
    },
  ),
)

function depthOf(constraint: Constraint): number {
  return constraint.kind === 'atomic' ? 1 : 1 + Math.max(...constraint.constraints.map(depthOf))
}

import { expect, it } from 'vitest'
import { unmetIn } from './explanation.ts'

const atomic = (leftOperand: string, satisfied: boolean) => ({
  kind: 'atomic',
  leftOperand,
  operator: 'eq',
  rightOperand: 'active',
  lookedFor: `a valid ${leftOperand}`,
  satisfied,
  problem: { message: 'none was presented' },
})

it('tells the unmet constraints of a decision, however deep, and no others', () => {
  const decision = {
    permissions: [{ constraints: [{ kind: 'or', constraints: [atomic('A', false)] }, atomic('B', true)] }],
  }
  expect(unmetIn(decision)).toBe('"A eq active" looked for a valid A, but none was presented')
})

it('shows a decision as it is when no constraint is to blame', () => {
  expect(unmetIn({ allowed: false })).toBe('{"allowed":false}')
})

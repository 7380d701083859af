import type { PolicyEvaluation } from '../evaluate.ts'
import type { Policy } from '../model.ts'
import { type CredentialFact, operandRegistry, type PolicyFacts } from '../operands.ts'
import { parsePolicy } from '../parse.ts'

export const now = new Date('2026-03-01T12:00:00Z')

export const membership: CredentialFact = {
  types: ['VerifiableCredential', 'MembershipCredential'],
  issuer: 'did:web:issuer.example',
  subjects: [
    { id: 'did:web:consumer.example', level: 'gold', since: 2020, address: { country: 'DE' }, roles: ['a', 'b'] },
  ],
  validFrom: new Date('2026-01-01T00:00:00Z'),
  validUntil: new Date('2027-01-01T00:00:00Z'),
}

export function facts(credentials: readonly CredentialFact[] = []): PolicyFacts {
  return { now, counterparty: 'did:web:consumer.example', credentials }
}

export function evaluation(credentials: readonly CredentialFact[] = []): PolicyEvaluation {
  return { phase: 'negotiation', action: 'use', operands: operandRegistry(), facts: facts(credentials) }
}

export function atomic(leftOperand: string, operator: string, rightOperand: unknown) {
  return { leftOperand, operator, rightOperand }
}

/** A Set with one permission `use` under these constraints. */
export function permit(...constraint: readonly unknown[]): Policy {
  return parsePolicy({ '@type': 'Set', permission: [{ action: 'use', constraint }] })
}

/** A Set that permits everything, save for what these constraints describe. */
export function prohibit(...constraint: readonly unknown[]): Policy {
  return parsePolicy({
    '@type': 'Set',
    permission: [{ action: 'use' }],
    prohibition: [{ action: 'use', constraint }],
  })
}

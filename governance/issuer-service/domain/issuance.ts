import { type Claims, mapClaims, ruleHolds } from './claims.ts'
import type { CredentialDefinition } from './credential-definition.ts'
import type { FormatNaming } from './credential-profile.ts'
import { issuerErrors } from './errors.ts'

export type IssuanceState = 'SUBMITTED' | 'AWAITING_APPROVAL' | 'APPROVED' | 'DELIVERED' | 'ERRORED'

/** What the requester reads (DCP-36). */
export function requestStatus(state: IssuanceState): 'RECEIVED' | 'ISSUED' | 'REJECTED' {
  if (state === 'DELIVERED') return 'ISSUED'
  return state === 'ERRORED' ? 'REJECTED' : 'RECEIVED'
}

/** Whether something is still to come of the request. */
export function isOpen(state: IssuanceState): boolean {
  return requestStatus(state) === 'RECEIVED'
}

export interface Holder {
  readonly holderId: string
  readonly did: string
  readonly name: string
  readonly properties: Readonly<Record<string, unknown>>
  /** How formats are named in what is delivered to it. */
  readonly formatNames: FormatNaming
}

export interface Attestation {
  readonly id: string
  readonly type: 'holder'
  readonly configuration: Readonly<Record<string, unknown>>
}

/** What an attestation says: the type `holder` says what the issuer's own record of the holder holds. */
function attest(attestation: Attestation, holder: Holder): Claims {
  switch (attestation.type) {
    case 'holder':
      return { holderId: holder.holderId, did: holder.did, name: holder.name, properties: holder.properties }
  }
}

/** What is to be issued of one definition. */
export interface ApprovedCredential {
  readonly definition: CredentialDefinition
  readonly subject: Readonly<Record<string, unknown>>
}

export type IssuanceDecision =
  | {
      readonly kind: 'approved'
      /** `manual`: rules and claims are fine, and somebody has to say yes. */
      readonly approval: CredentialDefinition['approval']
      readonly credentials: readonly ApprovedCredential[]
      readonly claims: Claims
    }
  | { readonly kind: 'refused'; readonly code: string; readonly explanation: string }

/** Decides a request: the claims of all attestations, each once, then rules, then mappings. One failure refuses it all: the status of a request covers all of it (DCP-38). */
export function decideIssuance(
  definitions: readonly CredentialDefinition[],
  attestations: readonly Attestation[],
  holder: Holder,
): IssuanceDecision {
  const claims = Object.assign({}, ...attestations.map((attestation) => attest(attestation, holder))) as Claims
  const credentials: ApprovedCredential[] = []
  for (const definition of definitions) {
    const broken = definition.rules.find((rule) => !ruleHolds(rule, claims))
    if (broken) {
      const explanation = `${definition.id}: the rule ${broken.claim} ${broken.operator} is not met`
      return { kind: 'refused', code: issuerErrors['rule-not-met'].code, explanation }
    }
    const mapped = mapClaims(definition.mappings, claims)
    if ('missing' in mapped) {
      const explanation = `${definition.id}: the claim ${mapped.missing} is missing`
      return { kind: 'refused', code: issuerErrors['claims-missing'].code, explanation }
    }
    credentials.push({ definition, subject: mapped.subject })
  }
  const approval = definitions.some((definition) => definition.approval === 'manual') ? 'manual' : 'automatic'
  return { kind: 'approved', approval, credentials, claims }
}

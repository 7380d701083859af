import { WeftError } from '@weft/foundation/errors'
import {
  type Clock,
  type Did,
  type DidResolver,
  parseCredential,
  requireCredentialShape,
  type TrustRules,
  type VerifiableCredential,
  verifyCredentialSignature,
} from '../trust/index.ts'
import { requireValidityWindow } from './credential-validity.ts'
import { dcpErrors } from './errors.ts'
import { type CredentialContainer, profileOfFormat } from './issuance-messages.ts'

export interface DeliveryCheck {
  /** Sender of the message, to whom the open request was sent. */
  readonly issuer: Did
  readonly holder: Did
  readonly resolver: DidResolver
  readonly clock: Clock
  /** Strict when absent. */
  readonly rules?: TrustRules
}

/**
 * What a holder checks before it stores a delivered credential (DCP-40): format and type as the container says, issued
 * by the sender for this holder, valid now, signature verified. Whether it was asked for is the caller's to know.
 * @throws `dcp.format-unsupported`, `dcp.delivery-mismatch`, `dcp.credential-*`, `trust.*`
 */
export async function verifyDeliveredCredential(
  container: CredentialContainer,
  check: DeliveryCheck,
): Promise<VerifiableCredential> {
  const profile = profileOfFormat(container.format)
  // The specification's examples call both data models `jwt`.
  const isNamed = container.format !== 'jwt'
  const credential = parseCredential(container.payload)
  requireMatch(!isNamed || credential.profile === profile, 'format')
  requireMatch(credential.types.includes(container.credentialType), 'credentialType')
  requireMatch(credential.issuer === check.issuer, 'issuer')
  requireMatch(
    credential.subjects.every((subject) => subject.id === check.holder),
    'credentialSubject',
  )
  requireCredentialShape(credential, check.rules)
  requireValidityWindow(credential, check.clock())
  await verifyCredentialSignature(credential, check.resolver, check.rules)
  return credential
}

function requireMatch(matches: boolean, member: string): void {
  if (matches) return
  throw new WeftError(dcpErrors['delivery-mismatch'], {
    field: member,
    message: `The member ${member} of a delivered credential is not what was asked for.`,
  })
}

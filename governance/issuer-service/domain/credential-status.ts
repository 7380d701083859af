import { WeftError } from '@weft/foundation/errors'
import type { StatusPurpose } from '@weft/protocols/trust'
import { issuerErrors } from './errors.ts'

export type StatusAction = 'revoke' | 'suspend' | 'resume'

/** What decides whether a credential may be relied on. */
interface CredentialStanding {
  readonly revokedAt: Date | null
  readonly suspendedAt: Date | null
  readonly status: readonly { readonly purpose: StatusPurpose }[]
}

interface StatusChange {
  readonly revokedAt: Date | null
  readonly suspendedAt: Date | null
  /** The list in which a bit changes, and to what. */
  readonly purpose: StatusPurpose
  readonly isSet: boolean
}

/** How an action changes a credential; undefined when it is so already. Revocation is for good, suspension for a while (section 3.10). */
export function changeStatus(
  { revokedAt, suspendedAt, status }: CredentialStanding,
  action: StatusAction,
  now: Date,
): StatusChange | undefined {
  if (action === 'revoke') {
    return revokedAt === null ? { revokedAt: now, suspendedAt, purpose: 'revocation', isSet: true } : undefined
  }
  if (revokedAt !== null) throw new WeftError(issuerErrors['credential-revoked'])
  if (!status.some(({ purpose }) => purpose === 'suspension'))
    throw new WeftError(issuerErrors['suspension-unsupported'])
  const isSet = action === 'suspend'
  if ((suspendedAt !== null) === isSet) return undefined
  return { revokedAt, suspendedAt: isSet ? now : null, purpose: 'suspension', isSet }
}

/** The purpose for which a credential may not be relied on; the final one first. */
export function currentStatus({ revokedAt, suspendedAt }: CredentialStanding): StatusPurpose | null {
  if (revokedAt !== null) return 'revocation'
  return suspendedAt === null ? null : 'suspension'
}

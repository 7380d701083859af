import { type AccessRule, type ParticipantContextId, participantContextId, type Role } from '@weft/foundation/access'
import type { ServiceDatabase, Transaction } from '@weft/foundation/database'
import { WeftError } from '@weft/foundation/errors'
import type { Processes } from '@weft/foundation/processes'
import type { Logger } from '@weft/foundation/telemetry'
import type { Clock } from '@weft/protocols/trust'
import { issuerErrors } from '../domain/errors.ts'
import type { Issuer, IssuerUrls } from '../domain/issuer.ts'
import type { Issuers } from '../issuers.ts'
import type { SigningKeys } from '../signing-keys.ts'
import { readIssuer } from '../store/issuers.ts'

/** What the routes of the administration API work with. */
export interface AdminApiOptions {
  readonly database: ServiceDatabase
  readonly processes: Processes
  readonly issuers: Issuers
  readonly keys: SigningKeys
  readonly urls: IssuerUrls
  readonly clock: Clock
  readonly logger: Logger
}

/** Who may do something below an issuer: its own client and the operator, and whom `more` adds. */
export function issuerAccess(
  scope: `${string}:${'read' | 'write'}`,
  more: readonly Role[] = [],
): { readonly access: AccessRule } {
  const roles: readonly Role[] = ['admin', 'participant', ...more]
  return { access: { kind: 'token', scope: `issuer-admin-api:${scope}`, roles, owner: 'participantContextId' } }
}

/**
 * Runs `work` in a transaction of the issuer that the path names.
 * @throws `issuer.issuer-unknown`
 */
export function asIssuer<T>(
  { database }: AdminApiOptions,
  params: { readonly participantContextId: string },
  work: (tx: Transaction, contextId: ParticipantContextId, issuer: Issuer) => Promise<T>,
): Promise<T> {
  const contextId = participantContextId(params.participantContextId)
  return database.tenant(contextId, async (tx) => {
    const issuer = await readIssuer(tx)
    if (!issuer) throw new WeftError(issuerErrors['issuer-unknown'], { field: 'participantContextId' })
    return work(tx, contextId, issuer)
  })
}

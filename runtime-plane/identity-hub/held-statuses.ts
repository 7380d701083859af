import type { Logger } from '@weft/foundation/telemetry'
import { parseCredential, type StatusChecker, type TrustRules, type VerifiableCredential } from '@weft/protocols/trust'
import { LRUCache } from 'lru-cache'
import type { IssuerStatus } from './domain/held-credential.ts'

/** What issuers say of held credentials (DCP-20), out of status lists that are at most ten seconds old. */
export interface HeldStatuses {
  /** Takes a second at most, and never throws: `unknown` where no answer is to be had in that time. */
  of(credential: { readonly heldId: string; readonly raw: string }): Promise<IssuerStatus>
}

export interface HeldStatusesOptions {
  readonly statuses: StatusChecker
  readonly rules: TrustRules
  readonly logger: Logger
}

/** A verifier waits for our answer: it is not to wait for an issuer that is away. */
const patienceMs = 1_000
/** How long a list that could not be read is not asked for again. */
const failureTtlMs = 10_000
const maxRemembered = 10_000

export function createHeldStatuses({ statuses, rules, logger }: HeldStatusesOptions): HeldStatuses {
  const failed = new LRUCache<string, true>({ max: maxRemembered, ttl: failureTtlMs })

  const look = async (heldId: string, credential: VerifiableCredential): Promise<IssuerStatus> => {
    try {
      const result = await statuses.check(credential, rules)
      if (result.valid) return 'valid'
      return result.purpose === 'suspension' ? 'suspended' : 'revoked'
    } catch (error) {
      failed.set(heldId, true)
      logger.warn('the status of a held credential cannot be read; the verifier decides', {
        action: 'credential.status',
        credentialId: heldId,
        counterparty: credential.issuer,
        error,
      })
      return 'unknown'
    }
  }

  return {
    of: async ({ heldId, raw }) => {
      if (failed.has(heldId)) return 'unknown'
      const credential = parseCredential(raw)
      if (credential.status.length === 0) return 'valid'
      let timer: NodeJS.Timeout | undefined
      const impatience = new Promise<IssuerStatus>((resolve) => {
        timer = setTimeout(() => {
          failed.set(heldId, true)
          resolve('unknown')
        }, patienceMs)
      })
      const status = await Promise.race([look(heldId, credential), impatience])
      clearTimeout(timer)
      return status
    },
  }
}

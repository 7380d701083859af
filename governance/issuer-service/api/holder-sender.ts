import type { ServiceDatabase, Transaction } from '@weft/foundation/database'
import { WeftError } from '@weft/foundation/errors'
import { bearerToken, dcpErrors, type TokenUse, type VerifiedToken, verifySelfIssuedToken } from '@weft/protocols/dcp'
import { type Clock, type DidResolver, parseJwt, type TrustRules } from '@weft/protocols/trust'
import type { Issuer } from '../domain/issuer.ts'
import { claimToken } from '../store/used-tokens.ts'

export interface SenderOptions {
  readonly database: ServiceDatabase
  readonly resolver: DidResolver
  readonly clock: Clock
  readonly rules: TrustRules
}

/** Who sent a request, by its token. */
export interface Sender {
  readonly token: VerifiedToken
  readonly use: TokenUse
  /** Says that the issuer agreed before (section 3.1). */
  readonly preAuthorizedCode: string | undefined
}

/** Everything of section 3.1 but the use of the token's id, which is claimed in the transaction that acts on it. */
export async function verifySender(
  { resolver, clock, rules }: SenderOptions,
  issuer: Issuer,
  authorization: string | undefined,
): Promise<Sender> {
  let use: TokenUse | undefined
  const replay = {
    claim: async (one: TokenUse): Promise<boolean> => {
      use = one
      return true
    },
  }
  const bearer = bearerToken(authorization)
  const token = await verifySelfIssuedToken(bearer, {
    audience: issuer.did,
    resolver,
    replay,
    clock,
    rules,
  })
  if (!use) throw new Error('the token was verified without asking for its first use')
  const code = parseJwt(bearer).claims['pre-authorized_code']
  return { token, use, preAuthorizedCode: typeof code === 'string' ? code : undefined }
}

/**
 * Runs `work` in the issuer's transaction together with the claim of the token. A refusal uses the token up as an
 * answer does; a fault of ours gives it back, because partners repeat with the same token.
 */
export async function withToken<T>(
  { database, clock }: SenderOptions,
  issuer: Issuer,
  sender: Sender,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const outcome = await database.tenant(issuer.participantContextId, async (tx) => {
    if (!(await claimToken(tx, sender.use, new Date(clock())))) throw new WeftError(dcpErrors.replayed)
    try {
      return { done: await work(tx) }
    } catch (error) {
      if (error instanceof WeftError && error.status < 500) return { refusal: error }
      throw error
    }
  })
  if ('refusal' in outcome) throw outcome.refusal
  return outcome.done
}

import { WeftError } from '@weft/foundation/errors'
import type { VerifiableCredential } from '../trust/index.ts'
import { dcpErrors } from './errors.ts'
import { leewaySeconds } from './token-times.ts'

/**
 * Step 9 of section 3.7 (DCP-29). Only the beginning gets leeway: an issuer's clock may be ahead when it signs.
 * @param now milliseconds since the epoch
 * @throws `dcp.credential-not-yet-valid`, `dcp.credential-expired`
 */
export function requireValidityWindow({ validFrom, validUntil }: VerifiableCredential, now: number): void {
  if (validFrom.getTime() > now + leewaySeconds * 1000) throw new WeftError(dcpErrors['credential-not-yet-valid'])
  if (validUntil !== undefined && validUntil.getTime() <= now) throw new WeftError(dcpErrors['credential-expired'])
}

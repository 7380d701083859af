import { randomInt, randomUUID } from 'node:crypto'
import type { Transaction } from '@weft/foundation/database'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import {
  createStatusBits,
  minimumStatusListEntries,
  type StatusListKind,
  type StatusPurpose,
} from '@weft/protocols/trust'
import type { CredentialDefinition } from './domain/credential-definition.ts'
import { traitsOf } from './domain/credential-profile.ts'
import { hasOpenList, insertList, lockListOpening, takePlace } from './store/status-lists.ts'

/** Tries of a random index in a list that is at most half full: 64 misses in a row do not happen. */
const indexTries = 64

/** Gives a new credential its places in lists of the kind of its profile: for revocation, and for suspension where its definition says so. */
export async function allocatePlaces(
  tx: Transaction,
  credentialId: string,
  { format, suspendable }: Pick<CredentialDefinition, 'format' | 'suspendable'>,
  now: Date,
): Promise<void> {
  const kind = traitsOf(format).statusList
  const purposes: readonly StatusPurpose[] = suspendable ? ['revocation', 'suspension'] : ['revocation']
  for (const purpose of purposes) await allocate(tx, credentialId, { kind, purpose }, now)
}

/** At random, so that neighbours in a list have nothing to do with each other (section 3.10). */
async function allocate(
  tx: Transaction,
  credentialId: string,
  where: { readonly kind: StatusListKind; readonly purpose: StatusPurpose },
  now: Date,
): Promise<void> {
  for (let attempt = 0; attempt < indexTries; attempt++) {
    const refusal = await takePlace(tx, credentialId, { ...where, random: randomInt(2 ** 31) })
    if (refusal === undefined) return
    if (refusal === 'full') await openList(tx, where, now)
  }
  throw new WeftError(requestErrors.unavailable, { detail: `no free index found in a list of ${where.kind}` })
}

/** Opens a list, unless somebody else has done it by now. */
async function openList(
  tx: Transaction,
  where: { readonly kind: StatusListKind; readonly purpose: StatusPurpose },
  now: Date,
): Promise<void> {
  await lockListOpening(tx)
  if (await hasOpenList(tx, where)) return
  await insertList(tx, { id: randomUUID(), ...where, bits: createStatusBits(minimumStatusListEntries) }, now)
}

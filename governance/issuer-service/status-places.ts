import { randomInt, randomUUID } from 'node:crypto'
import type { Transaction } from '@weft/foundation/database'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import {
  type CredentialProfile,
  createStatusBits,
  minimumStatusListEntries,
  type StatusListKind,
  type StatusPurpose,
} from '@weft/protocols/trust'
import { traitsOf } from './domain/credential-profile.ts'
import { insertEntry, insertList, lockListOpening, takeFromOpenList } from './store/status-lists.ts'

/** Every credential can be revoked, and suspended for a while. */
const purposes: readonly StatusPurpose[] = ['revocation', 'suspension']
/** Tries of a random index in a list that is at most half full: 64 misses in a row do not happen. */
const indexTries = 64

/** Gives a new credential its place for each purpose, in lists of the kind of its profile. */
export async function allocatePlaces(
  tx: Transaction,
  credentialId: string,
  profile: CredentialProfile,
  now: Date,
): Promise<void> {
  const kind = traitsOf(profile).statusList
  for (const purpose of purposes) {
    const list = (await takeFromOpenList(tx, { kind, purpose })) ?? (await openList(tx, kind, purpose, now))
    await allocateIndex(tx, credentialId, purpose, list)
  }
}

/** At random, so that neighbours in a list have nothing to do with each other (section 3.10). */
async function allocateIndex(
  tx: Transaction,
  credentialId: string,
  purpose: StatusPurpose,
  list: { readonly id: string; readonly size: number },
): Promise<void> {
  for (let attempt = 0; attempt < indexTries; attempt++) {
    if (await insertEntry(tx, credentialId, { purpose, listId: list.id, index: randomInt(list.size) })) return
  }
  throw new WeftError(requestErrors.unavailable, { detail: `no free index found in status list ${list.id}` })
}

async function openList(
  tx: Transaction,
  kind: StatusListKind,
  purpose: StatusPurpose,
  now: Date,
): Promise<{ readonly id: string; readonly size: number }> {
  await lockListOpening(tx)
  const openedMeanwhile = await takeFromOpenList(tx, { kind, purpose })
  if (openedMeanwhile) return openedMeanwhile
  await insertList(tx, { id: randomUUID(), kind, purpose, bits: createStatusBits(minimumStatusListEntries) }, now)
  const opened = await takeFromOpenList(tx, { kind, purpose })
  if (!opened) throw new WeftError(requestErrors.unavailable, { detail: `a new list of ${kind} takes no entry` })
  return opened
}

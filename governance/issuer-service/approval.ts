import { randomInt, randomUUID } from 'node:crypto'
import type { Transaction } from '@weft/foundation/database'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import { createStatusBits, minimumStatusListEntries } from '@weft/protocols/trust'
import { issuerErrors } from './domain/errors.ts'
import { type ApprovedCredential, decideIssuance, type IssuanceDecision } from './domain/issuance.ts'
import { type IssuedCredential, insertCredential } from './store/credentials.ts'
import { readHolder } from './store/holders.ts'
import type { Issuance } from './store/issuances.ts'
import { readAttestations, readDefinitions } from './store/offerings.ts'
import { countAllocation, insertList, lockOpenList } from './store/status-lists.ts'

/** Decides a request by what the issuer holds at this moment. */
export async function decide(tx: Transaction, issuance: Issuance): Promise<IssuanceDecision> {
  const definitions = await readDefinitions(tx, issuance.definitionIds)
  const attestationIds = [...new Set(definitions.flatMap((definition) => definition.attestations))]
  const attestations = await readAttestations(tx, attestationIds)
  const holder = await readHolder(tx, issuance.holderId)
  if (!holder || definitions.length < issuance.definitionIds.length || attestations.length < attestationIds.length) {
    const explanation = holder ? 'a definition or attestation was removed' : 'the holder was removed'
    return { kind: 'refused', code: issuerErrors['definition-gone'].code, explanation }
  }
  // In the order of their names, so that the same request finds the same claims on every try.
  const sorted = [...attestations].sort((a, b) => (a.id < b.id ? -1 : 1))
  return decideIssuance(definitions, sorted, holder)
}

/** Writes what will be signed, once for a request: its ids, dates and status entry stay the same however often delivery is tried. */
export async function generate(
  tx: Transaction,
  issuance: Issuance,
  approved: readonly ApprovedCredential[],
  now: Date,
): Promise<void> {
  // Dates travel in whole seconds; one that began in the middle of a second would begin twice.
  const validFrom = new Date(Math.floor(now.getTime() / 1000) * 1000)
  for (const { definition, subject } of approved) {
    await insertWithIndex(tx, now, {
      id: randomUUID(),
      processId: issuance.id,
      definitionId: definition.id,
      holderId: issuance.holderId,
      credentialId: `urn:uuid:${randomUUID()}`,
      credentialType: definition.credentialType,
      format: definition.format,
      subjectDid: issuance.holderDid,
      subjectClaims: subject,
      schemaUrl: definition.jsonSchemaUrl ?? null,
      contexts: definition.additionalContexts,
      validFrom,
      validUntil: new Date(validFrom.getTime() + definition.validitySeconds * 1000),
      revokedAt: null,
    })
  }
}

/** Tries of a random index in a list that is at most half full: 64 misses in a row do not happen. */
const indexTries = 64

async function insertWithIndex(
  tx: Transaction,
  now: Date,
  credential: Omit<IssuedCredential, 'statusListId' | 'statusIndex'>,
): Promise<void> {
  const list = (await lockOpenList(tx)) ?? (await openList(tx, now))
  for (let attempt = 0; attempt < indexTries; attempt++) {
    const statusIndex = randomInt(list.size)
    if (await insertCredential(tx, { ...credential, statusListId: list.id, statusIndex })) {
      await countAllocation(tx, list.id)
      return
    }
  }
  throw new WeftError(requestErrors.unavailable, { detail: `no free index found in status list ${list.id}` })
}

async function openList(tx: Transaction, now: Date): Promise<{ readonly id: string; readonly size: number }> {
  const list = { id: randomUUID(), bits: createStatusBits(minimumStatusListEntries) }
  await insertList(tx, list, now)
  return { id: list.id, size: minimumStatusListEntries }
}

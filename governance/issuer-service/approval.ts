import { randomUUID } from 'node:crypto'
import type { Transaction } from '@weft/foundation/database'
import { issuerErrors } from './domain/errors.ts'
import { type ApprovedCredential, decideIssuance, type IssuanceDecision } from './domain/issuance.ts'
import { allocatePlaces } from './status-places.ts'
import { insertCredential } from './store/credentials.ts'
import { readHolder } from './store/holders.ts'
import type { Issuance } from './store/issuances.ts'
import { readAttestations, readDefinitions } from './store/offerings.ts'

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
  // One order of profiles, so that two requests never wait for each other's lists.
  const ordered = [...approved].sort((a, b) => (a.definition.format < b.definition.format ? -1 : 1))
  for (const { definition, subject } of ordered) {
    const id = randomUUID()
    await insertCredential(tx, {
      id,
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
    })
    await allocatePlaces(tx, id, definition, now)
  }
}

import type { ParticipantContextId } from '@weft/foundation/access'
import { json, type Transaction } from '@weft/foundation/database'
import type { Did, DidService, PublicJwk } from '@weft/protocols/trust'
import type { KeyPair } from '../domain/key-pair.ts'
import type { DidHosting, Participant, ParticipantSummary } from '../domain/participant.ts'
import { type KeyPairJson, keyPairOf, keyPairsOf } from './key-pairs.ts'

interface SummaryRow {
  readonly participant_context_id: ParticipantContextId
  readonly did: Did
  readonly did_hosting: DidHosting
  readonly active: boolean
  readonly created_at: Date
  readonly modified_at: Date
}

interface ParticipantRow extends SummaryRow {
  readonly services: readonly DidService[]
  readonly manifest_digest: string
  readonly sts_secret_name: string | null
}

interface PublishedKey {
  readonly kid: string
  readonly publicJwk: PublicJwk
}

const columns =
  'participant_context_id, did, did_hosting, active, services, manifest_digest, sts_secret_name, created_at, modified_at'

/** Adds a participant; false when its id or its DID is taken, by whomever. */
export async function insertParticipant(tx: Transaction, participant: Participant): Promise<boolean> {
  const touched = await tx.run(
    `insert into identity_hub.participant (${columns}) values ($1, $2, $3, $4, $5::jsonb, $6, $7, $8, $9)
     on conflict do nothing`,
    [
      participant.participantContextId,
      participant.did,
      participant.didHosting,
      participant.active,
      json(participant.services),
      participant.manifestDigest,
      participant.stsSecretName,
      participant.createdAt,
      participant.modifiedAt,
    ],
  )
  return touched > 0
}

export async function findParticipant(tx: Transaction, id: ParticipantContextId): Promise<Participant | undefined> {
  const row = await tx.one<ParticipantRow>(
    `select ${columns} from identity_hub.participant where participant_context_id = $1`,
    [id],
  )
  return row && participantOf(row)
}

/** Participants of all contexts, oldest first; in a system transaction. */
export async function listParticipants(
  tx: Transaction,
  page: { readonly offset: number; readonly limit: number },
): Promise<ParticipantSummary[]> {
  const rows = await tx.rows<SummaryRow>(
    `select participant_context_id, did, did_hosting, active, created_at, modified_at from identity_hub.participant
     order by created_at, participant_context_id offset $1 limit $2`,
    [page.offset, page.limit],
  )
  return rows.map(summaryOf)
}

/** Returns whether there is such a participant. */
export async function setActive(
  tx: Transaction,
  id: ParticipantContextId,
  active: boolean,
  now: Date,
): Promise<boolean> {
  const touched = await tx.run(
    'update identity_hub.participant set active = $2, modified_at = $3 where participant_context_id = $1',
    [id, active, now],
  )
  return touched > 0
}

/** A participant with its keys, in one statement: what the hot path needs to know of its own context. */
export async function findParticipantWithKeys(
  tx: Transaction,
  id: ParticipantContextId,
): Promise<{ readonly participant: Participant; readonly keyPairs: readonly KeyPair[] } | undefined> {
  const row = await tx.one<ParticipantRow & { readonly key_pairs: readonly KeyPairJson[] }>(
    `select ${columns}, ${keyPairsOf('p')} as key_pairs
     from identity_hub.participant p where participant_context_id = $1`,
    [id],
  )
  return row && { participant: participantOf(row), keyPairs: row.key_pairs.map(keyPairOf) }
}

/** The context that has a DID; in a system transaction. */
export async function findContextOfDid(tx: Transaction, did: Did): Promise<ParticipantContextId | undefined> {
  const row = await tx.one<{ participant_context_id: ParticipantContextId }>(
    'select participant_context_id from identity_hub.participant where did = $1',
    [did],
  )
  return row?.participant_context_id
}

/** What the DID document of an active participant is made of, if we serve it so; in a system transaction. */
export async function findPublished(
  tx: Transaction,
  did: Did,
  hosting: DidHosting,
  now: number,
): Promise<{ readonly keys: readonly PublishedKey[]; readonly services: readonly DidService[] } | undefined> {
  return await tx.one<{ keys: readonly PublishedKey[]; services: readonly DidService[] }>(
    `select services, coalesce((
       select jsonb_agg(jsonb_build_object('kid', kid, 'publicJwk', public_jwk) order by position)
       from identity_hub.key_pair k where k.participant_context_id = p.participant_context_id
         and (state = 'ACTIVATED' or state = 'ROTATED' and published_until > $3)), '[]') as keys
     from identity_hub.participant p where did = $1 and did_hosting = $2 and active`,
    [did, hosting, new Date(now)],
  )
}

/** Removes every row that the hub keeps of a context, those of the process engine too: a task that is gone never runs. */
export async function eraseContext(tx: Transaction, id: ParticipantContextId): Promise<void> {
  for (const table of tenantTables) {
    await tx.run(`delete from identity_hub.${table} where participant_context_id = $1`, [id])
  }
}

const tenantTables = [
  'process_task',
  'process_history',
  'outbox',
  'received_offer',
  'seen_token',
  'held_credential',
  'credential_request',
  'key_pair',
  'participant',
] as const

function participantOf(row: ParticipantRow): Participant {
  return {
    ...summaryOf(row),
    services: row.services,
    manifestDigest: row.manifest_digest,
    stsSecretName: row.sts_secret_name,
  }
}

function summaryOf(row: SummaryRow): ParticipantSummary {
  return {
    participantContextId: row.participant_context_id,
    did: row.did,
    didHosting: row.did_hosting,
    active: row.active,
    createdAt: row.created_at,
    modifiedAt: row.modified_at,
  }
}

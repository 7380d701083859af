import type { ParticipantContextId } from '@weft/foundation/access'
import type { Transaction } from '@weft/foundation/database'
import type { JsonObject } from '@weft/foundation/processes'
import type { DataspaceDirectory } from '../dataspace-directory.ts'
import type { DataspaceProfile, ProfileScopes } from '../domain/dataspace-profile.ts'
import type { ParticipantContext } from '../domain/participant.ts'
import { type ContextRow, contextColumns, contextOfRow } from './participants.ts'
import { contextOf } from './rows.ts'

/** One of our participants under one of its profiles: who a message is for, or who sends one. */
export interface Addressed {
  readonly context: ParticipantContext
  readonly profile: DataspaceProfile
  readonly scopes: ProfileScopes
}

/** A context with the names of the profiles that it takes part in. */
export interface OwnContext {
  readonly context: ParticipantContext
  readonly profiles: readonly string[]
}

/** The context of a tenant transaction under a profile that it takes part in; one statement. */
export async function findAddressed(
  tx: Transaction,
  directory: DataspaceDirectory,
  profileName: string,
): Promise<Addressed | undefined> {
  const profile = directory.profile(profileName)
  if (!profile) return undefined
  const row = await tx.one<ContextRow>(
    `select ${contextColumns} from control_plane.participant_context c
     where participant_context_id = $1 and exists (select from control_plane.participant_profile where profile = $2)`,
    [contextOf(tx), profileName],
  )
  return row && { context: contextOfRow(row), profile, scopes: directory.scopesOf(profileName) }
}

/** The context of a tenant transaction with all of its profiles; one statement. */
export async function findOwnContext(tx: Transaction): Promise<OwnContext | undefined> {
  const row = await tx.one<ContextRow & { readonly profiles: readonly string[] }>(
    `select ${contextColumns}, array(select profile from control_plane.participant_profile) as profiles
     from control_plane.participant_context where participant_context_id = $1`,
    [contextOf(tx)],
  )
  return row && { context: contextOfRow(row), profiles: row.profiles }
}

/** What `withOwner` adds to the row of a process: null where the context has no part in the profile any more. */
export interface OwnerRow {
  readonly own_identity: string | null
  readonly own_properties: JsonObject
  readonly own_state: string
  readonly own_created_at: Date
}

/** A process with the context that it is of, as one statement. `process` has a column `profile`; `context` is a placeholder. */
export function withOwner(process: string, context: string): string {
  return `select process.*, own.* from (${process}) as process left join lateral (
      select identity as own_identity, properties as own_properties, state as own_state, created_at as own_created_at
      from control_plane.participant_context where participant_context_id = ${context}
        and exists (select from control_plane.participant_profile as part where part.profile = process.profile)
    ) as own on true`
}

/** Who the process of a row is of, under its profile. */
export function ownerOfRow(
  row: OwnerRow & { readonly profile: string },
  contextId: ParticipantContextId,
  directory: DataspaceDirectory,
): Addressed | undefined {
  const profile = directory.profile(row.profile)
  if (!profile || row.own_identity === null) return undefined
  const context = contextOfRow({
    participant_context_id: contextId,
    identity: row.own_identity,
    properties: row.own_properties,
    state: row.own_state,
    created_at: row.own_created_at,
  })
  return { context, profile, scopes: directory.scopesOf(row.profile) }
}

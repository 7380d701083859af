import type { Transaction } from '@weft/foundation/database'
import type { JsonObject } from '@weft/foundation/processes'
import type { Did } from '@weft/protocols/trust'
import { participantContextId } from '@weft/foundation/access'
import { type DataspaceProfile, type ProfileScopes, scopesOfProfile } from '../domain/dataspace-profile.ts'
import type { ContextState, ParticipantContext } from '../domain/participant.ts'
import { type ProfileRow, profileOfRow, type ScopeRow, scopeOfRow } from './profiles.ts'
import { contextOf } from './rows.ts'

/** One of our participants under one of its profiles: who a message is for, or who sends one. */
export interface Addressed {
  readonly context: ParticipantContext
  readonly profile: DataspaceProfile
  readonly scopes: ProfileScopes
}

interface AddressedRow extends ProfileRow {
  readonly participant_context_id: string
  readonly identity: string
  readonly properties: JsonObject
  readonly state: string
  readonly context_created_at: Date
  readonly scopes: readonly ScopeRow[]
}

/** The context of a tenant transaction under a profile that it takes part in; one statement. */
export async function findAddressed(tx: Transaction, profile: string): Promise<Addressed | undefined> {
  const row = await tx.one<AddressedRow>(
    `select c.participant_context_id, c.identity, c.properties, c.state, c.created_at as context_created_at,
       p.name, p.definition, p.created_at,
       (select coalesce(jsonb_agg(to_jsonb(s) order by s.created_at, s.id), '[]'::jsonb)
        from control_plane.dcp_scope s where s.profile in ('*', p.name)) as scopes
     from control_plane.participant_context c
     join control_plane.participant_profile a on a.participant_context_id = c.participant_context_id
     join control_plane.dataspace_profile p on p.name = a.profile
     where c.participant_context_id = $1 and a.profile = $2`,
    [contextOf(tx), profile],
  )
  if (!row) return undefined
  return {
    context: {
      id: participantContextId(row.participant_context_id),
      identity: row.identity as Did,
      properties: row.properties,
      state: row.state as ContextState,
      createdAt: row.context_created_at,
    },
    profile: profileOfRow(row),
    scopes: scopesOfProfile(row.scopes.map(scopeOfRow), row.name),
  }
}

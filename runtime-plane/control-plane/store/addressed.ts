import type { Transaction } from '@weft/foundation/database'
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

import { json, type Transaction } from '@weft/foundation/database'
import type { DataspaceProfile, DcpScope } from '../domain/dataspace-profile.ts'
import type { Query } from '../domain/query.ts'
import { queryOverColumns } from './query-sql.ts'
import { contextOf } from './rows.ts'

type ProfileDefinition = Omit<DataspaceProfile, 'name' | 'createdAt'>

interface ProfileRow {
  readonly name: string
  readonly definition: ProfileDefinition
  readonly created_at: Date
}

interface ScopeRow {
  readonly id: string
  readonly type: 'DEFAULT' | 'POLICY'
  readonly value: string
  readonly profile: string
  readonly prefix_mapping: string | null
}

/** Stores a new profile; gives back the one with its name when there is one. In a system transaction. */
export async function insertProfile(
  tx: Transaction,
  profile: Omit<DataspaceProfile, 'createdAt'>,
): Promise<{ readonly created: boolean; readonly profile: DataspaceProfile }> {
  const { name, ...definition } = profile
  const row = await tx.one<ProfileRow>(
    `insert into control_plane.dataspace_profile (name, definition) values ($1, $2::jsonb)
     on conflict (name) do nothing returning name, definition, created_at`,
    [name, json(definition)],
  )
  if (row) return { created: true, profile: profileOfRow(row) }
  const existing = await findProfile(tx, name)
  if (!existing) throw new Error('a profile that is there was not found')
  return { created: false, profile: existing }
}

export async function findProfile(tx: Transaction, name: string): Promise<DataspaceProfile | undefined> {
  const row = await tx.one<ProfileRow>(
    'select name, definition, created_at from control_plane.dataspace_profile where name = $1',
    [name],
  )
  return row && profileOfRow(row)
}

/** Replaces a profile's definition; false when there is none. In a system transaction. */
export async function updateProfile(tx: Transaction, profile: Omit<DataspaceProfile, 'createdAt'>): Promise<boolean> {
  const { name, ...definition } = profile
  const changed = await tx.run('update control_plane.dataspace_profile set definition = $2::jsonb where name = $1', [
    name,
    json(definition),
  ])
  return changed > 0
}

export async function queryProfiles(tx: Transaction, query: Query): Promise<DataspaceProfile[]> {
  const sql = queryOverColumns(query, { name: 'name', createdAt: 'created_at' })
  // The sort needs an id; a profile's name is one.
  const rows = await tx.rows<ProfileRow>(
    `select name, definition, created_at from (select *, name as id from control_plane.dataspace_profile) p${sql.text}`,
    sql.params,
  )
  return rows.map(profileOfRow)
}

/** Whether a context takes part in the profile. In a system transaction. */
export async function isProfileAssociated(tx: Transaction, name: string): Promise<boolean> {
  const row = await tx.one<{ used: boolean }>(
    'select exists (select profile from control_plane.participant_profile where profile = $1) as used',
    [name],
  )
  return row?.used === true
}

export async function deleteProfile(tx: Transaction, name: string): Promise<boolean> {
  return (await tx.run('delete from control_plane.dataspace_profile where name = $1', [name])) > 0
}

/** Every profile of the deployment. In a system transaction. */
export async function allProfiles(tx: Transaction): Promise<DataspaceProfile[]> {
  const rows = await tx.rows<ProfileRow>('select name, definition, created_at from control_plane.dataspace_profile')
  return rows.map(profileOfRow)
}

/** Every scope of the deployment, oldest first. In a system transaction. */
export async function allScopes(tx: Transaction): Promise<DcpScope[]> {
  const rows = await tx.rows<ScopeRow>(
    'select id, type, value, profile, prefix_mapping from control_plane.dcp_scope order by created_at, id',
  )
  return rows.map(scopeOfRow)
}

/** The names of the profiles that a context takes part in, in the order in which they were given. */
export async function associatedProfiles(tx: Transaction): Promise<string[]> {
  const rows = await tx.rows<{ profile: string }>(
    'select profile from control_plane.participant_profile order by position',
  )
  return rows.map((row) => row.profile)
}

/** Replaces the profiles that a context takes part in; the names are known. */
export async function associateProfiles(tx: Transaction, names: readonly string[]): Promise<void> {
  await tx.run('delete from control_plane.participant_profile where participant_context_id = $1', [contextOf(tx)])
  await tx.run(
    `insert into control_plane.participant_profile (participant_context_id, profile, position)
     select $1, name #>> '{}', position from jsonb_array_elements($2::jsonb) with ordinality as given (name, position)`,
    [contextOf(tx), json([...new Set(names)])],
  )
}

/** Stores a new scope; false when its id is taken. In a system transaction. */
export async function insertScope(tx: Transaction, scope: DcpScope): Promise<boolean> {
  const inserted = await tx.run(
    `insert into control_plane.dcp_scope (id, type, value, profile, prefix_mapping)
     values ($1, $2, $3, $4, $5) on conflict (id) do nothing`,
    [scope.id, scope.type, scope.value, scope.profile, scope.prefixMapping],
  )
  return inserted > 0
}

/** Replaces a scope; false when there is none. In a system transaction. */
export async function updateScope(tx: Transaction, scope: DcpScope): Promise<boolean> {
  const changed = await tx.run(
    `update control_plane.dcp_scope set type = $2, value = $3, profile = $4, prefix_mapping = $5 where id = $1`,
    [scope.id, scope.type, scope.value, scope.profile, scope.prefixMapping],
  )
  return changed > 0
}

export async function findScope(tx: Transaction, id: string): Promise<DcpScope | undefined> {
  const row = await tx.one<ScopeRow>(
    'select id, type, value, profile, prefix_mapping from control_plane.dcp_scope where id = $1',
    [id],
  )
  return row && scopeOfRow(row)
}

export async function queryScopes(tx: Transaction, query: Query): Promise<DcpScope[]> {
  const sql = queryOverColumns(query, {
    id: 'id',
    type: 'type',
    value: 'value',
    profile: 'profile',
    prefixMapping: 'prefix_mapping',
    createdAt: 'created_at',
  })
  const rows = await tx.rows<ScopeRow>(
    `select id, type, value, profile, prefix_mapping from control_plane.dcp_scope${sql.text}`,
    sql.params,
  )
  return rows.map(scopeOfRow)
}

export async function deleteScope(tx: Transaction, id: string): Promise<boolean> {
  return (await tx.run('delete from control_plane.dcp_scope where id = $1', [id])) > 0
}

function profileOfRow(row: ProfileRow): DataspaceProfile {
  return { name: row.name, ...row.definition, createdAt: row.created_at }
}

function scopeOfRow(row: ScopeRow): DcpScope {
  return { id: row.id, type: row.type, value: row.value, profile: row.profile, prefixMapping: row.prefix_mapping }
}

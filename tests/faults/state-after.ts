import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import type { Acknowledged } from './acknowledged.ts'
import { invariants } from './invariants.ts'

/**
 * Reads the tables of a platform that has stopped, past every row-level policy, and says what is wrong: which invariant
 * is broken by which rows, and what was acknowledged and is not there.
 */
export async function problemsOf(state: string, acknowledged: readonly Acknowledged[]): Promise<string[]> {
  return reading(state, async (db) => [...(await brokenInvariants(db)), ...(await lost(db, acknowledged))])
}

/** Does damage to the tables that no other reader sees, and gives what is found broken then. */
export async function problemsAfter(state: string, damages: readonly string[]): Promise<string[][]> {
  return reading(state, async (db) => {
    // Neither foreign keys nor triggers hinder the damage.
    await db.exec('set session_replication_role = replica')
    const found: string[][] = []
    for (const damage of damages) {
      await db.transaction(async (tx) => {
        await tx.exec(damage)
        found.push(await brokenInvariants(tx))
        await tx.rollback()
      })
    }
    return found
  })
}

async function reading<T>(state: string, read: (db: PGlite) => Promise<T>): Promise<T> {
  const db = await PGlite.create({ dataDir: join(state, 'database', 'data') })
  try {
    return await read(db)
  } finally {
    await db.close()
  }
}

async function brokenInvariants(db: Pick<PGlite, 'query'>): Promise<string[]> {
  const problems: string[] = []
  for (const { says, offenders } of invariants) {
    const { rows } = await db.query(offenders)
    if (rows.length > 0) problems.push(`${says}; but: ${JSON.stringify(rows.slice(0, 5))}`)
  }
  return problems
}

async function lost(db: PGlite, acknowledged: readonly Acknowledged[]): Promise<string[]> {
  const problems: string[] = []
  for (const what of acknowledged) {
    const kept = whereKept(what)
    if (kept === undefined) continue
    const [sql, parameters] = kept
    const { rows } = await db.query(`select from ${sql}`, parameters)
    if (rows.length !== 1) problems.push(`${what.operation} gave ${what.id}, and ${rows.length} of it are there`)
  }
  return problems
}

/** The table and the condition that find what an operation made. */
const places: Readonly<Record<string, string | undefined>> = {
  'POST /activity-definitions': 'provision_manager.activity_definition where type = $1',
  'POST /orchestration-definitions': 'provision_manager.orchestration_definition where template_ref = $1',
  'POST /participants': 'issuer_service.issuer where participant_context_id = $1',
  'POST /dataspaceprofiles': 'control_plane.dataspace_profile where name = $1',
  'POST /dcpscopes': 'control_plane.dcp_scope where id = $1',
  'POST /cells': 'tenant_manager.cell where id = $1',
  'POST /dataspace-profiles': 'tenant_manager.dataspace_profile where id = $1',
  'POST /dataspace-profiles/{id}/deployments':
    'tenant_manager.dataspace_profile where id = $1 and jsonb_array_length(deployments) = 1',
  'POST /tenants': 'tenant_manager.tenant where id = $1',
  'POST /tenants/{tenantId}/participant-profiles': 'tenant_manager.participant_profile where id = $1',
  'POST /clients/{clientId}/secret': 'identity_provider.client where client_id = $1 and secret_hash is not null',
}

/** Of these, a context has its own: `$2` is the context. */
const placesInContext: Readonly<Record<string, string | undefined>> = {
  attestations: 'issuer_service.attestation where id = $1',
  credentialdefinitions: 'issuer_service.credential_definition where id = $1',
  'credentials/{id}/revoke': 'issuer_service.issued_credential where id = $1 and revoked_at is not null',
  assets: 'control_plane.asset where id = $1',
  policydefinitions: 'control_plane.policy_definition where id = $1',
  contractdefinitions: 'control_plane.contract_definition where id = $1',
  contractnegotiations: 'control_plane.contract_negotiation where id = $1',
  transferprocesses: 'control_plane.transfer_process where id = $1',
  'transferprocesses/{id}/terminate': `control_plane.transfer_process where id = $1 and state = 'TERMINATED'`,
}

/** Questions: they are answered with what is there, and make nothing. */
const questions = /(\/query|\/request)$/

function whereKept({ operation, url, id }: Acknowledged): [string, unknown[]] | undefined {
  if (questions.test(operation)) return undefined
  const own = places[operation]
  if (own !== undefined) return [own, [id]]
  const context = /\/participants\/([^/]+)\//.exec(url)?.[1]
  const inContext = placesInContext[operation.replace('POST /participants/{participantContextId}/', '')]
  if (inContext === undefined) throw new Error(`Where does ${operation} keep what it makes?`)
  return [`${inContext} and participant_context_id = $2`, [id, context]]
}

import type { ServiceDatabase, Transaction } from '@weft/foundation/database'
import type { Logger } from '@weft/foundation/telemetry'
import { type AssetSemantics, anySemantics, compileAssetSchema } from './domain/asset-semantics.ts'
import {
  type DataspaceProfile,
  type DcpScope,
  type ProfileScopes,
  scopesOfProfile,
} from './domain/dataspace-profile.ts'
import { allProfiles, allScopes } from './store/profiles.ts'

/**
 * The dataspace profiles and scopes of the deployment, in memory: they are few, belong to no participant and are needed for
 * every message. A change is announced, so that every replica reads them anew at once.
 */
export interface DataspaceDirectory {
  profile(name: string): DataspaceProfile | undefined
  scopesOf(profile: string): ProfileScopes
  /** What the profile demands of the assets that are offered under it. */
  semanticsOf(profile: string): AssetSemantics
  /** Runs a change and makes it known: here before it returns, to other replicas by a notification. */
  change<T>(purpose: string, work: (tx: Transaction) => Promise<T>): Promise<T>
  start(): Promise<void>
  stop(): Promise<void>
}

const channel = 'control_plane_dataspaces'
const retryMs = 1000

/** A directory over the service's tables. */
export function createDataspaceDirectory(database: ServiceDatabase, logger: Logger): DataspaceDirectory {
  let profiles: ReadonlyMap<string, DataspaceProfile> = new Map()
  let scopes: readonly DcpScope[] = []
  let semantics: ReadonlyMap<string, AssetSemantics> = new Map()
  let stopListening: (() => Promise<void>) | undefined
  let retry: NodeJS.Timeout | undefined

  let begun = 0
  let shown = 0

  const load = async (): Promise<void> => {
    begun += 1
    const turn = begun
    const read = await database.system('control-plane.read-dataspaces', async (tx) => ({
      profiles: await allProfiles(tx),
      scopes: await allScopes(tx),
    }))
    // A read that began earlier and took longer may not know what a later one has found.
    if (turn < shown) return
    shown = turn
    profiles = new Map(read.profiles.map((profile) => [profile.name, profile]))
    scopes = read.scopes
    semantics = new Map(read.profiles.map((profile) => [profile.name, semanticsOfProfile(profile, logger)]))
  }
  const reload = (): void => {
    load().catch((error: unknown) => {
      logger.warn('dataspace profiles could not be read; trying again in a second', { error })
      clearTimeout(retry)
      retry = setTimeout(reload, retryMs).unref()
    })
  }
  return {
    profile: (name) => profiles.get(name),
    scopesOf: (profile) => scopesOfProfile(scopes, profile),
    semanticsOf: (profile) => semantics.get(profile) ?? anySemantics,
    change: async (purpose, work) => {
      const result = await database.system(purpose, async (tx) => {
        const done = await work(tx)
        await tx.run('select pg_notify($1, $2)', [channel, ''])
        return done
      })
      await load()
      return result
    },
    start: async () => {
      stopListening = await database.listen(channel, reload)
      await load()
    },
    stop: async () => {
      clearTimeout(retry)
      await stopListening?.()
    },
  }
}

/** A schema is refused when it is stored; one that cannot be read all the same lets nothing pass. */
function semanticsOfProfile({ name, assetSchema }: DataspaceProfile, logger: Logger): AssetSemantics {
  if (assetSchema === undefined) return anySemantics
  try {
    return compileAssetSchema(assetSchema, 'assetSchema')
  } catch (error) {
    logger.error('the asset schema of a dataspace profile cannot be used', { profile: name, error })
    return () => ['/ cannot be checked, because the schema of the dataspace profile is unusable']
  }
}

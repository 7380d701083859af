import type { ServiceDatabase, Transaction } from '@weft/foundation/database'
import type { Logger } from '@weft/foundation/telemetry'
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
  let stopListening: (() => Promise<void>) | undefined
  let retry: NodeJS.Timeout | undefined

  const load = async (): Promise<void> => {
    const read = await database.system('control-plane.read-dataspaces', async (tx) => ({
      profiles: await allProfiles(tx),
      scopes: await allScopes(tx),
    }))
    profiles = new Map(read.profiles.map((profile) => [profile.name, profile]))
    scopes = read.scopes
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

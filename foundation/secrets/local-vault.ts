import type { ParticipantContextId } from '../access/index.ts'
import { type Database, databaseErrors, type ServiceDatabase } from '../database/index.ts'
import { WeftError } from '../errors/index.ts'
import { secretErrors } from './errors.ts'
import { vaultMigrations, vaultSchema } from './migrations.ts'
import type { SecretPartition, Vault, VaultAdministration } from './port.ts'
import { type Sealed, Sealing } from './sealing.ts'

const nameShape = /^[A-Za-z0-9._:/-]{1,300}$/
const foreignKeyViolation = '23503'

/**
 * A vault over tables of the schema `vault`: values are encrypted with AES-256-GCM, bound to context, name and key.
 * @throws `secrets.unreadable` when the tables hold secrets of another key.
 */
export async function createLocalVault(options: {
  readonly database: Database
  /** As `loadVaultKey` returns it. */
  readonly key: Uint8Array
}): Promise<Vault & VaultAdministration> {
  const sealing = new Sealing(options.key)
  const database = await options.database.forService(vaultSchema, vaultMigrations)
  const foreign = await database.system('vault.key-check', (tx) =>
    tx.one('select 1 as found from vault.secret where key_version <> $1 limit 1', [sealing.keyVersion]),
  )
  if (foreign) {
    throw new WeftError(secretErrors.unreadable, {
      message: 'The vault holds secrets of another key. Start with the key file that was used before.',
    })
  }
  return new LocalVault(database, sealing)
}

class LocalVault implements Vault, VaultAdministration {
  readonly #database: ServiceDatabase
  readonly #sealing: Sealing

  constructor(database: ServiceDatabase, sealing: Sealing) {
    this.#database = database
    this.#sealing = sealing
  }

  partition(contextId: ParticipantContextId): SecretPartition {
    return {
      put: (name, value) => this.#put(contextId, name, value),
      get: (name) => this.#get(contextId, name),
      delete: async (name) => {
        await this.#database.tenant(contextId, (tx) =>
          tx.run('delete from vault.secret where name = $1', [checked(name)]),
        )
      },
    }
  }

  async openPartition(client: {
    readonly clientId: string
    readonly participantContextId: ParticipantContextId
  }): Promise<void> {
    const { clientId, participantContextId } = client
    try {
      await this.#database.tenant(participantContextId, async (tx) => {
        await tx.run(
          'insert into vault.client (participant_context_id, client_id) values ($1, $2) on conflict (participant_context_id) do nothing',
          [participantContextId, clientId],
        )
        const standing = await tx.one<{ client_id: string }>('select client_id from vault.client')
        if (standing?.client_id !== clientId) throw new WeftError(secretErrors['client-conflict'])
      })
    } catch (error) {
      if (error instanceof WeftError && error.entry === databaseErrors.duplicate) {
        throw new WeftError(secretErrors['client-conflict'], { cause: error })
      }
      throw error
    }
  }

  async closePartition(clientId: string): Promise<void> {
    const client = await this.#database.system('vault.client-look-up', (tx) =>
      tx.one<{ context: ParticipantContextId }>(
        'select participant_context_id as context from vault.client where client_id = $1',
        [clientId],
      ),
    )
    if (!client) return
    // The secrets go with their client.
    await this.#database.tenant(client.context, (tx) =>
      tx.run('delete from vault.client where client_id = $1', [clientId]),
    )
  }

  async #put(participantContextId: ParticipantContextId, name: string, value: string): Promise<void> {
    const { nonce, ciphertext } = this.#sealing.seal({ participantContextId, name: checked(name) }, value)
    try {
      await this.#database.tenant(participantContextId, (tx) =>
        tx.run(
          `insert into vault.secret (participant_context_id, name, key_version, nonce, ciphertext)
           values ($1, $2, $3, $4, $5)
           on conflict (participant_context_id, name) do update
             set key_version = excluded.key_version, nonce = excluded.nonce, ciphertext = excluded.ciphertext, changed_at = now()`,
          [participantContextId, name, this.#sealing.keyVersion, nonce, ciphertext],
        ),
      )
    } catch (error) {
      if ((error as { code?: unknown }).code === foreignKeyViolation)
        throw new WeftError(secretErrors['partition-closed'])
      throw error
    }
  }

  async #get(participantContextId: ParticipantContextId, name: string): Promise<string | undefined> {
    const sealed = await this.#database.tenant(participantContextId, (tx) =>
      tx.one<Sealed>('select nonce, ciphertext from vault.secret where name = $1', [checked(name)]),
    )
    return sealed && this.#sealing.open({ participantContextId, name }, sealed)
  }
}

function checked(name: string): string {
  if (!nameShape.test(name)) throw new Error('a secret is named by 1 to 300 letters, digits, "/", ".", ":", "_" or "-"')
  return name
}

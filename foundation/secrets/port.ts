import type { ParticipantContextId } from '../access/index.ts'

/** One participant context's secrets. Names start with the service they belong to: `identity-hub/key/<id>`. */
export interface SecretPartition {
  /** Stores or replaces. @throws `secrets.partition-closed` without an active vault client for the context. */
  put(name: string, value: string): Promise<void>
  get(name: string): Promise<string | undefined>
  delete(name: string): Promise<void>
}

export interface Vault {
  partition(contextId: ParticipantContextId): SecretPartition
}

/**
 * Vault clients: the identity under which a context's partition is reached, apart from its API client. A partition
 * exists while its client does; there is no shared partition to fall back to.
 */
export interface VaultAdministration {
  /** Idempotent for the same pair. @throws `secrets.client-conflict` when the client or the context is taken by another. */
  openPartition(client: {
    readonly clientId: string
    readonly participantContextId: ParticipantContextId
  }): Promise<void>
  /** Deletes the client and every secret of its partition; unknown clients are fine. */
  closePartition(clientId: string): Promise<void>
}

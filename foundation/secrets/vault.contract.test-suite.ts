import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ParticipantContextId, participantContextId } from '../access/index.ts'
import type { SecretPartition, Vault, VaultAdministration } from './port.ts'

export interface VaultUnderTest {
  readonly vault: Vault & VaultAdministration
  close(): Promise<void>
}

/** What every adapter of the vault port must do. */
export function vaultContract(name: string, open: () => Promise<VaultUnderTest>): void {
  describe(`vault contract: ${name}`, () => {
    let tested: VaultUnderTest
    beforeAll(async () => {
      tested = await open()
    })
    afterAll(() => tested?.close())

    const newContext = (): ParticipantContextId => participantContextId(randomUUID().replaceAll('-', ''))
    const clientOf = (contextId: ParticipantContextId): string => `${contextId}-vault`

    async function openOne(contextId = newContext()): Promise<SecretPartition> {
      await tested.vault.openPartition({ clientId: clientOf(contextId), participantContextId: contextId })
      return tested.vault.partition(contextId)
    }

    it('returns any text as it was put', async () => {
      const partition = await openOne()
      await fc.assert(
        fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 300 }), async (value) => {
          await partition.put('control-plane/some', value)
          expect(await partition.get('control-plane/some')).toBe(value)
        }),
        { numRuns: 40 },
      )
    })

    it('replaces, deletes, and knows nothing of other names', async () => {
      const partition = await openOne()
      await partition.put('identity-hub/key/1', 'first')
      await partition.put('identity-hub/key/1', 'second')
      expect(await partition.get('identity-hub/key/1')).toBe('second')
      expect(await partition.get('identity-hub/key/2')).toBeUndefined()
      await partition.delete('identity-hub/key/1')
      await partition.delete('identity-hub/key/1')
      expect(await partition.get('identity-hub/key/1')).toBeUndefined()
    })

    it('keeps contexts apart: the same name is another secret, or none', async () => {
      const [mine, theirs] = [await openOne(), await openOne()]
      await mine.put('a/b', 'mine')
      expect(await theirs.get('a/b')).toBeUndefined()
      await theirs.put('a/b', 'theirs')
      expect(await mine.get('a/b')).toBe('mine')
      await theirs.delete('a/b')
      expect(await mine.get('a/b')).toBe('mine')
    })

    it('keeps no secret for a context without a vault client', async () => {
      const contextId = newContext()
      const partition = tested.vault.partition(contextId)
      await expect(partition.put('a/b', 'value')).rejects.toMatchObject({ code: 'secrets.partition-closed' })
      expect(await partition.get('a/b')).toBeUndefined()
      await openOne(contextId)
      await partition.put('a/b', 'value')
      expect(await partition.get('a/b')).toBe('value')
    })

    it('opens the same partition again without harm', async () => {
      const contextId = newContext()
      const partition = await openOne(contextId)
      await partition.put('a/b', 'value')
      await openOne(contextId)
      expect(await partition.get('a/b')).toBe('value')
    })

    it('refuses a client for two contexts, and a context for two clients', async () => {
      const [one, other] = [newContext(), newContext()]
      await openOne(one)
      const taken = { code: 'secrets.client-conflict', status: 409 }
      await expect(
        tested.vault.openPartition({ clientId: clientOf(one), participantContextId: other }),
      ).rejects.toMatchObject(taken)
      await expect(
        tested.vault.openPartition({ clientId: clientOf(other), participantContextId: one }),
      ).rejects.toMatchObject(taken)
      await openOne(other)
    })

    it('closes a partition with everything in it, and may be asked to twice', async () => {
      const contextId = newContext()
      const partition = await openOne(contextId)
      await partition.put('a/b', 'value')
      await tested.vault.closePartition(clientOf(contextId))
      await tested.vault.closePartition(clientOf(contextId))
      await expect(partition.put('a/c', 'value')).rejects.toMatchObject({ code: 'secrets.partition-closed' })
      await openOne(contextId)
      expect(await partition.get('a/b')).toBeUndefined()
    })

    it('takes names of harmless letters only', async () => {
      const partition = await openOne()
      for (const bad of ['', 'a b', 'a\n', 'x'.repeat(301)])
        await expect(partition.put(bad, 'value')).rejects.toThrow('named by')
    })
  })
}

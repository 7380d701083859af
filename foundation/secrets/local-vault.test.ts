import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { participantContextId } from '../access/index.ts'
import type { Database, ServiceDatabase } from '../database/index.ts'
import { expectTenantIsolation, openTestDatabase, overEachEngine } from '../database-testing/index.ts'
import { createLocalVault, type Vault, type VaultAdministration } from './index.ts'
import { vaultMigrations } from './migrations.ts'
import { vaultContract } from './vault.contract.test-suite.ts'

const alice = participantContextId('alice')
const bob = participantContextId('bob')

overEachEngine('local vault', (engine) => {
  vaultContract('encrypted local store', async () => {
    const database = await openTestDatabase(engine)
    return { vault: await createLocalVault({ database, key: randomBytes(32) }), close: () => database.close() }
  })

  let database: Database
  let tables: ServiceDatabase
  let vault: Vault & VaultAdministration

  beforeAll(async () => {
    database = await openTestDatabase(engine)
    vault = await createLocalVault({ database, key: randomBytes(32) })
    tables = await database.forService('vault', vaultMigrations)
    for (const context of [alice, bob]) {
      await vault.openPartition({ clientId: `${context}-vault`, participantContextId: context })
      await vault.partition(context).put('identity-hub/key/1', 'the secret value')
    }
  })
  afterAll(() => database?.close())

  it('keeps every tenant table inside one context', async () => {
    expect(await expectTenantIsolation(tables, [alice, bob])).toEqual(['client', 'secret'])
  })

  it('stores no plain text, and other bytes each time', async () => {
    const stored = (): Promise<{ nonce: Buffer; ciphertext: Buffer } | undefined> =>
      tables.tenant(alice, (tx) => tx.one('select nonce, ciphertext from vault.secret'))
    const first = await stored()
    await vault.partition(alice).put('identity-hub/key/1', 'the secret value')
    const second = await stored()
    expect(first?.ciphertext.includes('secret')).toBe(false)
    expect(second?.ciphertext.equals(first?.ciphertext ?? Buffer.alloc(0))).toBe(false)
    expect(second?.nonce.equals(first?.nonce ?? Buffer.alloc(0))).toBe(false)
  })

  it('opens no ciphertext that was moved to another context or name, or changed', async () => {
    await vault.partition(alice).put('identity-hub/key/2', 'another value')
    const unreadable = { code: 'secrets.unreadable' }
    await tables.tenant(alice, (tx) =>
      tx.run(
        `update vault.secret set (nonce, ciphertext) =
           (select nonce, ciphertext from vault.secret where name = 'identity-hub/key/2') where name = 'identity-hub/key/1'`,
      ),
    )
    await expect(vault.partition(alice).get('identity-hub/key/1')).rejects.toMatchObject(unreadable)

    const [stolen] = await tables.tenant(bob, (tx) =>
      tx.rows<{ nonce: Buffer; ciphertext: Buffer }>('select * from vault.secret'),
    )
    await tables.tenant(alice, (tx) =>
      tx.run(`update vault.secret set nonce = $1, ciphertext = $2 where name = 'identity-hub/key/1'`, [
        stolen?.nonce,
        stolen?.ciphertext,
      ]),
    )
    await expect(vault.partition(alice).get('identity-hub/key/1')).rejects.toMatchObject(unreadable)

    await tables.tenant(alice, (tx) =>
      tx.run(
        `update vault.secret set ciphertext = set_byte(ciphertext, 0, 255 - get_byte(ciphertext, 0)) where name = 'identity-hub/key/2'`,
      ),
    )
    await expect(vault.partition(alice).get('identity-hub/key/2')).rejects.toMatchObject(unreadable)
    await vault.partition(alice).put('identity-hub/key/1', 'whole again')
    expect(await vault.partition(alice).get('identity-hub/key/1')).toBe('whole again')
  })

  it('refuses to start with another key than the one that its secrets need', async () => {
    await expect(createLocalVault({ database, key: randomBytes(32) })).rejects.toMatchObject({
      code: 'secrets.unreadable',
    })
  })
})

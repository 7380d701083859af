import { participantContextId } from '@weft/foundation/access'
import { openTestDatabase, overEachEngine } from '@weft/foundation/database-testing'
import { expect, test } from 'vitest'
import { readCredential } from './credentials.ts'
import { readIssuer } from './issuers.ts'
import { migrations, schema } from './migrations.ts'
import { readDefinitions } from './offerings.ts'
import { lastValidUntil, listKeys } from './signing-keys.ts'

const context = participantContextId('issuer')

overEachEngine('migrations', (engine) => {
  test('keep what an older release had issued: its key, its places in lists, its definitions', async () => {
    const database = await openTestDatabase(engine)
    try {
      const older = await database.forService(schema, migrations.slice(0, 2))
      await older.tenant(context, async (tx) => {
        const values = `('issuer', 'did:web:example.com:issuer', 'issuer', 'did:web:example.com:issuer#key-1', '{"kty": "EC"}', now())`
        await tx.run(`insert into ${schema}.issuer values ${values}`)
        await tx.run(`insert into ${schema}.credential_definition values ('issuer', 'd', 'T', '{"id": "d"}', now())`)
        await tx.run(
          `insert into ${schema}.status_list (participant_context_id, id, purpose, size, bits, created_at)
           values ('issuer', 'list', 'revocation', 131072, '\\x00', now())`,
        )
        await tx.run(
          `insert into ${schema}.issued_credential values ('issuer', 'c', 'p', 'd', 'h', 'urn:c', 'T', 'vc11-sl2021/jwt',
             'did:web:example.com:h', '{}', null, '[]', now(), now() + interval '1 day', 'list', 77, null)`,
        )
      })
      const newer = await database.forService(schema, migrations)
      await newer.tenant(context, async (tx) => {
        const kid = 'did:web:example.com:issuer#key-1'
        expect(await readIssuer(tx)).toMatchObject({ name: 'issuer', keyId: kid })
        expect(await listKeys(tx)).toMatchObject([{ kid, state: 'ACTIVE', algorithm: 'ES256' }])
        expect(await lastValidUntil(tx, kid)).toBeInstanceOf(Date)
        expect(await readCredential(tx, 'c')).toMatchObject({
          status: [{ kind: 'BitstringStatusList', purpose: 'revocation', listId: 'list', index: 77 }],
          suspendedAt: null,
        })
        expect(await readDefinitions(tx, ['d'])).toMatchObject([{ id: 'd', approval: 'automatic', suspendable: false }])
        const tasks = await tx.rows(`select name, process_id from ${schema}.process_task`)
        expect(tasks).toEqual([{ name: 'signing-key.rotate', process_id: kid }])
      })
    } finally {
      await database.close()
    }
  })
})

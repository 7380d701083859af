import { participantContextId } from '@weft/foundation/access'
import { migrations, schema } from '../store/migrations.ts'
import type { RunningIssuerService } from './run-issuer-service.ts'

/** Makes the tasks of a name in an issuer due that wait for a day far off, and wakes whoever runs them. */
export async function makeDue(service: RunningIssuerService, context: string, name: string): Promise<void> {
  const database = await service.database.forService(schema, migrations)
  await database.tenant(participantContextId(context), async (tx) => {
    await tx.run(`update ${schema}.process_task set due_at = now() where name = $1`, [name])
    await tx.run(`select pg_notify('weft_${schema}_task', 'made due')`)
  })
}

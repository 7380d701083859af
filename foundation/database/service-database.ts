import type { ParticipantContextId } from '../access/index.ts'
import { BrokenSession, type Engine } from './engine.ts'
import { toDatabaseFailure } from './failures.ts'
import { plainName, systemRole, tenantRole } from './fragments.ts'
import { migrate } from './migrations.ts'
import type { Database, Migration, ServiceDatabase } from './port.ts'
import { provision } from './provisioning.ts'
import { runTransaction } from './running-transaction.ts'

const contextShape = /^[A-Za-z0-9_-]{1,64}$/
const purposeShape = /^[A-Za-z0-9._-]{1,100}$/
const pingMs = 5_000

/** The port over an engine: everything that both engines have in common. */
export function databaseOver(engine: Engine): Database {
  return {
    engine: engine.kind,
    exclusive: engine.exclusive,
    forService: (schema, migrations) => serviceDatabase(engine, schema, migrations),
    async ping() {
      try {
        await engine.session((session) => session.script('select 1', { timeoutMs: pingMs }))
      } catch (error) {
        throw toDatabaseFailure(error instanceof BrokenSession ? error.cause : error)
      }
    },
    close: () => engine.close(),
  }
}

async function serviceDatabase(
  engine: Engine,
  schema: string,
  migrations: readonly Migration[],
): Promise<ServiceDatabase> {
  const asTenant = `begin; select set_config('role', '${tenantRole(plainName(schema))}', true)${engine.transactionSettings}`
  const asSystem = `begin; select set_config('role', '${systemRole(schema)}', true)${engine.transactionSettings}`
  const beginFor = (contextId: ParticipantContextId): string => {
    // The id goes into the text, since several statements in one round trip take no parameters.
    if (!contextShape.test(contextId)) throw new Error('not a participant context id')
    return `${asTenant}, set_config('weft.participant_context_id', '${contextId}', true)`
  }
  await provision(engine, schema)
  await migrate(engine, schema, migrations)
  return {
    schema,
    tenant: (contextId, work) => runTransaction(engine, { begin: beginFor(contextId), contextId }, work),
    tenantAtOnce: (contextId, work) =>
      runTransaction(engine, { begin: beginFor(contextId), contextId, atOnce: true }, work),
    system: (purpose, work) => {
      if (!purposeShape.test(purpose)) throw new Error(`"${purpose}" is not a purpose such as identity-hub.did-lookup`)
      // A database's own audit finds the purpose in the session's settings.
      const begin = `${asSystem}, set_config('weft.purpose', '${purpose}', true)`
      return runTransaction(engine, { begin, contextId: null }, work)
    },
    listen: (channel, handler) => engine.listen(plainName(channel), handler),
  }
}

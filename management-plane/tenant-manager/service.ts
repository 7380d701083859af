import type { ServiceModule } from '@weft/foundation/assembly'
import { databaseKey } from '@weft/foundation/database'
import { listenersKey, registerApi } from '@weft/foundation/http'
import { type Consumer, type Message, messagingKey } from '@weft/foundation/messaging'
import { createOutboxRelay, createProcesses, type OutboxRelay, type Processes } from '@weft/foundation/processes'
import { loggerKey, withCorrelation } from '@weft/foundation/telemetry'
import { type Static, Type } from 'typebox'
import { tenantManagerApi } from './api/tenant-manager-api.ts'
import { subjects } from './domain/messages.ts'
import { deploymentOverdue, receiveProgress, receiveResponse } from './receive-results.ts'
import { migrations, schema } from './store/migrations.ts'

export const tenantManagerSettings = Type.Object({
  deploymentDeadlineMs: Type.Integer({
    minimum: 1000,
    default: 30 * 60_000,
    description:
      'How long a participant may be pending before its deployment counts as failed; more than the provision manager takes to give up.',
  }),
})

export type TenantManagerSettings = Static<typeof tenantManagerSettings>

/** Messages about different participants are applied side by side. */
const concurrency = 8

/** The tenant manager: its API on the admin listener, its consumers of orchestration progress and responses. */
export function tenantManagerModule(settings: TenantManagerSettings, clock: () => number = Date.now): ServiceModule {
  let relay: OutboxRelay | undefined
  let processes: Processes | undefined
  let consumers: Consumer[] = []
  let consume: (() => Promise<Consumer[]>) | undefined
  return {
    name: 'tenant-manager',
    requires: [databaseKey, listenersKey, messagingKey, loggerKey],
    prepare: async (context) => {
      const opened = context.require(databaseKey)
      const logger = context.require(loggerKey).child({ component: 'tenant-manager' })
      const messaging = context.require(messagingKey)
      const database = await opened.forService(schema, migrations)
      const engine = createProcesses({ database, exclusive: opened.exclusive, logger })
      const deps = { database, processes: engine, logger, clock, deadlineMs: settings.deploymentDeadlineMs }
      engine.handle('deployment.deadline', { limit: 20, baseMs: 1000, maxMs: 60_000 }, (task) =>
        deploymentOverdue(deps, task),
      )
      registerApi(context.require(listenersKey).app('admin'), tenantManagerApi(deps))
      relay = createOutboxRelay({ database, messaging, logger, exclusive: opened.exclusive })
      processes = engine
      consume = () =>
        Promise.all([
          messaging.consume(
            { durable: 'tenant-manager-progress', subject: subjects.progress, concurrency },
            (message) => inItsCorrelation(message, () => receiveProgress(deps, message)),
          ),
          messaging.consume(
            { durable: 'tenant-manager-response', subject: subjects.response, concurrency },
            (message) => inItsCorrelation(message, () => receiveResponse(deps, message)),
          ),
        ])
    },
    start: async () => {
      await processes?.start()
      await relay?.start()
      consumers = (await consume?.()) ?? []
    },
    finalize: async () => {
      await Promise.all(consumers.map((consumer) => consumer.stop()))
      await processes?.stop()
      await relay?.stop()
    },
  }
}

/** Log lines of all fabric services about one orchestration carry its id. */
function inItsCorrelation<T>({ body, id }: Message, work: () => T): T {
  return withCorrelation(typeof body.manifestId === 'string' ? body.manifestId : id, work)
}

import type { ServiceModule } from '@weft/foundation/assembly'
import { databaseKey } from '@weft/foundation/database'
import { listenersKey, registerApi } from '@weft/foundation/http'
import { type Consumer, type Message, messagingKey } from '@weft/foundation/messaging'
import { createOutboxRelay, createProcesses, type OutboxRelay, type Processes } from '@weft/foundation/processes'
import { loggerKey, withCorrelation } from '@weft/foundation/telemetry'
import { type Static, Type } from 'typebox'
import { provisionManagerApi } from './api/provision-manager-api.ts'
import { subjects } from './domain/messages.ts'
import { orchestrationOverdue, receiveManifest, receiveResult } from './run-orchestration.ts'
import { migrations, schema } from './store/migrations.ts'

export const provisionManagerSettings = Type.Object({
  orchestrationDeadlineMs: Type.Integer({
    minimum: 1000,
    default: 15 * 60_000,
    description: 'How long an orchestration may run before it is ended as errored; longer than any agent tries.',
  }),
})

export type ProvisionManagerSettings = Static<typeof provisionManagerSettings>

/** Messages about different orchestrations are handled side by side; those of one wait for its row. */
const concurrency = 8

/** The provision manager: its API on the admin listener, its consumers of manifests and activity results. */
export function provisionManagerModule(
  settings: ProvisionManagerSettings,
  clock: () => number = Date.now,
): ServiceModule {
  let relay: OutboxRelay | undefined
  let processes: Processes | undefined
  let consumers: Consumer[] = []
  let consume: (() => Promise<Consumer[]>) | undefined
  return {
    name: 'provision-manager',
    requires: [databaseKey, listenersKey, messagingKey, loggerKey],
    prepare: async (context) => {
      const opened = context.require(databaseKey)
      const logger = context.require(loggerKey).child({ component: 'provision-manager' })
      const messaging = context.require(messagingKey)
      const database = await opened.forService(schema, migrations)
      const engine = createProcesses({ database, exclusive: opened.exclusive, logger })
      const deps = { database, processes: engine, logger, clock, deadlineMs: settings.orchestrationDeadlineMs }
      engine.handle('orchestration.deadline', { limit: 20, baseMs: 1000, maxMs: 60_000 }, (task) =>
        orchestrationOverdue(deps, task),
      )
      registerApi(context.require(listenersKey).app('admin'), provisionManagerApi(deps))
      relay = createOutboxRelay({ database, messaging, logger, exclusive: opened.exclusive })
      processes = engine
      consume = () =>
        Promise.all([
          messaging.consume(
            { durable: 'provision-manager-request', subject: subjects.request, concurrency },
            (message) => inItsCorrelation(message, message.body.id, () => receiveManifest(deps, message)),
          ),
          messaging.consume({ durable: 'provision-manager-result', subject: subjects.result, concurrency }, (message) =>
            inItsCorrelation(message, message.body.orchestrationId, () => receiveResult(deps, message)),
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
function inItsCorrelation<T>(message: Message, orchestrationId: unknown, work: () => T): T {
  return withCorrelation(typeof orchestrationId === 'string' ? orchestrationId : message.id, work)
}

import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { type ParticipantContextId, participantContextId } from '../../access/index.ts'
import type { Database, ServiceDatabase, Transaction } from '../../database/index.ts'
import { openTestDatabase, type TestEngine } from '../../database-testing/index.ts'
import { createLogger } from '../../telemetry/index.ts'
import {
  createProcesses,
  type Processes,
  type ProcessesOptions,
  processMigrations,
  type TaskPolicy,
  type TaskRequest,
} from '../index.ts'

export const alice = participantContextId('alice')
export const bob = participantContextId('bob')
export const quick: TaskPolicy = { limit: 3, baseMs: 5, maxMs: 20 }

interface TaskRow {
  readonly name: string
  readonly attempt: number
  readonly claimed_by: string | null
  readonly last_error: string | null
}

/** An engine over a database of its own, with empty tables and a new engine before each test. */
export class EngineFixture {
  #database: Database | undefined
  #service: ServiceDatabase | undefined
  #processes: Processes | undefined
  #engines: Processes[] = []

  constructor(engine: TestEngine) {
    beforeAll(async () => {
      this.#database = await openTestDatabase(engine)
      this.#service = await this.#database.forService('proc', processMigrations('proc'))
    })
    beforeEach(async () => {
      await this.system(async (tx) => {
        for (const table of ['process_task', 'process_history', 'outbox']) await tx.run(`delete from proc.${table}`)
      })
      this.#processes = this.newEngine()
    })
    afterEach(async () => {
      await Promise.all(this.#engines.map((one) => one.stop()))
      this.#engines = []
    })
    afterAll(() => this.#database?.close())
  }

  get service(): ServiceDatabase {
    if (!this.#service) throw new Error('the database is not open yet')
    return this.#service
  }

  get processes(): Processes {
    if (!this.#processes) throw new Error('no test is running')
    return this.#processes
  }

  /** Another replica; stopped after the test. */
  newEngine(options: Partial<ProcessesOptions> = {}): Processes {
    const logger = createLogger({ component: 'test', level: 'silent' })
    const made = createProcesses({ database: this.service, exclusive: false, logger, ...options })
    this.#engines.push(made)
    return made
  }

  system<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.service.system('test.look', work)
  }

  record(tasks: TaskRequest[], context: ParticipantContextId = alice, processId: string = randomUUID()): Promise<void> {
    return this.service.tenant(context, (tx) =>
      this.processes.record(tx, {
        participantContextId: context,
        processType: 'thing',
        processId,
        from: null,
        to: 'begun',
        tasks,
      }),
    )
  }

  taskRows(): Promise<TaskRow[]> {
    return this.system((tx) => tx.rows<TaskRow>('select * from proc.process_task order by created_at, name'))
  }

  /** Resolves when no task is left. */
  gone(): Promise<void> {
    // The look is repeated while tasks run: reading them all would take the time that they need.
    const look = () => this.system((tx) => tx.rows('select 1 from proc.process_task limit 1'))
    return until(async () => (await look()).length === 0)
  }
}

/** The process of a task. */
export function refOf(task: { participantContextId: ParticipantContextId; processType: string; processId: string }) {
  const { participantContextId, processType, processId } = task
  return { participantContextId, processType, processId }
}

export async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 15_000
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('the condition did not come true in time')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

export { createProcesses, type ProcessesOptions } from './engine.ts'
export { processErrors } from './errors.ts'
export { processMigrations } from './migrations.ts'
export { createOutboxRelay, type OutboxRelay, type OutboxRelayOptions } from './outbox-relay.ts'
export { type ParkedTask, type ParkedTasks, parkedTasks } from './parked-tasks.ts'
export type {
  EventRequest,
  HistoryEntry,
  JsonObject,
  Processes,
  ProcessRef,
  ProcessRow,
  Task,
  TaskPolicy,
  TaskRequest,
  Transition,
} from './port.ts'

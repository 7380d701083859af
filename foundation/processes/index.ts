export { createOutboxRelay, createProcesses, type OutboxRelay, processMigrations } from './engine.ts'
export type {
  EventRequest,
  HistoryEntry,
  JsonObject,
  Processes,
  ProcessRef,
  Task,
  TaskPolicy,
  TaskRequest,
  Transition,
} from './port.ts'

import type { JsonObject } from '@weft/protocols/policy'
import type { Activity } from './activity-graph.ts'

/** A kind of activity that agents can do. */
export interface ActivityDefinition {
  readonly type: string
  readonly description?: string
  readonly inputSchema?: JsonObject
  readonly outputSchema?: JsonObject
}

/** How the orchestrations of one type run. A type has one definition in the whole system. */
export interface OrchestrationDefinition {
  readonly orchestrationType: string
  /** The template that this definition came with. */
  readonly templateRef: string
  readonly description?: string
  readonly schema?: JsonObject
  readonly activities: readonly Activity[]
}

import { errorBody } from '@weft/protocols/fabric'
import type { JsonObject } from '@weft/protocols/policy'
import { type Static, Type } from 'typebox'
import { type Activity, levels } from '../domain/activity-graph.ts'
import type { ActivityDefinition, OrchestrationDefinition } from '../domain/definitions.ts'
import { orchestrationIdShape } from '../domain/messages.ts'
import type { Orchestration } from '../domain/orchestration.ts'

const name = Type.String({ minLength: 1, maxLength: 256 })
/** Also the last part of a subject. */
const activityType = Type.String({ pattern: '^[A-Za-z0-9._-]{1,128}$' })
const object = Type.Record(Type.String(), Type.Unknown())
const timestamp = Type.String({ format: 'date-time' })

/** Nothing in the body. */
export const emptyBody = Type.Unsafe<undefined>(Type.Null({ description: 'No body.' }))
export const refusals = { '4xx': errorBody, '5xx': errorBody }

export const activityTypePath = Type.Object({ activityType: name })
export const templatePath = Type.Object({ templateRef: name })
export const orchestrationPath = Type.Object({ orchestrationId: name })

export const activityDefinitionBody = Type.Object({
  type: activityType,
  description: Type.Optional(Type.String({ maxLength: 4096 })),
  inputSchema: Type.Optional(object),
  outputSchema: Type.Optional(object),
})

const newActivity = Type.Object({
  id: name,
  type: activityType,
  dependsOn: Type.Optional(Type.Array(name, { maxItems: 100 })),
  vpaType: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'The VPA that this activity builds: active when all its activities are done.',
    }),
  ),
})
const activityAnswer = Type.Object({
  id: Type.String(),
  type: Type.String(),
  discriminator: Type.String({ description: 'The orchestration type.' }),
  dependsOn: Type.Array(Type.String()),
  vpaType: Type.Optional(Type.String()),
})

export const orchestrationTemplate = Type.Object({
  id: Type.Optional(name),
  description: Type.Optional(Type.String({ maxLength: 4096 })),
  schema: Type.Optional(object),
  activities: Type.Record(Type.String({ minLength: 1 }), Type.Array(newActivity, { maxItems: 100 }), {
    minProperties: 1,
  }),
})
export const templateAnswer = Type.Object({ id: Type.String(), description: Type.String() })
export const orchestrationDefinitionAnswer = Type.Object({
  templateRef: Type.String(),
  description: Type.Optional(Type.String()),
  schema: Type.Optional(object),
  activities: Type.Record(Type.String(), Type.Array(activityAnswer)),
})

export const orchestrationManifest = Type.Object({
  id: Type.String({ pattern: orchestrationIdShape.source }),
  correlationId: name,
  orchestrationType: name,
  payload: Type.Optional(object),
})
const entry = {
  id: Type.String(),
  correlationId: Type.String(),
  definitionId: Type.String(),
  state: Type.Integer({ description: '0 initialized, 1 running, 2 completed, 3 errored.' }),
  stateTimestamp: timestamp,
  createdTimestamp: timestamp,
  orchestrationType: Type.String(),
}
export const orchestrationEntry = Type.Object(entry)
export const orchestrationAnswer = Type.Object({
  ...entry,
  steps: Type.Array(Type.Object({ activities: Type.Array(activityAnswer) }), {
    description:
      'Activities by their distance from the beginning; each begins as soon as its own dependencies are done.',
  }),
  processingData: object,
  outputData: object,
  completed: Type.Record(Type.String(), Type.Object({})),
  errorCode: Type.Optional(Type.String()),
  errorDetail: Type.Optional(Type.String()),
})

export function showActivityDefinition(definition: ActivityDefinition): Static<typeof activityDefinitionBody> {
  const { type, description, inputSchema, outputSchema } = definition
  return {
    type,
    ...(description === undefined ? {} : { description }),
    ...(inputSchema === undefined ? {} : { inputSchema }),
    ...(outputSchema === undefined ? {} : { outputSchema }),
  }
}

export function showDefinition(definition: OrchestrationDefinition): Static<typeof orchestrationDefinitionAnswer> {
  const { orchestrationType, templateRef, description, schema, activities } = definition
  return {
    templateRef,
    ...(description === undefined ? {} : { description }),
    ...(schema === undefined ? {} : { schema }),
    activities: { [orchestrationType]: activities.map((activity) => showActivity(activity, orchestrationType)) },
  }
}

export function showEntry(orchestration: Orchestration): Static<typeof orchestrationEntry> {
  const { id, correlationId, definitionId, state, stateTimestamp, createdTimestamp, orchestrationType } = orchestration
  return {
    id,
    correlationId,
    definitionId,
    state,
    stateTimestamp: stateTimestamp.toISOString(),
    createdTimestamp: createdTimestamp.toISOString(),
    orchestrationType,
  }
}

export function showOrchestration(orchestration: Orchestration): Static<typeof orchestrationAnswer> {
  const { activities, orchestrationType, processingData, outputData, completed, errorCode, errorDetail } = orchestration
  return {
    ...showEntry(orchestration),
    steps: levels(activities).map((level) => ({
      activities: level.map((activity) => showActivity(activity, orchestrationType)),
    })),
    processingData: { ...processingData },
    outputData: { ...outputData },
    completed: Object.fromEntries(completed.map((id) => [id, {}])),
    ...(errorCode === null ? {} : { errorCode }),
    ...(errorDetail === null ? {} : { errorDetail }),
  }
}

function showActivity(activity: Activity, discriminator: string): Static<typeof activityAnswer> {
  const { id, type, dependsOn, vpaType } = activity
  return { id, type, discriminator, dependsOn: [...dependsOn], ...(vpaType === undefined ? {} : { vpaType }) }
}

/** An activity of a request, with what it leaves out. */
function activityOf(activity: Static<typeof newActivity>): Activity {
  const { id, type, dependsOn, vpaType } = activity
  return { id, type, dependsOn: dependsOn ?? [], ...(vpaType === undefined ? {} : { vpaType }) }
}

/** The definitions that a template fans out into: one for each orchestration type. */
export function definitionsOf(
  template: Static<typeof orchestrationTemplate>,
  templateRef: string,
): readonly OrchestrationDefinition[] {
  const { description, schema } = template
  return Object.entries(template.activities).map(([orchestrationType, activities]) => ({
    orchestrationType,
    templateRef,
    ...(description === undefined ? {} : { description }),
    ...(schema === undefined ? {} : { schema: schema satisfies JsonObject }),
    activities: activities.map(activityOf),
  }))
}

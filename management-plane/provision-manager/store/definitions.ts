import { json, type Transaction } from '@weft/foundation/database'
import type { Page } from '@weft/foundation/http'
import type { Found } from '@weft/protocols/fabric'
import type { JsonObject } from '@weft/protocols/policy'
import type { Activity } from '../domain/activity-graph.ts'
import type { ActivityDefinition, OrchestrationDefinition } from '../domain/definitions.ts'
import { schema } from './migrations.ts'
import { page } from './page.ts'

const activityTable = `${schema}.activity_definition`
const orchestrationTable = `${schema}.orchestration_definition`

interface ActivityDefinitionRow {
  readonly type: string
  readonly description: string | null
  readonly input_schema: JsonObject | null
  readonly output_schema: JsonObject | null
}

interface OrchestrationDefinitionRow {
  readonly orchestration_type: string
  readonly template_ref: string
  readonly description: string | null
  readonly schema: JsonObject | null
  readonly activities: readonly Activity[]
}

/** Stores an activity definition. One of the same type is updated; what the new one leaves out keeps its value. */
export async function storeActivityDefinition(tx: Transaction, definition: ActivityDefinition): Promise<void> {
  const { type, description, inputSchema, outputSchema } = definition
  await tx.run(
    `insert into ${activityTable} as existing (type, description, input_schema, output_schema) values ($1, $2, $3::jsonb, $4::jsonb)
     on conflict (type) do update set
       description = coalesce(excluded.description, existing.description),
       input_schema = coalesce(excluded.input_schema, existing.input_schema),
       output_schema = coalesce(excluded.output_schema, existing.output_schema)`,
    [type, description ?? null, jsonOrNull(inputSchema), jsonOrNull(outputSchema)],
  )
}

export async function findActivityDefinitions(tx: Transaction, wanted: Page): Promise<Found<ActivityDefinition>> {
  const where = { sql: 'true', params: [] }
  const found = await page<ActivityDefinitionRow>(tx, { table: activityTable, order: 'type', where, page: wanted })
  return { ...found, items: found.items.map(activityDefinition) }
}

/** Those of the types that are not defined; the others cannot be deleted before the transaction ends. */
export async function undefinedTypes(tx: Transaction, types: readonly string[]): Promise<readonly string[]> {
  const sql = `select type from ${activityTable} where type = any($1::text[]) for key share`
  const known = new Set((await tx.rows<{ type: string }>(sql, [types])).map(({ type }) => type))
  return types.filter((type) => !known.has(type))
}

/** Deletes an activity definition, or tells which orchestration types refer to it. */
export async function deleteActivityDefinition(
  tx: Transaction,
  type: string,
): Promise<
  { readonly outcome: 'deleted' | 'unknown' } | { readonly outcome: 'in-use'; readonly by: readonly string[] }
> {
  const locked = await tx.run(`select from ${activityTable} where type = $1 for update`, [type])
  if (locked === 0) return { outcome: 'unknown' }
  const users = await tx.rows<{ orchestration_type: string }>(
    `select orchestration_type from ${orchestrationTable} where activities @> $1::jsonb order by orchestration_type`,
    [json([{ type }])],
  )
  if (users.length > 0) return { outcome: 'in-use', by: users.map((row) => row.orchestration_type) }
  await tx.run(`delete from ${activityTable} where type = $1`, [type])
  return { outcome: 'deleted' }
}

/** Stores the definition of an orchestration type in place of the one before. */
export async function storeOrchestrationDefinition(
  tx: Transaction,
  definition: OrchestrationDefinition,
): Promise<void> {
  const { orchestrationType, templateRef, description, activities } = definition
  await tx.run(
    `insert into ${orchestrationTable} (orchestration_type, template_ref, description, schema, activities)
     values ($1, $2, $3, $4::jsonb, $5::jsonb)
     on conflict (orchestration_type) do update set template_ref = excluded.template_ref,
       description = excluded.description, schema = excluded.schema, activities = excluded.activities`,
    [orchestrationType, templateRef, description ?? null, jsonOrNull(definition.schema), json(activities)],
  )
}

export async function findOrchestrationDefinitions(
  tx: Transaction,
  wanted: Page,
): Promise<Found<OrchestrationDefinition>> {
  const query = {
    table: orchestrationTable,
    order: 'orchestration_type',
    where: { sql: 'true', params: [] },
    page: wanted,
  }
  const found = await page<OrchestrationDefinitionRow>(tx, query)
  return { ...found, items: found.items.map(orchestrationDefinition) }
}

export async function definitionsOfTemplate(tx: Transaction, templateRef: string): Promise<OrchestrationDefinition[]> {
  const sql = `select * from ${orchestrationTable} where template_ref = $1 order by orchestration_type`
  return (await tx.rows<OrchestrationDefinitionRow>(sql, [templateRef])).map(orchestrationDefinition)
}

export async function definitionOfType(tx: Transaction, type: string): Promise<OrchestrationDefinition | undefined> {
  const sql = `select * from ${orchestrationTable} where orchestration_type = $1 for key share`
  const row = await tx.one<OrchestrationDefinitionRow>(sql, [type])
  return row && orchestrationDefinition(row)
}

/** Deletes all definitions of a template; `in-use` while orchestrations of one of them run. */
export async function deleteTemplate(tx: Transaction, templateRef: string): Promise<'deleted' | 'unknown' | 'in-use'> {
  const types = await tx.rows<{ orchestration_type: string }>(
    `select orchestration_type from ${orchestrationTable} where template_ref = $1 for update`,
    [templateRef],
  )
  if (types.length === 0) return 'unknown'
  const ongoing = await tx.one(
    `select 1 as ongoing from ${schema}.orchestration where state < 2 and definition_id = any($1::text[]) limit 1`,
    [types.map((row) => row.orchestration_type)],
  )
  if (ongoing) return 'in-use'
  await tx.run(`delete from ${orchestrationTable} where template_ref = $1`, [templateRef])
  return 'deleted'
}

function jsonOrNull(value: JsonObject | undefined): string | null {
  return value === undefined ? null : json(value)
}

function activityDefinition(row: ActivityDefinitionRow): ActivityDefinition {
  return {
    type: row.type,
    ...(row.description === null ? {} : { description: row.description }),
    ...(row.input_schema === null ? {} : { inputSchema: row.input_schema }),
    ...(row.output_schema === null ? {} : { outputSchema: row.output_schema }),
  }
}

function orchestrationDefinition(row: OrchestrationDefinitionRow): OrchestrationDefinition {
  return {
    orchestrationType: row.orchestration_type,
    templateRef: row.template_ref,
    ...(row.description === null ? {} : { description: row.description }),
    ...(row.schema === null ? {} : { schema: row.schema }),
    activities: row.activities,
  }
}

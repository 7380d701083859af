import * as fc from 'fast-check'
import type { Json } from './json-mutations.ts'

/** What of a JSON schema decides how a value of it looks. */
export interface JsonSchema {
  readonly type?: string
  readonly const?: Json
  readonly enum?: readonly Json[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: JsonSchema | boolean
  readonly items?: JsonSchema
  readonly contains?: JsonSchema
  readonly minItems?: number
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly allOf?: readonly JsonSchema[]
  readonly minimum?: number
  readonly maximum?: number
  readonly $ref?: string
}

/** Values that a schema takes, or nearly: patterns and formats are left to chance, ids come from those that exist. */
export function sampleOf(schema: JsonSchema, ids: readonly string[], depth = 0): fc.Arbitrary<Json> {
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  const choice = schema.anyOf ?? schema.oneOf
  if (choice) return fc.oneof(...choice.map((one) => sampleOf(one, ids, depth)))
  if (schema.allOf)
    return fc
      .tuple(...schema.allOf.map((one) => sampleOf(one, ids, depth)))
      .map((parts) => Object.assign({}, ...parts) as Json)
  if (schema.type === 'object' || schema.properties) return objectOf(schema, ids, depth)
  if (schema.type === 'array') return arrayOf(schema, ids, depth)
  if (schema.type === 'integer' || schema.type === 'number') {
    return fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 1000, 2 ** 40) })
  }
  if (schema.type === 'boolean') return fc.boolean()
  if (schema.type === 'null') return fc.constant(null)
  if (schema.type === 'string') return fc.oneof(fc.constantFrom(...ids), fc.string({ minLength: 1, maxLength: 20 }))
  return fc.oneof(fc.constantFrom<Json>(...ids), fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>)
}

function objectOf(schema: JsonSchema, ids: readonly string[], depth: number): fc.Arbitrary<Json> {
  if (depth > 6) return fc.constant({})
  const members = Object.entries(schema.properties ?? {})
  const named = fc.record(Object.fromEntries(members.map(([name, one]) => [name, sampleOf(one, ids, depth + 1)])), {
    requiredKeys: schema.required?.filter((name) => schema.properties?.[name]) ?? [],
  })
  const rest = schema.additionalProperties
  if (rest === undefined || rest === false) return named as fc.Arbitrary<Json>
  const more = fc.dictionary(
    fc.string({ minLength: 1, maxLength: 8 }),
    sampleOf(rest === true ? {} : rest, ids, depth + 1),
    { maxKeys: 2 },
  )
  return fc.tuple(named, more).map(([own, others]) => ({ ...others, ...own }) as Json)
}

function arrayOf(schema: JsonSchema, ids: readonly string[], depth: number): fc.Arbitrary<Json> {
  const element = schema.contains ?? schema.items ?? {}
  return fc.array(sampleOf(element, ids, depth + 1), {
    minLength: schema.minItems ?? (schema.contains ? 1 : 0),
    maxLength: 3,
  })
}

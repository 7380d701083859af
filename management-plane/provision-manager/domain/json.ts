/** A JSON object whose members nobody here looks into. */
export type JsonObject = { readonly [name: string]: unknown }

/** Whether a parsed JSON value is an object. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What of a schema matters for reading texts. */
interface TextSchema {
  readonly type?: unknown
  readonly properties?: Readonly<Record<string, TextSchema>>
  readonly allOf?: readonly TextSchema[]
}

const integer = /^-?(?:0|[1-9][0-9]{0,14})$/
const decimal = /^-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?$/

/**
 * Gives the texts of a query, path or headers the types that the schema asks for. Only plain notations are read: what says
 * `1.5`, `1e3`, `0x10` or nothing where an integer belongs stays a text, and fails the check, which names its field.
 */
export function readTexts(schema: TextSchema, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const types = typesOf(schema)
  return Object.fromEntries(Object.entries(value).map(([name, text]) => [name, readText(types.get(name), text)]))
}

function typesOf(schema: TextSchema): ReadonlyMap<string, unknown> {
  const own = Object.entries(schema.properties ?? {}).map(([name, { type }]) => [name, type] as const)
  return new Map([...(schema.allOf ?? []).flatMap((part) => [...typesOf(part)]), ...own])
}

function readText(type: unknown, text: unknown): unknown {
  if (typeof text !== 'string') return text
  if (type === 'integer' && integer.test(text)) return Number(text)
  if (type === 'number' && decimal.test(text)) return Number(text)
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  return text
}

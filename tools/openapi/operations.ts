/** The part of an OpenAPI 3.1 document that the client generator reads. */
export interface OpenApiDocument {
  readonly info: { readonly title: string; readonly version: string }
  readonly servers?: readonly { readonly url: string }[]
  readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> }
}

interface Operation {
  readonly parameters?: readonly {
    readonly name: string
    readonly in: string
    readonly required?: boolean
    readonly schema: Schema
  }[]
  readonly requestBody?: {
    readonly required?: boolean
    readonly content: Readonly<Record<string, { readonly schema?: Schema }>>
  }
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> }>
  >
}

/** JSON Schema as TypeBox writes it. */
export interface Schema {
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly $ref?: string
}

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const

/**
 * Writes the operations of an API as a TypeScript type for `createApiClient`.
 * @param name the type's name, `ManagementApi`
 * @param document paths are relative to its server, which is the client's base URL
 */
export function operationsSource(name: string, document: OpenApiDocument): string {
  const lines = [
    `// Generated from docs/reference/openapi by tools/openapi/generate.ts: change the routes, not this file.`,
    '',
    `/** ${document.info.title}, ${document.info.version}. */`,
    `export type ${name} = {`,
  ]
  for (const [path, operations] of Object.entries(document.paths ?? {}).sort(([a], [b]) => a.localeCompare(b))) {
    for (const method of methods) {
      const operation = operations[method]
      if (operation) lines.push(...operationLines(`${method.toUpperCase()} ${path}`, operation, document))
    }
  }
  lines.push('}', '')
  return lines.join('\n')
}

function operationLines(title: string, operation: Operation, document: OpenApiDocument): string[] {
  const lines = [`  ${JSON.stringify(title)}: {`]
  for (const [place, member] of [
    ['path', 'path'],
    ['query', 'query'],
  ] as const) {
    const parameters = (operation.parameters ?? []).filter((parameter) => parameter.in === place)
    if (parameters.length === 0) continue
    const members = parameters.map(
      (parameter) =>
        `${JSON.stringify(parameter.name)}${parameter.required ? '' : '?'}: ${place === 'path' ? 'string' : typeOf(parameter.schema, document)}`,
    )
    const optional = parameters.some((parameter) => parameter.required) ? '' : '?'
    lines.push(`    ${member}${optional}: { ${members.join('; ')} }`)
  }
  const body = schemaOf(operation.requestBody?.content)
  if (body) lines.push(`    body${operation.requestBody?.required === false ? '?' : ''}: ${typeOf(body, document)}`)
  lines.push(`    answer: ${answerOf(operation, document)}`, '  }')
  return lines
}

function answerOf(operation: Operation, document: OpenApiDocument): string {
  const types = Object.entries(operation.responses)
    .filter(([status]) => status.startsWith('2'))
    .map(([, response]) => {
      const schema = schemaOf(response.content)
      return schema ? typeOf(schema, document) : 'undefined'
    })
  return types.length === 0 ? 'unknown' : [...new Set(types)].join(' | ')
}

function schemaOf(content: Readonly<Record<string, { readonly schema?: Schema }>> | undefined): Schema | undefined {
  return Object.values(content ?? {})[0]?.schema
}

/** A JSON Schema as a TypeScript type; what it does not know becomes `unknown`, never `any`. */
export function typeOf(schema: Schema, document: OpenApiDocument): string {
  if (schema.$ref !== undefined) {
    const target = document.components?.schemas?.[schema.$ref.split('/').at(-1) ?? '']
    return target ? typeOf(target, document) : 'unknown'
  }
  if ('const' in schema) return JSON.stringify(schema.const)
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  const alternatives = schema.anyOf ?? schema.oneOf
  if (alternatives) return `(${[...new Set(alternatives.map((one) => typeOf(one, document)))].join(' | ')})`
  if (schema.allOf) return `(${schema.allOf.map((one) => typeOf(one, document)).join(' & ')})`
  if (typeof schema.type === 'object') {
    return `(${schema.type.map((type) => typeOf({ ...schema, type }, document)).join(' | ')})`
  }
  return simpleType(schema, document)
}

function simpleType(schema: Schema, document: OpenApiDocument): string {
  switch (schema.type) {
    case 'string':
      return 'string'
    case 'number':
    case 'integer':
      return 'number'
    case 'boolean':
      return 'boolean'
    case 'null':
      return 'null'
    case 'array':
      return `readonly (${schema.items ? typeOf(schema.items, document) : 'unknown'})[]`
    case 'object':
      return objectType(schema, document)
    default:
      return schema.properties ? objectType(schema, document) : 'unknown'
  }
}

function objectType(schema: Schema, document: OpenApiDocument): string {
  const required = new Set(schema.required ?? [])
  const members = Object.entries(schema.properties ?? {}).map(
    ([name, member]) => `${JSON.stringify(name)}${required.has(name) ? '' : '?'}: ${typeOf(member, document)}`,
  )
  const rest = Object.values(schema.patternProperties ?? {})[0] ?? schema.additionalProperties
  if (members.length > 0)
    return rest === true ? `({ ${members.join('; ')} } & Record<string, unknown>)` : `{ ${members.join('; ')} }`
  return typeof rest === 'object' ? `Record<string, ${typeOf(rest, document)}>` : 'Record<string, unknown>'
}

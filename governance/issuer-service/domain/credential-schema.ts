import type { CredentialDefinition } from './credential-definition.ts'

interface ObjectSchema {
  readonly type: 'object'
  readonly properties: Record<string, ObjectSchema | true>
  readonly required: string[]
}

/**
 * A JSON Schema (2019-09) of the credentials of a definition, made from its mappings: which claims the subject has, and
 * which of them are always there. For definitions that name no schema of their own, as metadata must name one (DCP-37).
 */
export function credentialSchema(definition: CredentialDefinition, url: string): Readonly<Record<string, unknown>> {
  const subject = objectSchema()
  for (const { output, required } of definition.mappings) describe(subject, output.split('.'), required)
  return {
    $schema: 'https://json-schema.org/draft/2019-09/schema',
    $id: url,
    title: definition.credentialType,
    type: 'object',
    properties: { credentialSubject: subject },
    required: ['credentialSubject'],
  }
}

function describe(schema: ObjectSchema, path: readonly string[], required: boolean): void {
  const [name, ...rest] = path
  if (name === undefined) return
  if (required && !schema.required.includes(name)) schema.required.push(name)
  const known = schema.properties[name]
  if (rest.length === 0) {
    schema.properties[name] = known ?? true
    return
  }
  const inner = typeof known === 'object' ? known : objectSchema()
  schema.properties[name] = inner
  describe(inner, rest, required)
}

function objectSchema(): ObjectSchema {
  return { type: 'object', properties: {}, required: [] }
}

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv2019 } from 'ajv/dist/2019.js'

const folder = fileURLToPath(new URL('../../../../shared/vectors/dcp', import.meta.url))

/** Whether the specification's own schemas and examples are here; they are judges, and no part of this project. */
export const hasVectors = existsSync(folder)

/** An example message of the specification, such as `issuance/example/credential-message.json`. */
export function example(path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(folder, path), 'utf8')) as Record<string, unknown>
}

/** What the specification's schema says is wrong with a message; empty when nothing is. @param name `issuance/credential-message` */
export function schemaErrors(name: string, message: unknown): readonly string[] {
  const ajv = new Ajv2019({ strict: false, logger: false })
  for (const file of schemaFiles()) {
    const schema = JSON.parse(readFileSync(file, 'utf8')) as { $id: string }
    // The schema's own id says v08, the references to it v1.0.
    const id = file.endsWith('context-schema.json')
      ? 'https://w3id.org/dspace-dcp/v1.0/common/context-schema.json'
      : schema.$id
    ajv.addSchema({ ...schema, $id: id }, file)
  }
  // Presentation exchange is another specification, whose schemas are not here.
  ajv.addSchema({ $id: 'https://identity.foundation/presentation-exchange/schemas/presentation-definition.json' })
  ajv.addSchema({
    $id: 'https://identity.foundation/presentation-exchange/schemas/presentation-submission.json',
    properties: { presentation_submission: {} },
  })
  const validate = ajv.getSchema(join(folder, `${name}-schema.json`))
  if (!validate) throw new Error(`no schema ${name}`)
  validate(message)
  return (validate.errors ?? []).map(({ instancePath, message: text }) => `${instancePath} ${text}`)
}

function schemaFiles(): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('-schema.json'))
    .map((path) => join(folder, path))
}

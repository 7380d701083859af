import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv2019 } from 'ajv/dist/2019.js'
import ajvFormats from 'ajv-formats'

/** Schemas of the specifications and of EDC's management API, beside the repository: judges, and not part of it. */
const vectors = fileURLToPath(new URL('../../../../shared/vectors/', import.meta.url))

/** False where they are missing: tests that need them are shown as skipped then. */
export const haveSchemas = existsSync(join(vectors, 'management-api')) && existsSync(join(vectors, 'dsp'))

let ajv: Ajv2019 | undefined

/** What is wrong with a value under a published schema; nothing when the list is empty. */
export function problemsOf(schemaId: string, value: unknown): readonly string[] {
  ajv ??= load()
  const validate = ajv.getSchema(schemaId)
  if (!validate) throw new Error(`no published schema ${schemaId}`)
  if (validate(JSON.parse(JSON.stringify(value)))) return []
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`)
}

/** Of the management API; a definition inside of the file where one is named. */
export function managementSchema(file: string, definition?: string): string {
  const id = `https://w3id.org/edc/connector/management/schema/v4/${file}-schema.json`
  return definition === undefined ? id : `${id}#/definitions/${definition}`
}

/** `negotiation/contract-request-message` */
export function dspSchema(path: string): string {
  return `https://w3id.org/dspace/2025/1/${path}-schema.json`
}

function load(): Ajv2019 {
  const judge = new Ajv2019({ strict: false, allErrors: true })
  ajvFormats.default(judge)
  for (const area of ['catalog', 'common', 'negotiation', 'transfer']) addFolder(judge, join(vectors, 'dsp', area))
  addFolder(judge, join(vectors, 'management-api/v4'))
  addFolder(judge, join(vectors, 'management-api/v5'))
  return judge
}

function addFolder(judge: Ajv2019, folder: string): void {
  for (const name of readdirSync(folder).filter((file) => file.endsWith('-schema.json'))) {
    // Some refer to "#definitions/…", which is no JSON pointer; "#/definitions/…" is meant.
    const text = readFileSync(join(folder, name), 'utf8').replaceAll('.json#definitions/', '.json#/definitions/')
    const schema = JSON.parse(text) as { $id: string }
    if (!judge.getSchema(schema.$id)) judge.addSchema(schema)
  }
}

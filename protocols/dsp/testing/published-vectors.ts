import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv2019 } from 'ajv/dist/2019.js'
import ajvFormats from 'ajv-formats'

/** Schemas and examples that the specifications publish, beside the repository. They are judges, and not part of it. */
const vectors = fileURLToPath(new URL('../../../../shared/vectors/', import.meta.url))

/** False where the folder is missing: a test that needs it then says how much was not run. */
export const haveVectors = existsSync(join(vectors, 'dsp')) && existsSync(join(vectors, 'dps'))

/** To be called by each test file that needs the vectors, with the number of its tests that do. */
export function reportNotRun(count: number): void {
  if (!haveVectors) console.log(`not run: ${count} (the published vectors are not beside the repository)`)
}

export function publishedExample(path: string): unknown {
  return JSON.parse(readFileSync(join(vectors, path), 'utf8'))
}

/** The published examples of a folder, by file name. */
export function publishedExamples(folder: string): readonly (readonly [string, unknown])[] {
  return readdirSync(join(vectors, folder))
    .filter((name) => name.endsWith('.json'))
    .map((name) => [name, publishedExample(join(folder, name))] as const)
}

export type Judge = (value: unknown) => readonly string[]

let compiled: Ajv2019 | undefined

/** What is wrong with a value under a published schema: nothing, when the list is empty. */
export function judgeOf(schemaId: string): Judge {
  compiled ??= loadSchemas()
  const validate = compiled.getSchema(schemaId)
  if (!validate) throw new Error(`no published schema ${schemaId}`)
  return (value) => {
    // What is judged is what goes over the wire.
    if (validate(JSON.parse(JSON.stringify(value)))) return []
    return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`)
  }
}

export const dspSchema = (path: string): string => `https://w3id.org/dspace/2025/1/${path}-schema.json`
export const dpsSchema = (name: string): string => `https://w3id.org/dspace-sig/v1.0/${name}.schema.json`
export const httpProfileSchema = 'https://w3id.org/dspace-sig/profile/http/data-address-schema.json'

function loadSchemas(): Ajv2019 {
  const ajv = new Ajv2019({ strict: false, allErrors: true })
  ajvFormats.default(ajv)
  const draft07 = readSchema(fileURLToPath(import.meta.resolve('ajv/dist/refs/json-schema-draft-07.json')))
  ajv.addMetaSchema(draft07)
  for (const area of ['catalog', 'common', 'negotiation', 'transfer']) {
    for (const name of schemaFiles(`dsp/${area}`)) ajv.addSchema(readSchema(join(vectors, 'dsp', area, name)))
  }
  for (const name of schemaFiles('dps/schemas')) {
    // Their ids are relative or missing; they refer to each other by the base that the protocol publishes them under.
    const schema = {
      ...readSchema(join(vectors, 'dps/schemas', name)),
      $id: `https://w3id.org/dspace-sig/v1.0/${name}`,
    }
    ajv.addSchema(schema)
  }
  ajv.addSchema(readSchema(join(vectors, 'dps/http-profile/data-address-schema.json')))
  return ajv
}

function schemaFiles(folder: string): readonly string[] {
  return readdirSync(join(vectors, folder)).filter((name) => name.endsWith('schema.json'))
}

function readSchema(path: string): Record<string, unknown> {
  // Three schemas of transfers refer to "#definitions/…", which is no JSON pointer; "#/definitions/…" is meant.
  return JSON.parse(readFileSync(path, 'utf8').replaceAll('.json#definitions/', '.json#/definitions/'))
}

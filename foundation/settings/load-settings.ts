import { readFileSync } from 'node:fs'
import type { Static, TObject, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { WeftError } from '../errors/index.ts'
import { settingsErrors } from './errors.ts'
import { SecretText, secretMark } from './secret-text.ts'

export interface SettingsSources {
  /** Start of every variable's name: with `WEFT_CELL`, `publicUrl` is `WEFT_CELL_PUBLIC_URL`, `ports.admin` `WEFT_CELL_PORTS_ADMIN`. */
  readonly prefix: string
  /** A JSON file; not read when absent. */
  readonly file?: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

type Json = Record<string, unknown>

/**
 * Typed settings: defaults of the schema, overridden by the file, overridden by the environment. Lists come from the
 * environment as `a,b,c` or as JSON; objects that are not fixed in the schema as JSON.
 * @throws `settings.file-unreadable`, `settings.unknown-key`, `settings.invalid-value`; the message names the variable
 * and the key, never a secret's value.
 */
export function loadSettings<Schema extends TObject>(schema: Schema, sources: SettingsSources): Static<Schema> {
  const values: Json = sources.file === undefined ? {} : readSettingsFile(sources.file, schema)
  overlayEnvironment(schema, values, sources.prefix, sources.environment)
  const complete = Value.Default(schema, values)
  const error = Value.Errors(schema, complete)[0]
  if (error) throw invalid(schema, error, sources)
  return wrapSecrets(schema, complete) as Static<Schema>
}

function readSettingsFile(file: string, schema: TObject): Json {
  let content: unknown
  try {
    content = JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    // A parser's message may quote the file, and with it a secret.
    const reason = cause instanceof SyntaxError ? 'it is not JSON' : String((cause as NodeJS.ErrnoException).code)
    throw new WeftError(settingsErrors['file-unreadable'], {
      message: `The settings file ${file} cannot be read: ${reason}.`,
    })
  }
  if (!isJsonObject(content)) {
    throw new WeftError(settingsErrors['file-unreadable'], {
      message: `The settings file ${file} is not one JSON object.`,
    })
  }
  refuseUnknownKeys(schema, content, file, '')
  return content
}

function refuseUnknownKeys(schema: TObject, values: Json, file: string, path: string): void {
  for (const [key, value] of Object.entries(values)) {
    const property = propertiesOf(schema)[key]
    const name = path === '' ? key : `${path}.${key}`
    if (!property) {
      throw new WeftError(settingsErrors['unknown-key'], {
        field: name,
        message: `The settings file ${file} has the key "${name}", which means nothing.`,
      })
    }
    if (isObjectSchema(property) && isJsonObject(value)) refuseUnknownKeys(property, value, file, name)
  }
}

function overlayEnvironment(
  schema: TObject,
  values: Json,
  prefix: string,
  environment: SettingsSources['environment'],
): void {
  for (const [key, property] of Object.entries(propertiesOf(schema))) {
    const variable = variableName(prefix, key)
    if (isObjectSchema(property)) {
      const inner: Json = isJsonObject(values[key]) ? { ...values[key] } : {}
      overlayEnvironment(property, inner, variable, environment)
      // A group that must be there is, so that the defaults inside it apply.
      if (Object.keys(inner).length > 0 || schema.required?.includes(key)) values[key] = inner
      continue
    }
    const text = environment[variable]
    if (text !== undefined) values[key] = readText(property, text)
  }
}

/** What cannot be read stays the text: the schema then refuses it by the variable's name. */
function readText(schema: TSchema, text: string): unknown {
  const type = 'type' in schema ? schema.type : undefined
  if (type === 'array' && !text.trim().startsWith('[')) {
    return text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '')
  }
  if (type === 'array' || type === 'object') {
    try {
      return JSON.parse(text) as unknown
    } catch {
      return text
    }
  }
  if (type === 'integer' || type === 'number') return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text
  return text
}

function wrapSecrets(schema: TObject, values: unknown): unknown {
  const wrapped: Json = { ...(values as Json) }
  for (const [key, property] of Object.entries(propertiesOf(schema))) {
    const value = wrapped[key]
    if (isObjectSchema(property) && isJsonObject(value)) wrapped[key] = wrapSecrets(property, value)
    else if (secretMark in property && typeof value === 'string') wrapped[key] = new SecretText(value)
  }
  return wrapped
}

function invalid(
  schema: TObject,
  error: { readonly instancePath: string; readonly message: string; readonly params: object },
  sources: SettingsSources,
): WeftError {
  const missing = 'requiredProperties' in error.params ? (error.params.requiredProperties as string[])[0] : undefined
  const path = error.instancePath.split('/').slice(1)
  if (missing !== undefined) path.push(missing)
  // The environment names settings, not what is inside their values.
  const named = settingPath(schema, path)
  const variable = named.reduce((prefix, key) => variableName(prefix, key), sources.prefix)
  const what = missing === undefined ? `has a value that is not allowed: it ${error.message}` : 'is missing'
  return new WeftError(settingsErrors['invalid-value'], {
    field: path.join('.'),
    message: `The setting ${variable} ("${path.join('.')}" in a settings file) ${what}.`,
  })
}

function settingPath(schema: TSchema, path: readonly string[]): string[] {
  const [key, ...rest] = path
  if (key === undefined || !isObjectSchema(schema)) return []
  const property = propertiesOf(schema)[key]
  return property ? [key, ...settingPath(property, rest)] : []
}

function variableName(prefix: string, key: string): string {
  return `${prefix}_${key.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()}`
}

function propertiesOf(schema: TObject): Readonly<Record<string, TSchema>> {
  return schema.properties as Readonly<Record<string, TSchema>>
}

/** An object with fixed properties: its settings have variables of their own. */
function isObjectSchema(schema: TSchema): schema is TObject {
  return 'type' in schema && schema.type === 'object' && 'properties' in schema
}

function isJsonObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

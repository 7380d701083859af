import { WeftError } from '@weft/foundation/errors'
import { Ajv, type AnySchema, type Options, type ValidateFunction } from 'ajv'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { LRUCache } from 'lru-cache'
import {
  type Clock,
  type FetchDocument,
  type FetchedDocument,
  isObject,
  isSecureUrl,
  type JsonObject,
  type VerifiableCredential,
} from '../trust/index.ts'
import { dcpErrors } from './errors.ts'
import { endsWithin } from './time-limit.ts'

/** Checks the `credentialSchema` members of a credential whose signature and issuer are verified (DCP-31). */
export interface SchemaChecker {
  /** @throws `dcp.schema-violated`, `dcp.schema-unavailable` */
  check(credential: VerifiableCredential): Promise<void>
}

interface CompiledSchema {
  readonly validate: ValidateFunction
  /** It has keywords whose work grows faster than schema and subject do. */
  readonly costly: boolean
  readonly compiledAt: number
}

/** Ordinary JSON Schema for the subject; `JsonSchema` of data model 2.0 describes the whole credential. */
const schemaTypes: ReadonlySet<unknown> = new Set(['JsonSchemaValidator2018', 'JsonSchema'])
/** A published schema does not change, in principle. */
const ttlMs = 10 * 60_000
const maxSchemaLength = 64 * 1024
const maxSchemas = 8
/** For one credential and schema. */
const maxMilliseconds = 250
const costlyKeywords = /"(pattern|patternProperties|uniqueItems|\$ref|\$dynamicRef|\$recursiveRef)"/
const ajvOptions: Options = { strict: false, validateSchema: false, addUsedSchema: false, logger: false }

export function createSchemaChecker(options: {
  readonly fetchSchema: FetchDocument
  readonly clock: Clock
}): SchemaChecker {
  const { fetchSchema, clock } = options
  const compiled = new LRUCache<string, CompiledSchema>({ max: 100 })
  const inFlight = new Map<string, Promise<CompiledSchema>>()

  const load = async (url: string): Promise<CompiledSchema> => {
    const { schema, text } = await documentAt(url, fetchSchema)
    const loaded = { validate: compile(schema), costly: costlyKeywords.test(text), compiledAt: clock() }
    compiled.set(url, loaded)
    return loaded
  }

  const schemaAt = (url: string): CompiledSchema | Promise<CompiledSchema> => {
    const known = compiled.get(url)
    if (known && clock() - known.compiledAt < ttlMs) return known
    const running = inFlight.get(url)
    if (running) return running
    const started = load(url).finally(() => inFlight.delete(url))
    inFlight.set(url, started)
    return started
  }

  return {
    check: async (credential) => {
      if (credential.schemas.length > maxSchemas) throw unavailable({ detail: 'too many schemas' })
      for (const member of credential.schemas) {
        const { url, describesCredential } = readSchemaMember(member)
        const schema = await schemaAt(url)
        const described = describesCredential ? [credential.json] : [credential.subject].flat()
        if (!validates(schema, described, url)) {
          const at = schema.validate.errors?.[0]?.instancePath
          throw new WeftError(dcpErrors['schema-violated'], { detail: { url, at } })
        }
      }
    },
  }
}

/** A regular expression of somebody else's must not occupy the process. */
function validates({ validate, costly }: CompiledSchema, described: readonly unknown[], url: string): boolean {
  if (!costly) return described.every((value) => validate(value))
  let valid = false
  const ended = endsWithin(maxMilliseconds, () => {
    valid = described.every((value) => validate(value))
  })
  if (!ended) throw unavailable({ detail: { url, tookLongerThanMs: maxMilliseconds } })
  return valid
}

function readSchemaMember(schema: unknown): { readonly url: string; readonly describesCredential: boolean } {
  if (!isObject(schema) || typeof schema.id !== 'string' || !schemaTypes.has(schema.type) || !isSecureUrl(schema.id)) {
    throw unavailable({ detail: 'a credentialSchema of another type, or without an https id' })
  }
  return { url: schema.id, describesCredential: schema.type === 'JsonSchema' }
}

async function documentAt(
  url: string,
  fetchSchema: FetchDocument,
): Promise<{ readonly schema: JsonObject; readonly text: string }> {
  let answer: FetchedDocument
  try {
    answer = await fetchSchema(url, 'application/schema+json, application/json;q=0.9')
  } catch (cause) {
    throw unavailable({ cause })
  }
  if (answer.status !== 200 || answer.body.length > maxSchemaLength)
    throw unavailable({ detail: { url, status: answer.status } })
  try {
    const schema: unknown = JSON.parse(answer.body)
    if (isObject(schema)) return { schema, text: answer.body }
  } catch (cause) {
    throw unavailable({ cause })
  }
  throw unavailable({ detail: { url } })
}

/** References to other documents are not followed: a schema that has one does not compile, and the credential is refused. */
function compile(schema: JsonObject): ValidateFunction {
  const { $schema, id: _draft4Id, ...rest } = schema
  try {
    return ajvFor($schema).compile(rest as AnySchema)
  } catch (cause) {
    throw unavailable({ cause })
  }
}

function ajvFor(dialect: unknown): { compile(schema: AnySchema): ValidateFunction } {
  if (typeof dialect === 'string' && dialect.includes('2020-12')) return new Ajv2020(ajvOptions)
  if (typeof dialect === 'string' && dialect.includes('2019-09')) return new Ajv2019(ajvOptions)
  return new Ajv(ajvOptions)
}

function unavailable(options: { readonly cause?: unknown; readonly detail?: unknown }): WeftError {
  return new WeftError(dcpErrors['schema-unavailable'], options)
}

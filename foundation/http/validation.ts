import type { FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import { requestErrors, WeftError } from '../errors/index.ts'
import { readTexts } from './request-texts.ts'

/**
 * Checks one part of a request against its TypeBox schema and fills in defaults. Query, path and headers are text, so
 * they are read first; a body must have the right types as it is. Compiled at the first use, which keeps starting fast.
 */
export const validatorFor: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  let compiled: Validator | undefined
  return (value: unknown) => {
    compiled ??= Compile(schema)
    const candidate = compiled.Default(httpPart === 'body' ? value : readTexts(schema, value))
    if (compiled.Check(candidate)) return { value: candidate }
    return { error: compiled.Errors(candidate) as FastifySchemaValidationError[] }
  }
}

/** The first validation error, with a `request.invalid-field` as its cause that names the field: `name`, or below it `/address/city`. */
export function schemaError(errors: FastifySchemaValidationError[], part: string): Error {
  const error = errors[0]
  const field = error ? fieldOf(error) : ''
  const where = field === '' ? `The ${part}` : `"${field}" (${part})`
  const declared = new WeftError(requestErrors['invalid-field'], {
    field: field === '' ? part : field,
    message: `${where} ${error?.message ?? 'is not valid'}.`,
  })
  // The framework writes a code of its own onto what it gets here.
  return new Error(declared.message, { cause: declared })
}

function fieldOf(error: FastifySchemaValidationError): string {
  const missing = firstText(error.params.requiredProperties) ?? firstText(error.params.additionalProperties)
  const pointer = missing === undefined ? error.instancePath : `${error.instancePath}/${missing}`
  const segments = pointer.split('/').slice(1)
  return segments.length === 1 ? (segments[0] ?? '') : pointer
}

function firstText(list: unknown): string | undefined {
  return Array.isArray(list) && typeof list[0] === 'string' ? list[0] : undefined
}

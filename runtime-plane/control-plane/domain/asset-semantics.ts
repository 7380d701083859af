import { requestErrors, WeftError } from '@weft/foundation/errors'
import type { JsonObject } from '@weft/foundation/processes'
import { Ajv2020 } from 'ajv/dist/2020.js'

/** What keeps an asset out of a dataspace: sentences about its public properties; none when nothing does. */
export type AssetSemantics = (properties: JsonObject) => readonly string[]

const mostProblems = 20

/** No demands. */
export const anySemantics: AssetSemantics = () => []

/**
 * Makes a dataspace's schema of asset properties ready for use. It stands alone: nothing that it refers to is fetched.
 * @throws `request.invalid-field` when it is no JSON Schema (draft 2020-12)
 */
export function compileAssetSchema(schema: JsonObject, field: string): AssetSemantics {
  const ajv = new Ajv2020({ strict: false, allErrors: true, addUsedSchema: false, logger: false })
  try {
    const validate = ajv.compile(schema)
    return (properties) => {
      if (validate(properties)) return []
      const problems = (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || '/'} ${message}`)
      return problems.slice(0, mostProblems)
    }
  } catch (cause) {
    throw new WeftError(requestErrors['invalid-field'], {
      field,
      message: `"${field}" is no JSON Schema of draft 2020-12 that stands alone.`,
      cause,
    })
  }
}

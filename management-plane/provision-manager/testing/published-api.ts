import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv } from 'ajv'

const path = fileURLToPath(
  new URL('../../../../shared/vectors/fabric-api/provision-manager-openapi.json', import.meta.url),
)

/** Whether the fabric's published API document lies beside the repository. */
export const havePublishedApi = existsSync(path)

/** What is wrong with a value as an entity of the published API: `V1Alpha1Orchestration`. Empty when nothing is. */
export function faultsAs(entity: string, value: unknown): readonly string[] {
  const ajv = new Ajv({ strict: false, validateFormats: false })
  ajv.addSchema(JSON.parse(readFileSync(path, 'utf8')), 'api')
  const validate = ajv.compile({ $ref: `api#/components/schemas/${entity}` })
  validate(value)
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

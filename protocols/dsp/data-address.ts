import { edcNamespace } from '../json-ld/index.ts'
import { type JsonObject, JsonReader } from '../policy/index.ts'
import { dspErrors } from './errors.ts'

/** Where and how data is fetched or delivered. Properties hold tokens: it is a secret as a whole. */
export interface DataAddress {
  /** IRI or term of the transport: `https://w3id.org/dspace-sig/profile/http-pull`. */
  readonly endpointType: string
  readonly endpoint?: string
  /** `endpointProperties` by name: `authorization`, `authType`, `refreshToken`. */
  readonly properties: Readonly<Record<string, string>>
}

const mostProperties = 100

/** Endpoint types of EDC: plain HTTP to pull from, and its sink of HTTP. */
export const edcHttpEndpointType = 'https://w3id.org/idsa/v4.1/HTTP'
export const edcHttpSinkType = 'HttpData'

/** As DSP writes it, `@type` included (data planes of DPS may omit that on input). */
export function buildDataAddress(address: DataAddress): JsonObject {
  const properties = writtenProperties(address).map(([name, value]) => ({
    '@type': 'EndpointProperty',
    name,
    value,
  }))
  return {
    '@type': 'DataAddress',
    endpointType: address.endpointType,
    ...(address.endpoint === undefined ? {} : { endpoint: address.endpoint }),
    ...(properties.length === 0 ? {} : { endpointProperties: properties }),
  }
}

/** EDC reads no member `endpoint`, only properties, and these by their full names: for its types they stand there twice. */
function writtenProperties({ endpointType, endpoint, properties }: DataAddress): [string, string][] {
  const plain = Object.entries(properties)
  if (endpointType !== edcHttpEndpointType && endpointType !== edcHttpSinkType) return plain
  const full = { ...properties, endpointType, ...(endpoint === undefined ? {} : { endpoint }) }
  return [...plain, ...Object.entries(full).map(([name, value]): [string, string] => [edcNamespace + name, value])]
}

/**
 * Reads a data address of DSP or DPS. Lenient: `@type` may be missing; property names may carry EDC's namespace; the
 * endpoint may stand among the properties, as EDC sends it (section 10), of a sink as `baseUrl`; a number for a value is read as its text.
 *
 * @param entry error of the document, with the pointer below `at` as field; default `dsp.malformed-message`
 */
export function parseDataAddress(json: unknown, at = '', entry = dspErrors['malformed-message']): DataAddress {
  return readDataAddress(new JsonReader(json, entry, at))
}

export function readDataAddress(address: JsonReader): DataAddress {
  address.object()
  const properties = new Map<string, string>()
  for (const property of address.at('endpointProperties').items(mostProperties)) {
    property.object()
    properties.set(plainName(property.at('name').text(512)), propertyValue(property.at('value')))
  }
  const member = address.at('endpoint')
  // Empty, as the schema allows, is none.
  const endpoint =
    (member.value === '' ? undefined : member.optionalText()) ??
    (properties.get('endpoint') || properties.get('baseUrl') || undefined)
  const endpointType = address.at('endpointType').id()
  // Repetitions of the members.
  if (properties.get('endpoint') === endpoint) properties.delete('endpoint')
  if (properties.get('endpointType') === endpointType) properties.delete('endpointType')
  return { endpointType, ...(endpoint === undefined ? {} : { endpoint }), properties: Object.fromEntries(properties) }
}

function propertyValue(value: JsonReader): string {
  if (typeof value.value === 'number' || typeof value.value === 'boolean') return String(value.value)
  return value.value === '' ? '' : value.text()
}

function plainName(name: string): string {
  for (const prefix of [edcNamespace, 'edc:']) {
    if (name.startsWith(prefix) && name.length > prefix.length) return name.slice(prefix.length)
  }
  return name
}

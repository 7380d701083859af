import { WeftError } from '@weft/foundation/errors'
import type { JsonObject } from '@weft/foundation/processes'
import { catalogueErrors } from '../errors.ts'
import { plainField } from './criterion.ts'

/** EDC's flat description of where data is: `type`, `baseUrl`, `header:<name>`, … Values are text. */
export type SourceAddress = Readonly<Record<string, string>>

/** Something that a participant can offer. */
export interface Asset {
  readonly id: string
  readonly properties: JsonObject
  readonly privateProperties: JsonObject
  /** What the data plane must be able to do: all of the labels. */
  readonly dataplaneMetadata: DataplaneMetadata | null
  /** Without its secrets, which are in the vault. */
  readonly dataAddress: SourceAddress | null
  /** Name of the vault secret that holds the credentials of the data address, as JSON. */
  readonly secretRef: string | null
  readonly createdAt: Date
}

export interface DataplaneMetadata {
  readonly labels?: readonly string[]
  readonly properties?: JsonObject
  readonly profiles?: readonly string[]
}

/** Members of a data address that hold credentials, besides headers that do. */
const secretMembers = new Set(['authcode', 'secret', 'password', 'token', 'apikey', 'clientsecret'])
const secretHeaders = new Set(['authorization', 'proxy-authorization', 'cookie', 'x-api-key'])

/**
 * Checks where an asset's data is. Only HTTP sources are served; a path of a file, of this machine or another, is none.
 * @throws `management.data-address-refused`
 */
export function checkSourceAddress(address: SourceAddress): void {
  if (address.type !== 'HttpData') throw refused('type', 'The type of the data address must be HttpData.')
  const url = URL.parse(address.baseUrl ?? '')
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw refused('baseUrl', 'The baseUrl of the data address must be an http or https address.')
  }
  if (url.username !== '' || url.password !== '') {
    throw refused('baseUrl', 'The baseUrl must hold no user or password: use header:authorization.')
  }
}

/** Splits a data address: what may be stored and shown, and what belongs in the vault. */
export function splitSecrets(address: SourceAddress): {
  readonly open: SourceAddress
  readonly secrets: Readonly<Record<string, string>>
} {
  const entries = Object.entries(address)
  return {
    open: Object.fromEntries(entries.filter(([name]) => !isSecretMember(name))),
    secrets: Object.fromEntries(entries.filter(([name]) => isSecretMember(name))),
  }
}

function isSecretMember(name: string): boolean {
  const lower = name.toLowerCase()
  if (lower.startsWith('header:')) return secretHeaders.has(lower.slice('header:'.length))
  return secretMembers.has(lower)
}

/** What criteria look at: plain names, texts, and `privateProperties.<name>`. */
export function searchDocument(asset: Pick<Asset, 'id' | 'properties' | 'privateProperties'>): JsonObject {
  const document: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(asset.privateProperties)) {
    document[`privateProperties.${plainField(name)}`] = searchable(value)
  }
  for (const [name, value] of Object.entries(asset.properties)) document[plainField(name)] = searchable(value)
  document.id = asset.id
  return document
}

/** Scalars as text and lists of them; anything deeper is not searched. */
function searchable(value: unknown): string | string[] | null {
  if (Array.isArray(value)) return value.filter((item) => typeof item !== 'object').map(String)
  return typeof value === 'object' || value === undefined ? null : String(value)
}

/** @throws `request.invalid-field`-like refusal when a name stands in both maps: it would be unclear which one counts. */
export function checkDistinctNames(properties: JsonObject, privateProperties: JsonObject): void {
  const taken = new Set(Object.keys(properties).map(plainField))
  const twice = Object.keys(privateProperties).find((name) => taken.has(plainField(name)))
  if (twice === undefined) return
  throw new WeftError(catalogueErrors['data-address-refused'], {
    field: `/privateProperties/${twice}`,
    message: 'The same name stands in properties and in privateProperties.',
  })
}

function refused(field: string, message: string): WeftError {
  return new WeftError(catalogueErrors['data-address-refused'], { field: `/dataAddress/${field}`, message })
}

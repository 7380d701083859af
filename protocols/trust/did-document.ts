import { WeftError } from '@weft/foundation/errors'
import { type Did, isSecureUrl, parseDid } from './did.ts'
import { trustErrors } from './errors.ts'
import { asArray, isObject, type JsonObject, stringsOf } from './json.ts'
import { type PublicJwk, parsePublicJwk } from './jwk.ts'

/** What a key may be used for: presentations, credentials, self-issued tokens. */
export type Relationship = 'authentication' | 'assertionMethod' | 'capabilityInvocation'

export interface VerificationMethod {
  /** Absolute DID URL. */
  readonly id: string
  /** Absent where the document gives the key in a form that is not understood, or for another controller. */
  readonly publicJwk: PublicJwk | undefined
  readonly relationships: ReadonlySet<Relationship>
}

export interface DidService {
  readonly id: string
  readonly type: string
  readonly serviceEndpoint: string
}

/** A DID document as far as messages need it. */
export interface DidDocument {
  readonly id: Did
  readonly verificationMethods: readonly VerificationMethod[]
  readonly services: readonly DidService[]
}

export interface PublishedKey {
  /** DID URL, `<did>#<fragment>`. */
  readonly kid: string
  readonly publicJwk: PublicJwk
  /** All of them when absent: strict partners then accept every use (section 6.4). */
  readonly relationships?: readonly Relationship[]
}

export interface DidDocumentContent {
  readonly did: Did
  readonly keys: readonly PublishedKey[]
  readonly services: readonly DidService[]
  /** Context URLs of the service types, such as the one of DSP; those of DIDs, JWK keys and DCP are always there. */
  readonly contexts?: readonly string[]
}

const relationships: readonly Relationship[] = ['authentication', 'assertionMethod', 'capabilityInvocation']
const documentContexts = [
  'https://www.w3.org/ns/did/v1',
  'https://w3id.org/security/suites/jws-2020/v1',
  'https://w3id.org/dspace-dcp/v1.0/dcp.jsonld',
]
const maxEntries = 100

/** The JSON to serve as did.json, as `application/did+json` or `application/json`. */
export function buildDidDocument(content: DidDocumentContent): JsonObject {
  const { did, keys } = content
  const listed = (relationship: Relationship) =>
    keys.filter((key) => key.relationships?.includes(relationship) ?? true).map((key) => key.kid)
  return {
    '@context': [...documentContexts, ...(content.contexts ?? [])],
    id: did,
    verificationMethod: keys.map((key) => ({
      id: key.kid,
      type: 'JsonWebKey2020',
      controller: did,
      publicKeyJwk: parsePublicJwk(key.publicJwk),
    })),
    ...Object.fromEntries(relationships.map((relationship) => [relationship, listed(relationship)])),
    service: content.services,
  }
}

/**
 * Reads the document that was found for a DID. What a message does not need, or is not understood, is left out.
 * @throws `trust.did-document-invalid` when it is no DID document, or one of another DID (DCP-08)
 */
export function parseDidDocument(json: unknown, did: Did): DidDocument {
  if (!isObject(json) || !sameDid(json.id, did)) throw invalid()
  const methods = new Map<string, { publicJwk: PublicJwk | undefined; relationships: Set<Relationship> }>()
  const add = (method: unknown): string | undefined => {
    if (!isObject(method)) return undefined
    const id = absoluteKeyId(method.id, did)
    if (id === undefined) return undefined
    if (methods.has(id)) throw invalid()
    methods.set(id, { publicJwk: keyOf(method, did), relationships: new Set() })
    return id
  }
  for (const method of listOf(json.verificationMethod)) add(method)
  for (const relationship of relationships) {
    for (const entry of listOf(json[relationship])) {
      const id = typeof entry === 'string' ? absoluteKeyId(entry, did) : add(entry)
      if (id !== undefined) methods.get(id)?.relationships.add(relationship)
    }
  }
  return {
    id: did,
    verificationMethods: [...methods].map(([id, method]) => ({ id, ...method })),
    services: listOf(json.service).flatMap(servicesOf),
  }
}

/**
 * The endpoint of the first service of a type, without a slash at its end.
 * @throws `trust.service-not-found`, also when the endpoint is neither https nor http to a loopback host (DCP-47)
 */
export function serviceEndpoint(document: DidDocument, type: string): string {
  const service = document.services.find((candidate) => candidate.type === type)
  if (service === undefined || !isSecureUrl(service.serviceEndpoint)) {
    throw new WeftError(trustErrors['service-not-found'], {
      message: `The DID document of ${document.id} publishes no ${type} with an https endpoint.`,
    })
  }
  return service.serviceEndpoint.replace(/\/+$/, '')
}

/**
 * The absolute form of a key id of one DID: `#key-1` is taken as that DID's own. Undefined for another DID's key.
 * Compared by parts, never by a pattern made from input (section 6.5).
 */
export function absoluteKeyId(id: unknown, did: Did): string | undefined {
  if (typeof id !== 'string') return undefined
  const hash = id.indexOf('#')
  if (hash < 0 || hash === id.length - 1) return undefined
  const isOwn = hash === 0 || sameDid(id.slice(0, hash), did)
  return isOwn ? `${did}${id.slice(hash)}` : undefined
}

function sameDid(text: unknown, did: Did): boolean {
  if (text === did) return true
  try {
    return parseDid(text) === did
  } catch {
    return false
  }
}

function keyOf(method: JsonObject, did: Did): PublicJwk | undefined {
  if (method.controller !== undefined && !sameDid(method.controller, did)) return undefined
  try {
    return parsePublicJwk(method.publicKeyJwk)
  } catch {
    return undefined
  }
}

function servicesOf(entry: unknown): DidService[] {
  if (!isObject(entry)) return []
  const endpoint = stringsOf(entry.serviceEndpoint)[0]
  if (endpoint === undefined) return []
  const id = typeof entry.id === 'string' ? entry.id : ''
  return stringsOf(entry.type).map((type) => ({ id, type, serviceEndpoint: endpoint }))
}

function listOf(value: unknown): readonly unknown[] {
  const list = asArray(value)
  if (list.length > maxEntries) throw invalid()
  return list
}

function invalid(): WeftError {
  return new WeftError(trustErrors['did-document-invalid'])
}

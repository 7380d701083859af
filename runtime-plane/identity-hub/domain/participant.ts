import { createHash } from 'node:crypto'
import type { ParticipantContextId } from '@weft/foundation/access'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import { type Did, type DidService, didWeb, isSecureUrl, parseDid } from '@weft/protocols/trust'
import { hubErrors } from '../errors.ts'
import { allKeyUsages, type KeyRequest, type KeyUsage } from './key-pair.ts'

/**
 * Where the DID of a participant lies and who serves its document (section 3.12). `platform`: below our public URL, by us.
 * `domain`: on the customer's domain, which points at us. `customer`: on the customer's domain, by the customer, who
 * takes the document from us.
 */
export type DidHosting = 'platform' | 'domain' | 'customer'

/** What is shown of a participant context. */
export interface ParticipantSummary {
  readonly participantContextId: ParticipantContextId
  readonly did: Did
  readonly didHosting: DidHosting
  readonly active: boolean
  readonly createdAt: Date
  readonly modifiedAt: Date
}

/** A participant context as the hub keeps it. */
export interface Participant extends ParticipantSummary {
  readonly services: readonly DidService[]
  /** What the manifest said: equal digests are the same request (idempotent creation). */
  readonly manifestDigest: string
  /** Name of the STS client secret in the vault partition; null when the context has none. */
  readonly stsSecretName: string | null
}

/** What a provisioner asks for, read and completed. */
export interface ParticipantManifest {
  readonly participantContextId: ParticipantContextId
  readonly did: Did
  readonly didHosting: DidHosting
  readonly active: boolean
  readonly keys: readonly KeyRequest[]
  readonly services: readonly DidService[]
  readonly provisionStsAccount: boolean
}

/** A manifest as it stands in a request. */
export interface RawManifest {
  readonly did: string
  readonly didHosting?: DidHosting
  readonly active?: boolean
  readonly key?: RawKey
  readonly keys?: readonly RawKey[]
  readonly serviceEndpoints?: readonly DidService[]
  readonly provisionStsAccount?: boolean
}

/** A key descriptor as it stands in a request. */
export interface RawKey {
  readonly keyId: string
  readonly usage?: readonly KeyUsage[]
  readonly keyGeneratorParams?: { readonly algorithm: 'EC' | 'EdDSA' }
}

/**
 * Reads a manifest: the DID must lie below the public URL, or elsewhere if it is one of the customer's own domain; key
 * and service ids must be unique.
 * @throws `identity-hub.did-elsewhere`, `request.invalid-field`, `trust.did-*`
 */
export function readManifest(id: ParticipantContextId, raw: RawManifest, publicUrl: string): ParticipantManifest {
  const didHosting = raw.didHosting ?? 'platform'
  const did = didHosting === 'platform' ? readPlatformDid(raw.did, publicUrl) : readCustomerDid(raw.did, publicUrl)
  return {
    participantContextId: id,
    did,
    didHosting,
    active: raw.active ?? false,
    keys: readKeys(did, raw),
    services: readServices(did, raw.serviceEndpoints ?? []),
    provisionStsAccount: raw.provisionStsAccount ?? false,
  }
}

/** A digest of all that a manifest asks for, whatever the order of its keys and services. */
export function digestOfManifest(manifest: ParticipantManifest): string {
  const content = [
    manifest.did,
    manifest.active,
    manifest.keys
      .map((key) => [key.fragment, key.usage.toSorted(), ...(key.algorithm === 'ES256' ? [] : [key.algorithm])])
      .toSorted(byFirst),
    manifest.services.map((service) => [service.id, service.type, service.serviceEndpoint]).toSorted(byFirst),
    manifest.provisionStsAccount,
    // What older manifests did not say is left out, so that their digests stay what they are.
    ...(manifest.didHosting === 'platform' ? [] : [manifest.didHosting]),
  ]
  return createHash('sha256').update(JSON.stringify(content)).digest('base64url')
}

/** How many path segments a DID may have below the public URL: the public listener has a route for each depth. */
export const deepestDid = 3

const segmentShape = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/

function readPlatformDid(text: string, publicUrl: string): Did {
  const did = parseDid(text, 'did')
  const root = didWeb(publicUrl)
  if (did === root) return did
  const segments = did.startsWith(`${root}:`) ? did.slice(root.length + 1).split(':') : []
  if (segments.length < 1 || segments.length > deepestDid || !segments.every((part) => segmentShape.test(part))) {
    throw new WeftError(hubErrors['did-elsewhere'], { field: 'did' })
  }
  return did
}

/** Any host but ours: otherwise a customer could claim a name below the public URL. */
function readCustomerDid(text: string, publicUrl: string): Did {
  const did = parseDid(text, 'did')
  const [host, ...path] = did.slice('did:web:'.length).split(':')
  const [ours] = didWeb(publicUrl).slice('did:web:'.length).split(':')
  if (host === ours || path.length > deepestDid || !path.every((part) => segmentShape.test(part))) {
    throw new WeftError(hubErrors['did-not-own'], { field: 'did' })
  }
  return did
}

const fragmentShape = /^[A-Za-z0-9._-]{1,64}$/

function readKeys(did: Did, raw: RawManifest): KeyRequest[] {
  if (raw.key !== undefined && raw.keys !== undefined) invalid('key', 'Send either key or keys.')
  const keys = raw.keys ?? (raw.key === undefined ? [] : [raw.key])
  if (keys.length === 0) invalid('keys', 'At least one key is needed.')
  const requests = keys.map((key) => readKey(did, key, 'keys'))
  if (hasDuplicates(requests.map((key) => key.fragment))) invalid('keys', 'Every keyId may occur once.')
  return requests
}

/** @throws `request.invalid-field` */
export function readKey(did: Did, key: RawKey, field: string): KeyRequest {
  const fragment = key.keyId.startsWith(`${did}#`) ? key.keyId.slice(did.length + 1) : key.keyId
  if (!fragmentShape.test(fragment)) {
    invalid(field, `A keyId has 1 to 64 letters, digits, ".", "-" or "_", with or without "${did}#" before it.`)
  }
  const algorithm = key.keyGeneratorParams?.algorithm === 'EdDSA' ? 'EdDSA' : 'ES256'
  return { fragment, usage: [...new Set(key.usage ?? allKeyUsages)], algorithm }
}

function readServices(did: Did, services: readonly DidService[]): DidService[] {
  const read = services.map((service) => {
    if (!isSecureUrl(service.serviceEndpoint)) {
      invalid('serviceEndpoints', 'A serviceEndpoint is an https URL without credentials; http is for loopback hosts.')
    }
    return { ...service, id: serviceId(did, service.id) }
  })
  if (hasDuplicates(read.map((service) => service.id))) invalid('serviceEndpoints', 'Every service id may occur once.')
  return read
}

/** DID Core asks for a URI: a bare name becomes a fragment of the DID. */
function serviceId(did: Did, id: string): string {
  if (id.includes(':')) return id
  return id.startsWith('#') ? did + id : `${did}#${id}`
}

function invalid(field: string, message: string): never {
  throw new WeftError(requestErrors['invalid-field'], { field, message })
}

function hasDuplicates(values: readonly string[]): boolean {
  return new Set(values).size !== values.length
}

function byFirst(a: readonly unknown[], b: readonly unknown[]): number {
  return String(a[0]) < String(b[0]) ? -1 : 1
}

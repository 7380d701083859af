import { createHash } from 'node:crypto'
import type { ParticipantContextId } from '@weft/foundation/access'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import { type Did, type DidService, didWeb, isSecureUrl, parseDid } from '@weft/protocols/trust'
import { hubErrors } from '../errors.ts'
import { allKeyUsages, type KeyUsage } from './key-pair.ts'

/** What is shown of a participant context. */
export interface ParticipantSummary {
  readonly participantContextId: ParticipantContextId
  readonly did: Did
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
  readonly active: boolean
  readonly keys: readonly KeyRequest[]
  readonly services: readonly DidService[]
  readonly provisionStsAccount: boolean
}

/** A key pair that the hub shall make. */
interface KeyRequest {
  /** The part of the DID URL behind `#`. */
  readonly fragment: string
  readonly usage: readonly KeyUsage[]
}

/** A manifest as it stands in a request. */
export interface RawManifest {
  readonly did: string
  readonly active?: boolean
  readonly key?: RawKey
  readonly keys?: readonly RawKey[]
  readonly serviceEndpoints?: readonly DidService[]
  readonly provisionStsAccount?: boolean
}

interface RawKey {
  readonly keyId: string
  readonly usage?: readonly KeyUsage[]
}

/**
 * Reads a manifest: the DID must lie below the public URL, key and service ids must be unique.
 * @throws `identity-hub.did-elsewhere`, `request.invalid-field`, `trust.did-*`
 */
export function readManifest(id: ParticipantContextId, raw: RawManifest, publicUrl: string): ParticipantManifest {
  const did = readHostedDid(raw.did, publicUrl)
  return {
    participantContextId: id,
    did,
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
    manifest.keys.map((key) => [key.fragment, key.usage.toSorted()]).toSorted(byFirst),
    manifest.services.map((service) => [service.id, service.type, service.serviceEndpoint]).toSorted(byFirst),
    manifest.provisionStsAccount,
  ]
  return createHash('sha256').update(JSON.stringify(content)).digest('base64url')
}

/** How many path segments a DID may have below the public URL: the public listener has a route for each depth. */
export const deepestDid = 3

const segmentShape = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/

function readHostedDid(text: string, publicUrl: string): Did {
  const did = parseDid(text, 'did')
  const root = didWeb(publicUrl)
  if (did === root) return did
  const segments = did.startsWith(`${root}:`) ? did.slice(root.length + 1).split(':') : []
  if (segments.length < 1 || segments.length > deepestDid || !segments.every((part) => segmentShape.test(part))) {
    throw new WeftError(hubErrors['did-elsewhere'], { field: 'did' })
  }
  return did
}

const fragmentShape = /^[A-Za-z0-9._-]{1,64}$/

function readKeys(did: Did, raw: RawManifest): KeyRequest[] {
  if (raw.key !== undefined && raw.keys !== undefined) invalid('key', 'Send either key or keys.')
  const keys = raw.keys ?? (raw.key === undefined ? [] : [raw.key])
  if (keys.length === 0) invalid('keys', 'At least one key is needed.')
  const requests = keys.map((key) => {
    const fragment = key.keyId.startsWith(`${did}#`) ? key.keyId.slice(did.length + 1) : key.keyId
    if (!fragmentShape.test(fragment)) {
      invalid('keys', `A keyId has 1 to 64 letters, digits, ".", "-" or "_", with or without "${did}#" before it.`)
    }
    return { fragment, usage: [...new Set(key.usage ?? allKeyUsages)] }
  })
  if (hasDuplicates(requests.map((key) => key.fragment))) invalid('keys', 'Every keyId may occur once.')
  return requests
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

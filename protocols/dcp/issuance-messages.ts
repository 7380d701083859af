import { WeftError } from '@weft/foundation/errors'
import {
  type CredentialProfile,
  type Did,
  isObject,
  type JsonObject,
  parseCredentialProfile,
  parseDid,
} from '../trust/index.ts'
import { dcpErrors } from './errors.ts'
import { buildMessage, invalidMember, readMessage, readObjects, readOptionalText, readText } from './message.ts'

/** What a holder asks an issuer for (section 3.8). */
export interface CredentialRequest {
  /** The holder's own id of this request. */
  readonly holderPid: string
  /** Ids of entries of the issuer's metadata. */
  readonly credentials: readonly { readonly id: string }[]
}

export interface CredentialContainer {
  readonly credentialType: string
  /** The signed credential. */
  readonly payload: string
  /** `vc11-sl2021/jwt` or `vc20-bssl/jwt`, or another name for it. */
  readonly format: string
}

/** What an issuer delivers: all that was asked for, or the refusal of it (section 3.9). */
export type CredentialDelivery =
  | {
      readonly status: 'ISSUED'
      readonly issuerPid: string
      readonly holderPid: string
      readonly credentials: readonly CredentialContainer[]
    }
  | {
      readonly status: 'REJECTED'
      readonly issuerPid: string
      readonly holderPid: string
      /** Nothing confidential (DCP-46). */
      readonly rejectionReason: string | undefined
    }

export interface CredentialRequestStatus {
  readonly issuerPid: string
  readonly holderPid: string
  readonly status: 'RECEIVED' | 'REJECTED' | 'ISSUED'
}

const maxCredentials = 64
export function buildCredentialRequest({ holderPid, credentials }: CredentialRequest): JsonObject {
  return buildMessage('CredentialRequestMessage', { holderPid, credentials: credentials.map(({ id }) => ({ id })) })
}

/** @throws `dcp.message-invalid` naming the member (DCP-34) */
export function parseCredentialRequest(json: unknown): CredentialRequest {
  const message = readMessage(json, 'CredentialRequestMessage')
  return {
    holderPid: readText(message, 'holderPid', 256),
    credentials: readObjects(message, 'credentials', { min: 1, max: maxCredentials }).map((entry) => ({
      id: readText(entry, 'id'),
    })),
  }
}

export function buildCredentialMessage(delivery: CredentialDelivery): JsonObject {
  const { status, issuerPid, holderPid } = delivery
  if (delivery.status === 'ISSUED') {
    return buildMessage('CredentialMessage', { issuerPid, holderPid, status, credentials: delivery.credentials })
  }
  const reason = delivery.rejectionReason === undefined ? {} : { rejectionReason: delivery.rejectionReason }
  return buildMessage('CredentialMessage', { issuerPid, holderPid, status, ...reason })
}

/** @throws `dcp.message-invalid` naming the member (DCP-38, DCP-39) */
export function parseCredentialMessage(json: unknown): CredentialDelivery {
  const message = readMessage(json, 'CredentialMessage')
  const pids = { issuerPid: readText(message, 'issuerPid', 256), holderPid: readText(message, 'holderPid', 256) }
  if (message.status === 'REJECTED') {
    return { ...pids, status: 'REJECTED', rejectionReason: readOptionalText(message, 'rejectionReason') }
  }
  if (message.status !== 'ISSUED') throw invalidMember('status')
  const credentials = readObjects(message, 'credentials', { min: 1, max: maxCredentials }).map((container) => ({
    credentialType: readText(container, 'credentialType'),
    payload: readText(container, 'payload', 256 * 1024),
    format: readText(container, 'format'),
  }))
  return { ...pids, status: 'ISSUED', credentials }
}

/** @param status as the issuer sees the request */
export function buildCredentialStatus({ issuerPid, holderPid, status }: CredentialRequestStatus): JsonObject {
  return buildMessage('CredentialStatus', { issuerPid, holderPid, status })
}

/** @throws `dcp.message-invalid` (DCP-36) */
export function parseCredentialStatus(json: unknown): CredentialRequestStatus {
  const message = readMessage(json, 'CredentialStatus')
  const { status } = message
  if (status !== 'RECEIVED' && status !== 'REJECTED' && status !== 'ISSUED') throw invalidMember('status')
  return { issuerPid: readText(message, 'issuerPid'), holderPid: readText(message, 'holderPid'), status }
}

/** The profile that a `format` or `profile` member names. @throws `dcp.format-unsupported` */
export function profileOfFormat(format: string): CredentialProfile {
  // The specification's examples say `jwt` for data model 1.1.
  const profile = format === 'jwt' ? 'vc11-sl2021/jwt' : parseCredentialProfile(format)
  if (profile === undefined) throw new WeftError(dcpErrors['format-unsupported'])
  return profile
}

/** One credential that an issuer offers or supports (section 3.8). Offers may be sparse: only `id`. */
export interface CredentialObject {
  readonly id: string
  readonly credentialType?: string
  /** URL of a JSON Schema. */
  readonly credentialSchema?: string
  /** `reissue`, `proof-key-revocation`, or another. */
  readonly offerReason?: string
  /** DID methods. */
  readonly bindingMethods?: readonly string[]
  /** `vc11-sl2021/jwt` or `vc20-bssl/jwt`. */
  readonly profile?: string
  readonly issuancePolicy?: JsonObject
}

export interface CredentialOffer {
  readonly issuer: Did
  readonly credentials: readonly CredentialObject[]
}

export interface IssuerMetadata {
  readonly issuer: Did
  readonly credentialsSupported: readonly CredentialObject[]
}

/** An entry of our own metadata: complete, as DCP-37 demands. */
export type CompleteCredentialObject = CredentialObject &
  Required<Pick<CredentialObject, 'credentialType' | 'credentialSchema' | 'offerReason' | 'bindingMethods' | 'profile'>>

export function buildCredentialOffer({ issuer, credentials }: CredentialOffer): JsonObject {
  return buildMessage('CredentialOfferMessage', { issuer, credentials: credentials.map(credentialObjectJson) })
}

/** Whether `issuer` is who sent it is for the receiver to compare (DCP-42). @throws `dcp.message-invalid` */
export function parseCredentialOffer(json: unknown): CredentialOffer {
  const message = readMessage(json, 'CredentialOfferMessage')
  const credentials = readObjects(message, 'credentials', { min: 1, max: maxCredentials }).map(readCredentialObject)
  return { issuer: readDid(message, 'issuer'), credentials }
}

export function buildIssuerMetadata(metadata: {
  readonly issuer: Did
  readonly credentialsSupported: readonly CompleteCredentialObject[]
}): JsonObject {
  const { issuer, credentialsSupported } = metadata
  return buildMessage('IssuerMetadata', {
    issuer,
    credentialsSupported: credentialsSupported.map(credentialObjectJson),
  })
}

/** @throws `dcp.message-invalid` */
export function parseIssuerMetadata(json: unknown): IssuerMetadata {
  const message = readMessage(json, 'IssuerMetadata')
  const entries =
    message.credentialsSupported === undefined
      ? []
      : readObjects(message, 'credentialsSupported', { min: 0, max: 1_000 })
  return { issuer: readDid(message, 'issuer'), credentialsSupported: entries.map(readCredentialObject) }
}

function credentialObjectJson(object: CredentialObject): JsonObject {
  return { type: 'CredentialObject', ...object }
}

function readCredentialObject(entry: JsonObject): CredentialObject {
  const object: Record<string, unknown> = { id: readText(entry, 'id') }
  for (const member of ['credentialType', 'credentialSchema', 'offerReason', 'profile'] as const) {
    const value = readOptionalText(entry, member)
    if (value !== undefined) object[member] = value
  }
  // Before 1.0.0 it was an array.
  const [profile] = Array.isArray(entry.profiles) ? entry.profiles : []
  if (object.profile === undefined && typeof profile === 'string') object.profile = profile
  const { bindingMethods, issuancePolicy } = entry
  if (Array.isArray(bindingMethods))
    object.bindingMethods = bindingMethods.filter((method) => typeof method === 'string')
  if (isObject(issuancePolicy)) object.issuancePolicy = issuancePolicy
  return object as unknown as CredentialObject
}

function readDid(message: JsonObject, member: string): Did {
  try {
    return parseDid(message[member], member)
  } catch {
    throw invalidMember(member)
  }
}

import type { DidDocument, DidService, PublicJwk, Relationship } from '@weft/protocols/trust'
import type { KeyPair } from './key-pair.ts'

/** One point in which a document that somebody published is not the one that it should be. */
export interface DidDifference {
  readonly kind:
    | 'key-missing'
    | 'key-differs'
    | 'relationship-missing'
    | 'key-foreign'
    | 'service-missing'
    | 'service-differs'
  /** Id of the verification method or of the service. */
  readonly id: string
  /** A sentence for the customer. */
  readonly message: string
}

const relationships: readonly Relationship[] = ['authentication', 'assertionMethod', 'capabilityInvocation']

/** What of a published document would make partners refuse us, or believe somebody else. */
export function differencesOf(
  expected: { readonly keys: readonly KeyPair[]; readonly services: readonly DidService[] },
  found: DidDocument,
): DidDifference[] {
  const known = new Set(expected.keys.map((pair) => pair.kid))
  const foreign = found.verificationMethods.filter((method) => !known.has(method.id))
  return [
    ...expected.keys.flatMap((pair) => keyDifferences(pair, found)),
    ...foreign.map(({ id }) => ({
      kind: 'key-foreign' as const,
      id,
      message: `The key ${id} is not one that the platform keeps. Whoever has it can speak for the participant.`,
    })),
    ...expected.services.flatMap((service) => serviceDifferences(service, found)),
  ]
}

/** Whether a document shows a key so that what it signs is believed. */
export function shows(found: DidDocument, pair: KeyPair): boolean {
  return keyDifferences(pair, found).length === 0
}

function keyDifferences(pair: KeyPair, found: DidDocument): DidDifference[] {
  const { kid: id } = pair
  const method = found.verificationMethods.find((one) => one.id === id)
  if (!method) return [{ kind: 'key-missing', id, message: `Add the verification method ${id}.` }]
  if (!isSameKey(method.publicJwk, pair.publicJwk)) {
    return [{ kind: 'key-differs', id, message: `The key of ${id} is another one, or its controller is.` }]
  }
  return relationships
    .filter((relationship) => !method.relationships.has(relationship))
    .map((relationship) => ({ kind: 'relationship-missing', id, message: `List ${id} under ${relationship}.` }))
}

function isSameKey(a: PublicJwk | undefined, b: PublicJwk): boolean {
  return a !== undefined && a.kty === b.kty && a.crv === b.crv && a.x === b.x && a.y === b.y
}

/** Partners look for the first service of a type: that one must be ours. */
function serviceDifferences(service: DidService, found: DidDocument): DidDifference[] {
  const { id, type, serviceEndpoint } = service
  const first = found.services.find((one) => one.type === type)
  if (!first) return [{ kind: 'service-missing', id, message: `Add the service ${type} with ${serviceEndpoint}.` }]
  if (first.serviceEndpoint === serviceEndpoint) return []
  return [{ kind: 'service-differs', id, message: `The endpoint of the service ${type} must be ${serviceEndpoint}.` }]
}

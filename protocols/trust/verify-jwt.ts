import { WeftError } from '@weft/foundation/errors'
import type { Did } from './did.ts'
import { absoluteKeyId, type DidDocument, type Relationship, type VerificationMethod } from './did-document.ts'
import type { DidResolver } from './did-resolver.ts'
import { trustErrors } from './errors.ts'
import type { PublicJwk } from './jwk.ts'
import { type ParsedJwt, verifySignature } from './jwt.ts'
import { strictRules, type TrustRules } from './ports.ts'

export interface VerifyJwtOptions {
  /** Who must have signed. */
  readonly signer: Did
  /** The use that the signer's document must permit the key for. */
  readonly relationship: Relationship
  readonly resolver: DidResolver
  /** Strict when absent. */
  readonly rules?: TrustRules
}

/**
 * Proves that a token was signed by a key that the signer's DID document holds for this use (DCP-05 to DCP-08, DCP-27,
 * DCP-49). Claims are not looked at.
 * @returns the signer's document
 * @throws `trust.key-*`, `trust.algorithm-refused`, `trust.signature-invalid`, and what the resolver throws
 */
export async function verifyJwt(jwt: ParsedJwt, options: VerifyJwtOptions): Promise<DidDocument> {
  const { document, publicJwk } = await findKey(jwt, options)
  await verifySignature(jwt, publicJwk)
  return document
}

/**
 * The key that a token has to be signed with, as the signer's DID document has it at the moment. Proves nothing.
 * @throws like `verifyJwt`, except about the signature
 */
export async function findKey(
  jwt: ParsedJwt,
  options: VerifyJwtOptions,
): Promise<{ readonly document: DidDocument; readonly publicJwk: PublicJwk }> {
  requireOwnKeyId(jwt.kid, options.signer)
  const document = await options.resolver.resolveForKey(options.signer, jwt.kid)
  const method = selectMethod(document, jwt.kid)
  requirePermission(method, options)
  if (method.publicJwk === undefined) throw new WeftError(trustErrors['key-unsupported'])
  return { document, publicJwk: method.publicJwk }
}

/** Before anything is fetched: `kid` must not name another DID's key. */
function requireOwnKeyId(kid: string | undefined, signer: Did): void {
  if (kid === undefined || absoluteKeyId(kid, signer) !== undefined) return
  throw new WeftError(trustErrors[kid.includes('#') ? 'key-foreign' : 'key-not-found'])
}

/** With `kid` that very key; without one, the only key there is (DCP-07). */
function selectMethod({ id, verificationMethods }: DidDocument, kid: string | undefined): VerificationMethod {
  const only = verificationMethods.length === 1 ? verificationMethods[0] : undefined
  const keyId = absoluteKeyId(kid, id)
  const method = kid === undefined ? only : verificationMethods.find((candidate) => candidate.id === keyId)
  if (method === undefined) throw new WeftError(trustErrors['key-not-found'])
  return method
}

function requirePermission(method: VerificationMethod, { relationship, rules = strictRules }: VerifyJwtOptions): void {
  if (method.relationships.has(relationship) || rules.relationships === 'optional') return
  throw new WeftError(trustErrors['key-not-permitted'], {
    message: `The DID document does not list the key under ${relationship}.`,
  })
}

import { WeftError } from '@weft/foundation/errors'
import {
  type CredentialProfile,
  type Did,
  isObject,
  type JsonObject,
  type ParsedJwt,
  parseCredential,
  parseDid,
  parseJwt,
  type VerifiableCredential,
  vc11Context,
  vc20Context,
} from '../trust/index.ts'
import { dcpErrors } from './errors.ts'

/** A presentation that was taken apart, its credentials too. Nothing of it is proven. */
export interface ParsedPresentation {
  readonly profile: CredentialProfile
  /** The presentation, and around it the signed envelope where there is one; the holder signs each. */
  readonly layers: readonly ParsedJwt[]
  readonly holder: Did
  readonly credentials: readonly VerifiableCredential[]
  /** Whether it keeps to its data model where nothing depends on it; see `TrustRules.looseCredentialShape`. */
  readonly regular: boolean
}

const maxCredentials = 64
/** Names that `typ` has or had for presentations of data model 2.0; it may be missing (section 6.2). */
const presentationTypes: ReadonlySet<string> = new Set(['vp+jwt', 'vp+ld+json+jwt', 'vp+ld+jwt', 'vp-ld+jwt', 'jwt'])
/** What enveloped objects are called as data URLs; the second is of older documents (section 6.2). */
const credentialUrls = ['data:application/vc+jwt,', 'data:application/vc+ld+json+jwt;'] as const
const presentationUrls = ['data:application/vp+jwt,', 'data:application/vp+ld+json+jwt;'] as const

/**
 * Reads a presentation of data model 1.1, or of 2.0, plain or in an envelope that is itself signed or plain JSON.
 * @throws `dcp.presentation-malformed`, and what `parseJwt` and `parseCredential` throw
 */
export function parsePresentation(presentation: unknown): ParsedPresentation {
  if (isObject(presentation)) return readVc20(parseJwt(enveloped(presentation, presentationUrls, 'Presentation')), [])
  const jwt = parseJwt(presentation)
  if (Object.hasOwn(jwt.claims, 'vp')) return readVc11(jwt)
  if (!isEnvelope(jwt.claims, 'Presentation')) return readVc20(jwt, [])
  return readVc20(parseJwt(enveloped(jwt.claims, presentationUrls, 'Presentation')), [jwt])
}

function readVc11(jwt: ParsedJwt): ParsedPresentation {
  const { vp } = jwt.claims
  if (!isObject(vp) || !isPresentationType(vp.type)) throw malformed()
  if (jwt.claims.iss === undefined) throw malformed()
  return {
    profile: 'vc11-sl2021/jwt',
    layers: [jwt],
    holder: holderOf([jwt.claims.iss, vp.holder]),
    credentials: credentialsOf(vp, 'vc11-sl2021/jwt', (entry) => entry),
    regular: [vp['@context']].flat().includes(vc11Context),
  }
}

/** @param outer the signed envelope, if there is one */
function readVc20(jwt: ParsedJwt, outer: readonly ParsedJwt[]): ParsedPresentation {
  const { claims } = jwt
  const isVersion2 = [claims['@context']].flat().includes(vc20Context)
  if (!isVersion2 || !isPresentationType(claims.type)) throw malformed()
  if (Object.hasOwn(claims, 'vp') || Object.hasOwn(claims, 'vc')) throw malformed()
  const layers = [...outer, jwt]
  if (!layers.every(hasPresentationType)) throw malformed()
  const named = layers.flatMap((layer) => [layer.claims.iss, layer.claims.holder])
  return {
    profile: 'vc20-bssl/jwt',
    layers,
    // Data model 2.0 demands neither `iss` nor `holder`: then it is whose key is named, which must fit anyway.
    holder: holderOf([...named.map((name) => (isObject(name) ? name.id : name)), didOfKey(jwt)]),
    credentials: credentialsOf(claims, 'vc20-bssl/jwt', (entry) =>
      isObject(entry) ? enveloped(entry, credentialUrls, 'Credential') : undefined,
    ),
    regular: bound(layers),
  }
}

function hasPresentationType({ typ }: ParsedJwt): boolean {
  return typ === undefined || presentationTypes.has(typ.toLowerCase().replace(/^application\//, ''))
}

/** Whether somewhere in it is said for whom it is and when it ends or was made. */
function bound(layers: readonly ParsedJwt[]): boolean {
  const has = (name: string) => layers.some(({ claims }) => claims[name] !== undefined)
  return has('aud') && (has('exp') || has('iat'))
}

/** DCP-22: one data model and proof type in one presentation; a presentation in place of a credential is none. */
function credentialsOf(
  presentation: JsonObject,
  profile: CredentialProfile,
  tokenOf: (entry: unknown) => unknown,
): readonly VerifiableCredential[] {
  const entries = [presentation.verifiableCredential ?? []].flat()
  if (entries.length > maxCredentials) throw malformed()
  const credentials = entries.map((entry) => parseCredential(tokenOf(entry)))
  if (credentials.some((credential) => credential.profile !== profile)) throw malformed()
  return credentials
}

/** Whoever names the holder names the same one. */
function holderOf(names: readonly unknown[]): Did {
  const [did, ...others] = names.filter((name) => name !== undefined && name !== null).map((name) => parseDid(name))
  if (did === undefined || others.some((other) => other !== did)) throw malformed()
  return did
}

function didOfKey({ kid }: ParsedJwt): string | undefined {
  const hash = kid?.indexOf('#') ?? -1
  return hash > 0 ? kid?.slice(0, hash) : undefined
}

function isPresentationType(type: unknown): boolean {
  return [type].flat().includes('VerifiablePresentation')
}

function isEnvelope({ type }: JsonObject, of: 'Credential' | 'Presentation'): boolean {
  return [type].flat().includes(`EnvelopedVerifiable${of}`)
}

/** The token in an enveloped object. @throws `dcp.presentation-malformed` */
function enveloped(object: JsonObject, urls: readonly string[], of: 'Credential' | 'Presentation'): string {
  const { id } = object
  if (!isEnvelope(object, of) || typeof id !== 'string') throw malformed()
  const prefix = urls.find((url) => id.startsWith(url))
  if (prefix === undefined) throw malformed()
  return id.slice(prefix.length)
}

function malformed(): WeftError {
  return new WeftError(dcpErrors['presentation-malformed'])
}

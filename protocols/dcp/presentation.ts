import { randomUUID } from 'node:crypto'
import { WeftError } from '@weft/foundation/errors'
import {
  type Clock,
  type Did,
  isObject,
  type JwtClaims,
  type ParsedJwt,
  parseCredential,
  parseDid,
  parseJwt,
  type SigningKey,
  signJwt,
  type VerifiableCredential,
} from '../trust/index.ts'
import { dcpErrors } from './errors.ts'

export interface PresentationInput {
  readonly holder: Did
  /** The verifier. */
  readonly audience: Did
  /** Signed credentials of one profile (DCP-22). */
  readonly credentials: readonly string[]
  /** A key that the holder lists under `authentication`. */
  readonly key: SigningKey
  readonly clock: Clock
}

/** A presentation that was taken apart, its credentials too. Nothing of it is proven. */
export interface ParsedPresentation {
  readonly jwt: ParsedJwt
  readonly holder: Did
  readonly credentials: readonly VerifiableCredential[]
}

const lifetimeSeconds = 120
const maxCredentials = 64

/** Makes a presentation of data model 1.1 as a JWT (section 3.6). */
export function createPresentation(input: PresentationInput): Promise<string> {
  const { holder, audience, credentials, key, clock } = input
  const iat = Math.floor(clock() / 1000)
  const claims = {
    iss: holder,
    sub: holder,
    aud: audience,
    jti: `urn:uuid:${randomUUID()}`,
    iat,
    nbf: iat,
    exp: iat + lifetimeSeconds,
    vp: {
      '@context': ['https://www.w3.org/2018/credentials/v1'],
      type: ['VerifiablePresentation'],
      holder,
      verifiableCredential: credentials,
    },
  }
  return signJwt(claims, key, 'JWT')
}

/** @throws `dcp.presentation-malformed`, and what `parseCredential` throws */
export function parsePresentation(presentation: unknown): ParsedPresentation {
  const jwt = parseJwt(presentation)
  const { vp } = jwt.claims
  if (!isObject(vp) || ![vp.type].flat().includes('VerifiablePresentation')) throw malformed()
  const credentials = [vp.verifiableCredential ?? []].flat()
  if (credentials.length > maxCredentials) throw malformed()
  return { jwt, holder: readHolder(jwt.claims, vp.holder), credentials: credentials.map(parseCredential) }
}

/** `iss` says who presents; `vp.holder` says the same where it is there. */
function readHolder({ iss }: JwtClaims, holder: unknown): Did {
  const [did, ...others] = [iss, holder]
    .filter((value) => value !== undefined && value !== null)
    .map((value) => parseDid(value))
  if (iss === undefined || did === undefined || others.some((other) => other !== did)) throw malformed()
  return did
}

function malformed(): WeftError {
  return new WeftError(dcpErrors['presentation-malformed'])
}

import { randomUUID } from 'node:crypto'
import { WeftError } from '@weft/foundation/errors'
import {
  type Clock,
  type CredentialProfile,
  type Did,
  type JwtClaims,
  profileOfCredential,
  type SigningKey,
  signJwt,
  vc11Context,
  vc20Context,
} from '../trust/index.ts'
import { dcpErrors } from './errors.ts'

export interface PresentationInput {
  readonly holder: Did
  /** The verifier. */
  readonly audience: Did
  /** Signed credentials. */
  readonly credentials: readonly string[]
  /** A key that the holder lists under `authentication`. */
  readonly key: SigningKey
  readonly clock: Clock
  /**
   * False: a presentation of data model 2.0 stands for itself. By default it is wrapped once more, as an
   * EnvelopedVerifiablePresentation that is signed too, since EDC verifiers read no other (section 3.6).
   */
  readonly enveloped?: boolean
}

/** A presentation, and which of the credentials that were handed in it holds. */
export interface CreatedPresentation {
  readonly profile: CredentialProfile
  readonly presentation: string
  /** Places in `credentials` of the input, in the order in which the presentation holds them. */
  readonly positions: readonly number[]
}

/** How the media types of enveloped objects begin as a data URL (section 6.2). */
const credentialDataUrl = 'data:application/vc+jwt,'
const presentationDataUrl = 'data:application/vp+jwt,'
const lifetimeSeconds = 120

/**
 * Makes the presentations that a set of credentials needs: one for each profile in it (DCP-22), in the order in which the
 * profiles first appear; none for no credentials.
 * @throws what `profileOfCredential` throws
 */
export async function createPresentations(input: PresentationInput): Promise<readonly CreatedPresentation[]> {
  const groups = Map.groupBy(input.credentials.keys(), (at) => profileOfCredential(input.credentials[at] ?? ''))
  return await Promise.all(
    [...groups].map(async ([profile, positions]) => {
      const credentials = positions.map((at) => input.credentials[at] ?? '')
      return { profile, positions, presentation: await present(profile, { ...input, credentials }) }
    }),
  )
}

/**
 * Makes one presentation of credentials of one profile.
 * @throws `dcp.presentation-malformed` for a mixed set (DCP-22), and what `profileOfCredential` throws
 */
export function createPresentation(input: PresentationInput): Promise<string> {
  const profiles = new Set(input.credentials.map(profileOfCredential))
  const [profile = 'vc11-sl2021/jwt'] = profiles
  if (profiles.size > 1) throw new WeftError(dcpErrors['presentation-malformed'])
  return present(profile, input)
}

function present(profile: CredentialProfile, input: PresentationInput): Promise<string> {
  return profile === 'vc20-bssl/jwt' ? presentVc20(input) : presentVc11(input)
}

function presentVc11(input: PresentationInput): Promise<string> {
  const { holder, credentials, key } = input
  const vp = {
    '@context': [vc11Context],
    type: ['VerifiablePresentation'],
    holder,
    verifiableCredential: credentials,
  }
  return signJwt({ ...registeredClaims(input), sub: holder, vp }, key, 'JWT')
}

async function presentVc20(input: PresentationInput): Promise<string> {
  const { holder, credentials, key, enveloped = true } = input
  const presentation = {
    '@context': [vc20Context],
    type: ['VerifiablePresentation'],
    holder,
    verifiableCredential: credentials.map((credential) => ({
      '@context': vc20Context,
      id: `${credentialDataUrl}${credential}`,
      type: 'EnvelopedVerifiableCredential',
    })),
    ...registeredClaims(input),
  }
  const signed = await signJwt(presentation, key, 'vp+jwt')
  if (!enveloped) return signed
  const envelope = {
    '@context': [vc20Context],
    id: `${presentationDataUrl}${signed}`,
    type: 'EnvelopedVerifiablePresentation',
    ...registeredClaims(input),
  }
  return signJwt(envelope, key, 'vp+jwt')
}

/** In data model 2.0 too: a presentation that names its receiver and its end is of no use to anybody else (DCP-51). */
function registeredClaims({ holder, audience, clock }: PresentationInput): JwtClaims {
  const iat = Math.floor(clock() / 1000)
  return { iss: holder, aud: audience, jti: `urn:uuid:${randomUUID()}`, iat, nbf: iat, exp: iat + lifetimeSeconds }
}

import { WeftError } from '@weft/foundation/errors'
import {
  type Clock,
  type CredentialProfile,
  type CredentialSubject,
  type Did,
  type DidResolver,
  genericCredentialType,
  type JwtClaims,
  type ParsedJwt,
  requireCredentialShape,
  type StatusChecker,
  strictRules,
  type TrustRules,
  type VerifiableCredential,
  verifyCredentialSignature,
  verifyJwt,
} from '../trust/index.ts'
import { requireValidityWindow } from './credential-validity.ts'
import { dcpErrors } from './errors.ts'
import { type ParsedPresentation, parsePresentation } from './parsed-presentation.ts'
import type { ReceivedPresentation } from './presentation-messages.ts'
import { authenticationFailure } from './refusal.ts'
import type { SchemaChecker } from './schema-checker.ts'
import { matchesScope, type Scope } from './scope.ts'
import { isAddressedTo, maxLifetimeSeconds, timeFault } from './token-times.ts'

/** A credential that passed every check; its claims may be relied on. */
export interface VerifiedCredential {
  readonly id: string | undefined
  readonly profile: CredentialProfile
  readonly types: readonly string[]
  readonly issuer: Did
  readonly subjects: readonly CredentialSubject[]
  readonly validFrom: Date
  readonly validUntil: Date | undefined
}

/** Whether the dataspace profile trusts this issuer for credentials of this type (DCP-30). */
export type IssuerTrust = (issuer: Did, type: string) => boolean

export interface PresentationCheck {
  /** As the response message brought them. */
  readonly presentations: readonly ReceivedPresentation[]
  /** `did` of the verified self-issued token. */
  readonly holder: Did
  /** The verifier's own DID. */
  readonly audience: Did
  /** Each must be covered by a credential, or the holder is refused. What else was asked for may be missing. */
  readonly required: readonly Scope[]
  readonly trusted: IssuerTrust
  readonly resolver: DidResolver
  readonly statuses: StatusChecker
  readonly schemas: SchemaChecker
  readonly clock: Clock
  /** Strict when absent. */
  readonly rules?: TrustRules
}

/** In all presentations of an answer together. */
const maxCredentials = 64

/**
 * Verifies the answer to a presentation query: the steps of section 3.7, in order. One failing step refuses everything.
 * @throws `dcp.*`, `trust.*`: a 401 for whatever is wrong with the presentation
 */
export async function verifyPresentations(check: PresentationCheck): Promise<readonly VerifiedCredential[]> {
  try {
    const presentations = check.presentations.map(parsePresentation)
    const credentials = presentations.flatMap((presentation) => presentation.credentials)
    requireFew(credentials)
    requireCoverage(credentials, check.required)
    await Promise.all(presentations.map((presentation) => verifyPresentation(presentation, check)))
    await Promise.all(distinct(credentials).map((credential) => verifyCredential(credential, check)))
    return distinct(credentials).map(verified)
  } catch (error) {
    throw authenticationFailure(error, dcpErrors['presentation-malformed'])
  }
}

async function verifyPresentation(presentation: ParsedPresentation, check: PresentationCheck): Promise<void> {
  requireHolder(presentation, check.holder)
  requireShape(presentation, check.rules)
  for (const layer of presentation.layers) await requireHolderSignature(layer, check)
  requireAddressedToUs(presentation, check.audience)
  requireCurrent(presentation, check.clock())
}

async function verifyCredential(credential: VerifiableCredential, check: PresentationCheck): Promise<void> {
  requireCredentialShape(credential, check.rules)
  // Step 7 before 5: nothing is fetched for the sake of an issuer that nobody trusts.
  requireTrustedIssuer(credential, check.trusted)
  await requireIssuerSignature(credential, check)
  requireHolderBinding(credential, check.holder)
  requireValidityWindow(credential, check.clock())
  await requireClearStatus(credential, check)
  await check.schemas.check(credential)
}

/** Each one may cost several requests. */
function requireFew(credentials: readonly VerifiableCredential[]): void {
  if (credentials.length > maxCredentials) throw new WeftError(dcpErrors['presentation-malformed'])
}

/** Step 1 (DCP-24): more than was asked for is fine, less is not. */
function requireCoverage(credentials: readonly VerifiableCredential[], required: readonly Scope[]): void {
  const missing = required.find((scope) => !credentials.some((credential) => matchesScope(credential, scope)))
  if (missing === undefined) return
  throw new WeftError(dcpErrors['credential-missing'], {
    message: `The ${missing.kind === 'type' ? missing.type : 'credential'} that is required here was not presented.`,
    field: missing.kind === 'type' ? missing.type : undefined,
  })
}

/** Step 2: whoever sent the self-issued token presents. */
function requireHolder(presentation: ParsedPresentation, holder: Did): void {
  if (presentation.holder !== holder) throw new WeftError(dcpErrors['holder-mismatch'])
}

function requireShape({ regular }: ParsedPresentation, rules: TrustRules = strictRules): void {
  if (!regular && rules.looseCredentialShape !== true) throw new WeftError(dcpErrors['presentation-malformed'])
}

/** Steps 2 and 3 (DCP-23): the holder signed the presentation, and its envelope where there is one. */
async function requireHolderSignature(layer: ParsedJwt, { holder, resolver, rules }: PresentationCheck): Promise<void> {
  try {
    await verifyJwt(layer, { signer: holder, relationship: 'authentication', resolver, rules })
  } catch (error) {
    throw authenticationFailure(error, dcpErrors['sender-unresolvable'])
  }
}

/** Step 4 (DCP-51): a presentation that was given to somebody else proves nothing to us. Data model 1.1 demands `aud`. */
function requireAddressedToUs({ profile, layers }: ParsedPresentation, audience: Did): void {
  for (const { claims } of layers) {
    if (profile === 'vc20-bssl/jwt' && claims.aud === undefined) continue
    if (!isAddressedTo(claims.aud, audience)) throw new WeftError(dcpErrors['presentation-audience-mismatch'])
  }
}

/** Step 4 (DCP-29, DCP-51). */
function requireCurrent({ profile, layers }: ParsedPresentation, now: number): void {
  for (const { claims } of layers) {
    if (profile === 'vc11-sl2021/jwt' && claims.exp === undefined && claims.iat === undefined) throw missingTimes()
    requireCurrentLayer(claims, now)
  }
}

/** One without `exp` counts for as long as a token would. */
function requireCurrentLayer(claims: JwtClaims, now: number): void {
  const fault = timeFault(claims, now, [])
  if (fault === 'missing') throw missingTimes()
  const isOld =
    claims.exp === undefined && claims.iat !== undefined && Number(claims.iat) + maxLifetimeSeconds <= now / 1000
  if (fault !== undefined || isOld) throw new WeftError(dcpErrors['presentation-expired'])
}

function missingTimes(): WeftError {
  return new WeftError(dcpErrors['presentation-malformed'])
}

/** Steps 5 and 6 (DCP-25, DCP-27). */
async function requireIssuerSignature(
  credential: VerifiableCredential,
  { resolver, rules }: PresentationCheck,
): Promise<void> {
  try {
    await verifyCredentialSignature(credential, resolver, rules)
  } catch (error) {
    throw authenticationFailure(error, dcpErrors['issuer-unresolvable'])
  }
}

/** Step 7 (DCP-30): for every type that the credential claims to be of, or it could smuggle one in. */
function requireTrustedIssuer({ issuer, types }: VerifiableCredential, trusted: IssuerTrust): void {
  const specific = types.filter((type) => type !== genericCredentialType)
  const claimed = specific.length > 0 ? specific : types
  const untrusted = claimed.find((type) => !trusted(issuer, type))
  if (untrusted === undefined) return
  throw new WeftError(dcpErrors['issuer-untrusted'], {
    message: `${issuer} is not trusted here to issue ${untrusted}.`,
  })
}

/** Step 8 (DCP-26). */
function requireHolderBinding({ subjects }: VerifiableCredential, holder: Did): void {
  if (!subjects.every((subject) => subject.id === holder)) throw new WeftError(dcpErrors['holder-mismatch'])
}

/** Step 10 (DCP-28). */
async function requireClearStatus(
  credential: VerifiableCredential,
  { statuses, rules }: PresentationCheck,
): Promise<void> {
  const status = await statuses.check(credential, rules).catch((error: unknown) => {
    throw authenticationFailure(error, dcpErrors['issuer-unresolvable'])
  })
  if (status.valid) return
  const code = status.purpose === 'revocation' ? 'credential-revoked' : 'credential-suspended'
  const type = credential.types.find((candidate) => candidate !== genericCredentialType) ?? genericCredentialType
  throw new WeftError(dcpErrors[code], {
    message: `The ${type} was ${status.purpose === 'revocation' ? 'revoked' : 'suspended'} by its issuer.`,
  })
}

/** The same credential in two presentations is verified once. */
function distinct(credentials: readonly VerifiableCredential[]): readonly VerifiableCredential[] {
  return [...new Map(credentials.map((credential) => [credential.jwt.token, credential])).values()]
}

function verified({
  id,
  profile,
  types,
  issuer,
  subjects,
  validFrom,
  validUntil,
}: VerifiableCredential): VerifiedCredential {
  return { id, profile, types, issuer, subjects, validFrom, validUntil }
}

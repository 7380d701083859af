import type { OutboundClient } from '@weft/foundation/http'
import type { JsonObject } from '@weft/foundation/processes'
import {
  authenticateSender,
  type ReleasableReplayGuard,
  type SchemaChecker,
  type TokenUse,
  type VerifiedCredential,
} from '@weft/protocols/dcp'
import type { CredentialFact, PolicyRules } from '@weft/protocols/policy'
import type { Clock, Did, DidResolver, StatusChecker } from '@weft/protocols/trust'
import {
  type DataspaceProfile,
  issuerTrustOf,
  type ProfileScopes,
  scopesOfMessage,
} from '../domain/dataspace-profile.ts'
import type { TokenService } from './token-service.ts'

/** Who sent a message, as far as that was proven. */
export interface VerifiedSender {
  readonly did: Did
  readonly credentials: readonly CredentialFact[]
  /**
   * The one use of the token that came with the message. It is spent in the transaction that the message causes, so that
   * a fault of ours does not spend it: partners repeat after a 5xx with the same token.
   */
  readonly tokenUse: TokenUse
}

interface SenderQuestion {
  /** The `Authorization` header. */
  readonly authorization: string | undefined
  /** DID of the participant that the address belongs to. */
  readonly receiver: Did
  readonly profile: DataspaceProfile
  readonly scopes: ProfileScopes
  /** The policies that the message is about: their credentials are asked for as well. */
  readonly policies: readonly PolicyRules[] | 'all'
}

export interface SenderVerification {
  /** Authenticates the sender of a DSP message with exactly one presentation query. @throws `dcp.*`, `trust.*`, and our own faults */
  verify(question: SenderQuestion): Promise<VerifiedSender>
}

export interface SenderVerificationOptions {
  readonly outbound: Pick<OutboundClient, 'send'>
  readonly tokens: TokenService
  readonly resolver: DidResolver
  readonly statuses: StatusChecker
  readonly schemas: SchemaChecker
  readonly clock: Clock
}

/** Puts the checks of DCP together with what this service knows of its participants. */
export function createSenderVerification(options: SenderVerificationOptions): SenderVerification {
  return {
    verify: async ({ authorization, receiver, profile, scopes, policies }) => {
      const { did, token, credentials } = await authenticateSender({
        authorization,
        audience: receiver,
        resolver: options.resolver,
        statuses: options.statuses,
        schemas: options.schemas,
        clock: options.clock,
        replay: spentLater,
        trusted: issuerTrustOf(profile),
        scopes: {
          required: scopes.required,
          optional: scopesOfMessage(scopes, policies).filter((scope) => !scopes.required.includes(scope)),
        },
        ownToken: (audience, accessToken) => options.tokens.withAccessToken(receiver, audience, accessToken),
        send: (request) => options.outbound.send(request),
      })
      return { did, credentials: credentials.map(factOf), tokenUse: token.use }
    },
  }
}

/** The use is written by the message's own transaction, which refuses a second one. */
const spentLater: ReleasableReplayGuard = {
  claim: () => Promise.resolve(true),
  release: () => Promise.resolve(),
}

function factOf(credential: VerifiedCredential): CredentialFact {
  return {
    types: credential.types,
    issuer: credential.issuer,
    subjects: credential.subjects.map(({ id, claims }) => ({ ...claims, ...(id === undefined ? {} : { id }) })),
    validFrom: credential.validFrom,
    ...(credential.validUntil === undefined ? {} : { validUntil: credential.validUntil }),
  }
}

/** The subjects of verified credentials, by type: what a data plane gets to know of the counterparty (DPS 4.4). */
export function claimsByType(credentials: readonly CredentialFact[]): JsonObject {
  const claims: Record<string, unknown[]> = {}
  for (const credential of credentials) {
    for (const type of credential.types) {
      if (type === 'VerifiableCredential') continue
      claims[type] = [...(claims[type] ?? []), ...credential.subjects]
    }
  }
  return claims
}

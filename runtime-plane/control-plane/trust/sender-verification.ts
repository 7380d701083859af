import type { OutboundClient } from '@weft/foundation/http'
import type { JsonObject } from '@weft/foundation/processes'
import {
  authenticateSender,
  type ReleasableReplayGuard,
  type SchemaChecker,
  type VerifiedCredential,
} from '@weft/protocols/dcp'
import type { CredentialFact } from '@weft/protocols/policy'
import type { Clock, DidResolver, StatusChecker } from '@weft/protocols/trust'
import { issuerTrustOf, scopesOfMessage } from '../domain/dataspace-profile.ts'
import type { SenderQuestion, VerifiedSender } from './counterparty-identity.ts'
import type { TokenService } from './token-service.ts'

export interface SenderVerificationOptions {
  readonly outbound: Pick<OutboundClient, 'send'>
  readonly tokens: TokenService
  readonly resolver: DidResolver
  readonly statuses: StatusChecker
  readonly schemas: SchemaChecker
  readonly clock: Clock
}

/** Authenticates senders with exactly one presentation query a message: the checks of DCP with what we know of our participants. */
export function createSenderVerification(
  options: SenderVerificationOptions,
): (question: SenderQuestion) => Promise<VerifiedSender> {
  return async ({ authorization, receiver, profile, scopes, policies }) => {
    const { did, token, credentials } = await authenticateSender({
      authorization,
      audience: receiver,
      resolver: options.resolver,
      statuses: options.statuses,
      schemas: options.schemas,
      clock: options.clock,
      replay: spentLater,
      trusted: issuerTrustOf(profile),
      ...(profile.trust ? { rules: profile.trust } : {}),
      scopes: {
        required: scopes.required,
        optional: scopesOfMessage(scopes, policies).filter((scope) => !scopes.required.includes(scope)),
      },
      ownToken: (audience, accessToken) => options.tokens.withAccessToken(receiver, audience, accessToken),
      send: (request) => options.outbound.send(request),
    })
    return { id: did, credentials: credentials.map(factOf), tokenUse: token.use }
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

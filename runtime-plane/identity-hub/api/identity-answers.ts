import type { ParticipantContextId } from '@weft/foundation/access'
import type { CredentialProfile } from '@weft/protocols/trust'
import { parseCredential } from '@weft/protocols/trust'
import type { ReceivedOffer } from '../domain/credential-offer.ts'
import type { CredentialRequest } from '../domain/credential-request.ts'
import type { HeldCredential, HeldCredentialState } from '../domain/held-credential.ts'
import type { KeyPair, KeyPairState } from '../domain/key-pair.ts'
import type { ParticipantSummary } from '../domain/participant.ts'
import type {
  CredentialAnswer,
  CredentialOfferAnswer,
  CredentialRequestAnswer,
  KeyPairAnswer,
  ParticipantAnswer,
} from './identity-schemas.ts'

/** Codes under which EDC persists states; its clients compare with them. */
const participantStates = { active: 200, inactive: 300 } as const
const keyPairStates: Readonly<Record<KeyPairState, number>> = {
  CREATED: 100,
  ACTIVATED: 200,
  ROTATED: 300,
  REVOKED: 400,
}
const credentialStates: Readonly<Record<HeldCredentialState, number>> = {
  ISSUED: 500,
  REVOKED: 600,
  SUSPENDED: 700,
  EXPIRED: 800,
  NOT_YET_VALID: 900,
}

/** EDC's names of the credential formats. */
const formatNames: Readonly<Record<CredentialProfile, string>> = {
  'vc11-sl2021/jwt': 'VC1_0_JWT',
  'vc20-bssl/jwt': 'VC2_0_JOSE',
}

export function participantAnswer(one: ParticipantSummary): ParticipantAnswer {
  return {
    participantContextId: one.participantContextId,
    did: one.did,
    identity: one.did,
    didHosting: one.didHosting,
    state: one.active ? participantStates.active : participantStates.inactive,
    createdAt: one.createdAt.getTime(),
    lastModified: one.modifiedAt.getTime(),
  }
}

export function keyPairAnswer(id: ParticipantContextId, pair: KeyPair): KeyPairAnswer {
  return {
    id: pair.id,
    participantContextId: id,
    timestamp: pair.createdAt.getTime(),
    keyId: pair.kid,
    usage: [...pair.usage],
    state: keyPairStates[pair.state],
    defaultPair: pair.isDefault,
    replaces: pair.replaces,
    publishedUntil: pair.publishedUntil?.getTime() ?? null,
    serializedPublicKey: JSON.stringify(pair.publicJwk),
  }
}

export function credentialAnswer(held: HeldCredential, state: HeldCredentialState): CredentialAnswer {
  const read = parseCredential(held.raw)
  return {
    id: held.id,
    participantContextId: held.participantContextId,
    issuerId: held.issuerDid,
    holderId: held.holderDid,
    holderPid: held.holderPid,
    state: credentialStates[state],
    renewal: {
      state: held.renewal.state,
      at: held.renewal.at?.getTime() ?? null,
      attempts: held.renewal.attempts,
      holderPid: held.renewal.holderPid,
      error: held.renewal.error,
    },
    timestamp: held.createdAt.getTime(),
    verifiableCredential: {
      format: formatNames[held.profile],
      rawVc: held.raw,
      credential: {
        id: held.credentialId ?? null,
        type: [...held.types],
        issuer: { id: held.issuerDid },
        issuanceDate: held.validFrom.toISOString(),
        expirationDate: held.validUntil?.toISOString() ?? null,
        credentialSubject: read.subjects.map(({ id, claims }) => ({ ...claims, ...(id !== undefined && { id }) })),
        credentialStatus: [...read.status],
      },
    },
    usage: 'Holder',
  }
}

export function credentialRequestAnswer(request: CredentialRequest): CredentialRequestAnswer {
  return {
    issuerDid: request.issuerDid,
    holderPid: request.holderPid,
    issuerPid: request.issuerPid,
    status: request.state,
    typesAndFormats: request.requested.map((one) => ({
      id: one.id,
      credentialType: one.credentialType,
      format: formatNames[one.profile],
    })),
    error: request.error,
  }
}

export function offerAnswer(offer: ReceivedOffer): CredentialOfferAnswer {
  return {
    id: offer.id,
    issuerDid: offer.issuerDid,
    state: offer.state,
    credentials: offer.credentials.map((one) => ({
      id: one.id,
      credentialType: one.credentialType ?? null,
      profile: one.profile ?? null,
      offerReason: one.offerReason ?? null,
    })),
    holderPid: offer.holderPid,
    error: offer.error,
    receivedAt: offer.receivedAt.getTime(),
  }
}

import { serialisePolicy } from '@weft/protocols/policy'
import { type Static, Type } from 'typebox'
import type { ContractAgreement } from '../../domain/agreement.ts'
import type { Negotiation } from '../../domain/negotiation.ts'
import { Context, inContext, JsonObjectSchema } from './wire.ts'

/** Who moves our side of a negotiation on. */
export const ConductSchema = Type.Union([Type.Literal('automatic'), Type.Literal('manual')], {
  description: 'Whether our next message follows by itself (default) or waits for a command, at every step.',
})

export const NegotiationAnswer = Type.Object({
  '@context': Context,
  '@type': Type.Literal('ContractNegotiation'),
  '@id': Type.String(),
  type: Type.Union([Type.Literal('CONSUMER'), Type.Literal('PROVIDER')]),
  state: Type.String(),
  stateTimestamp: Type.Integer(),
  createdAt: Type.Integer(),
  protocol: Type.String(),
  profile: Type.String(),
  counterPartyId: Type.String(),
  counterPartyAddress: Type.String(),
  callbackAddresses: Type.Array(Type.Unknown()),
  conduct: ConductSchema,
  assetId: Type.String(),
  correlationId: Type.Optional(Type.String({ description: 'The process id of the counterparty.' })),
  contractAgreementId: Type.Optional(Type.String()),
  offer: Type.Optional(JsonObjectSchema),
  errorCode: Type.Optional(Type.String()),
  errorDetail: Type.Optional(Type.String()),
  errorSide: Type.Optional(Type.Union([Type.Literal('US'), Type.Literal('COUNTERPARTY')])),
  decision: Type.Optional(
    Type.Unknown({ description: 'How the policy was decided; of a provider’s negotiation alone.' }),
  ),
})

export const AgreementAnswer = Type.Object({
  '@context': Context,
  '@type': Type.Literal('ContractAgreement'),
  '@id': Type.String({ description: 'Our own id of the agreement; transfers are requested with it.' }),
  agreementId: Type.String({ description: 'Its id between the two parties.' }),
  assetId: Type.String(),
  providerId: Type.String(),
  consumerId: Type.String(),
  contractSigningDate: Type.Integer({ description: 'Seconds since the epoch.' }),
  policy: JsonObjectSchema,
})

export function negotiationAnswer(negotiation: Negotiation): Static<typeof NegotiationAnswer> {
  const { failure, decision } = negotiation
  return inContext({
    '@type': 'ContractNegotiation' as const,
    '@id': negotiation.id,
    type: negotiation.role,
    state: negotiation.state,
    stateTimestamp: negotiation.stateAt.getTime(),
    createdAt: negotiation.createdAt.getTime(),
    protocol: negotiation.profile,
    profile: negotiation.profile,
    counterPartyId: negotiation.counterpartyDid,
    counterPartyAddress: negotiation.counterpartyAddress,
    callbackAddresses: [],
    conduct: negotiation.conduct,
    assetId: negotiation.offer.target,
    offer: { ...serialisePolicy(negotiation.offer) },
    ...(negotiation.correlationId === null ? {} : { correlationId: negotiation.correlationId }),
    ...(negotiation.agreementId === null ? {} : { contractAgreementId: negotiation.agreementId }),
    ...(failure
      ? { errorCode: failure.code, errorDetail: failure.detail ?? failure.reason, errorSide: failure.by }
      : {}),
    ...(decision ? { decision } : {}),
  })
}

export function agreementAnswer(agreement: ContractAgreement): Static<typeof AgreementAnswer> {
  return inContext({
    '@type': 'ContractAgreement' as const,
    '@id': agreement.id,
    agreementId: agreement.agreementId,
    assetId: agreement.assetId,
    providerId: agreement.providerDid,
    consumerId: agreement.consumerDid,
    contractSigningDate: Math.floor(agreement.signedAt.getTime() / 1000),
    policy: { ...serialisePolicy(agreement.policy) },
  })
}

import { Type } from 'typebox'

/** Ids that clients choose: holder ids are DIDs as a rule, so more than letters and digits is allowed. */
const clientId = Type.String({ minLength: 1, maxLength: 512, pattern: '^[^\\s/?#\\\\]+$' })
export const contextParams = Type.Object({ participantContextId: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }) })
const freeForm = Type.Record(Type.String({ maxLength: 256 }), Type.Unknown())

const querySpec = Type.Object({
  '@context': Type.Optional(Type.Unknown()),
  '@type': Type.Optional(Type.Literal('QuerySpec')),
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
  sortField: Type.Optional(Type.String({ maxLength: 128 })),
  sortOrder: Type.Optional(Type.Union([Type.Literal('ASC'), Type.Literal('DESC')])),
  filterExpression: Type.Optional(
    Type.Array(
      Type.Object({
        '@type': Type.Optional(Type.Literal('Criterion')),
        operandLeft: Type.String({ maxLength: 256 }),
        operator: Type.String({ maxLength: 16 }),
        operandRight: Type.Optional(Type.Unknown()),
      }),
      { maxItems: 20 },
    ),
  ),
})
/** A query without a body asks for the first page. */
export const optionalQuerySpec = Type.Union([querySpec, Type.Null()])

const keyAlgorithm = Type.Union([Type.Literal('ES256'), Type.Literal('EdDSA')])

export const issuerBody = Type.Object(
  {
    participantContextId: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }),
    did: Type.String({ minLength: 1, maxLength: 512 }),
    /** Of its first key; ES256 when absent. */
    algorithm: Type.Optional(keyAlgorithm),
  },
  { additionalProperties: false },
)
export const issuerAnswer = Type.Object({
  participantContextId: Type.String(),
  did: Type.String(),
  keyId: Type.String(),
  issuerService: Type.String(),
})

const formatNames = Type.Union([Type.Literal('profile'), Type.Literal('edc')])

export const holderBody = Type.Object(
  {
    holderId: clientId,
    did: Type.String({ minLength: 1, maxLength: 512 }),
    name: Type.Optional(Type.String({ maxLength: 512 })),
    properties: Type.Optional(freeForm),
    /** How credentials that are delivered to it name their format: as DCP does by default, or as EDC's hub must have it. */
    formatNames: Type.Optional(formatNames),
  },
  { additionalProperties: false },
)
export const holderParams = Type.Object({ ...contextParams.properties, holderId: clientId })
export const holderAnswer = Type.Object({
  holderId: Type.String(),
  participantContextId: Type.String(),
  did: Type.String(),
  holderName: Type.String(),
  anonymous: Type.Boolean(),
  properties: freeForm,
  formatNames,
  createdAt: Type.Integer(),
})

export const attestationBody = Type.Object(
  { id: clientId, attestationType: Type.String({ maxLength: 128 }), configuration: Type.Optional(freeForm) },
  { additionalProperties: false },
)
export const attestationAnswer = Type.Object({
  id: Type.String(),
  participantContextId: Type.String(),
  attestationType: Type.String(),
  configuration: freeForm,
})
export const idParams = Type.Object({ ...contextParams.properties, id: clientId })

const members = {
  id: clientId,
  credentialType: Type.String({ minLength: 1, maxLength: 256, pattern: '^\\S+$' }),
  format: Type.String({ maxLength: 64 }),
  attestations: Type.Array(clientId, { maxItems: 20 }),
  rules: Type.Optional(
    Type.Array(Type.Object({ type: Type.String({ maxLength: 64 }), configuration: freeForm }), { maxItems: 50 }),
  ),
  mappings: Type.Array(
    Type.Object({
      input: Type.String({ maxLength: 256 }),
      output: Type.String({ maxLength: 256 }),
      required: Type.Optional(Type.Union([Type.Boolean(), Type.Literal('true'), Type.Literal('false')])),
    }),
    { maxItems: 100 },
  ),
  validity: Type.Union([Type.Integer(), Type.String({ pattern: '^[0-9]{1,12}$' })]),
  jsonSchema: Type.Optional(Type.String({ maxLength: 100_000 })),
  jsonSchemaUrl: Type.Optional(Type.String({ maxLength: 2_000, pattern: '^https?://' })),
  additionalContext: Type.Optional(Type.Array(Type.String({ maxLength: 2_000 }), { maxItems: 10 })),
  /** `manual`: somebody has to approve each request. */
  approval: Type.Optional(Type.Union([Type.Literal('automatic'), Type.Literal('manual')])),
  /** Whether its credentials can be suspended; some verifiers read no credential with two places in status lists. */
  suspendable: Type.Optional(Type.Boolean()),
}
export const definitionBody = Type.Object(members, { additionalProperties: false })
export const definitionAnswer = Type.Object({ ...members, participantContextId: Type.String() })

export const issuanceAnswer = Type.Object({
  id: Type.String(),
  participantContextId: Type.String(),
  holderId: Type.String(),
  holderPid: Type.String(),
  claims: freeForm,
  credentialDefinitions: Type.Array(Type.String()),
  credentialFormats: Type.Record(Type.String(), Type.String()),
  state: Type.String(),
  errorCode: Type.Union([Type.String(), Type.Null()]),
  errorDetail: Type.Union([Type.String(), Type.Null()]),
  createdAt: Type.Integer(),
  updatedAt: Type.Integer(),
})

/** Why a request is rejected: for the record of the issuer, never told to the holder (DCP-46). */
export const rejectionBody = Type.Union([
  Type.Object({ reason: Type.Optional(Type.String({ maxLength: 1_000 })) }, { additionalProperties: false }),
  Type.Null(),
])

export const credentialAnswer = Type.Object({
  id: Type.String(),
  participantContextId: Type.String(),
  holderId: Type.String(),
  format: Type.String(),
  credential: Type.Object({
    id: Type.String(),
    type: Type.Array(Type.String()),
    issuer: Type.String(),
    issuanceDate: Type.String(),
    expirationDate: Type.String(),
    credentialSubject: freeForm,
    credentialStatus: Type.Array(freeForm),
  }),
})
export const credentialStatusAnswer = Type.Object({
  credentialId: Type.String(),
  status: Type.Union([Type.Literal('revocation'), Type.Literal('suspension'), Type.Null()]),
  reason: Type.Null(),
})

/** The new key is of the algorithm of the old one when none is named. */
export const rotationBody = Type.Union([
  Type.Object({ algorithm: Type.Optional(keyAlgorithm) }, { additionalProperties: false }),
  Type.Null(),
])
/** The part of a key's id after the `#`. */
export const keyParams = Type.Object({
  ...contextParams.properties,
  keyId: Type.String({ maxLength: 64, pattern: '^[A-Za-z0-9-]+$' }),
})
export const keyAnswer = Type.Object({
  keyId: Type.String(),
  /** As signatures name it. */
  kid: Type.String(),
  algorithm: Type.String(),
  state: Type.Union([
    Type.Literal('ACTIVE'),
    Type.Literal('RETIRED'),
    Type.Literal('REVOKED'),
    Type.Literal('EXPIRED'),
  ]),
  createdAt: Type.Integer(),
  /** When it signed for the last time. */
  endedAt: Type.Union([Type.Integer(), Type.Null()]),
})

export const offerBody = Type.Object(
  {
    holderId: clientId,
    /** Ids of credential definitions. */
    credentials: Type.Array(clientId, { minItems: 1, maxItems: 64 }),
    /** `reissue` when absent; the other one that DCP names is `proof-key-revocation`. */
    reason: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
  },
  { additionalProperties: false },
)
export const offerAnswer = Type.Object({
  id: Type.String(),
  participantContextId: Type.String(),
  holderId: Type.String(),
  credentials: Type.Array(Type.String()),
  reason: Type.String(),
  state: Type.Union([Type.Literal('PENDING'), Type.Literal('SENT'), Type.Literal('FAILED')]),
  errorCode: Type.Union([Type.String(), Type.Null()]),
  createdAt: Type.Integer(),
  updatedAt: Type.Integer(),
})

export const preAuthorizationBody = Type.Object(
  {
    holderId: clientId,
    /** Ids of credential definitions; the request may ask for fewer. */
    credentials: Type.Array(clientId, { minItems: 1, maxItems: 64 }),
    validDays: Type.Optional(Type.Integer({ minimum: 1, maximum: 30 })),
  },
  { additionalProperties: false },
)
export const preAuthorizationAnswer = Type.Object({
  code: Type.String(),
  holderId: Type.String(),
  credentials: Type.Array(Type.String()),
  expiresAt: Type.Integer(),
})

import { type Static, Type } from 'typebox'

const keyUsage = Type.Union([
  Type.Literal('sign_token'),
  Type.Literal('sign_presentation'),
  Type.Literal('sign_credentials'),
])

/** An answer without a body. */
export const noContent = Type.Unsafe<undefined>(Type.Null({ description: 'No content' }))

export const contextParams = Type.Object({
  participantContextId: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }),
})

const keyDescriptor = Type.Object(
  {
    keyId: Type.String({
      minLength: 1,
      maxLength: 600,
      description: 'Name of the key below the DID, or the whole DID URL.',
    }),
    type: Type.Optional(Type.Literal('JsonWebKey2020')),
    usage: Type.Optional(Type.Array(keyUsage, { minItems: 1, maxItems: 3, description: 'All usages when absent.' })),
    keyGeneratorParams: Type.Optional(
      Type.Object(
        { algorithm: Type.Literal('EC'), curve: Type.Optional(Type.Literal('secp256r1')) },
        { additionalProperties: false, description: 'The hub makes ES256 keys; private keys are never sent to it.' },
      ),
    ),
    active: Type.Optional(Type.Literal(true)),
    privateKeyAlias: Type.Optional(
      Type.String({ maxLength: 600, description: 'Taken for compatibility; the hub names its secrets itself.' }),
    ),
  },
  { additionalProperties: false },
)

const service = Type.Object(
  {
    id: Type.String({ minLength: 1, maxLength: 600 }),
    type: Type.String({ minLength: 1, maxLength: 100, description: 'For instance CredentialService or DataService.' }),
    serviceEndpoint: Type.String({ minLength: 1, maxLength: 2000 }),
  },
  { additionalProperties: false },
)

export const manifest = Type.Object(
  {
    participantContextId: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }),
    did: Type.String({
      minLength: 1,
      maxLength: 512,
      description: 'A did:web below the public URL of the deployment.',
    }),
    key: Type.Optional(keyDescriptor),
    keys: Type.Optional(Type.Array(keyDescriptor, { minItems: 1, maxItems: 10 })),
    serviceEndpoints: Type.Optional(Type.Array(service, { maxItems: 20 })),
    active: Type.Optional(
      Type.Boolean({ description: 'Whether the DID document is published at once. Default false.' }),
    ),
    provisionStsAccount: Type.Optional(
      Type.Boolean({ description: 'Whether a client secret for the STS is made. Default false.' }),
    ),
  },
  { additionalProperties: false },
)

export const account = Type.Object({
  apiKey: Type.Null(),
  clientId: Type.String({ description: 'The DID: client id at the STS.' }),
  clientSecret: Type.Union([Type.String(), Type.Null()]),
})

export const participant = Type.Object({
  participantContextId: Type.String(),
  did: Type.String(),
  identity: Type.String({ description: 'The DID again, under the name that newer clients read.' }),
  state: Type.Integer({ description: '200 active, 300 not active.' }),
  createdAt: Type.Integer({ description: 'Milliseconds since the epoch.' }),
  lastModified: Type.Integer({ description: 'Milliseconds since the epoch.' }),
})

export const keyPair = Type.Object({
  id: Type.String(),
  participantContextId: Type.String(),
  timestamp: Type.Integer({ description: 'When it was made, milliseconds since the epoch.' }),
  keyId: Type.String({ description: 'DID URL: the kid of what it signs.' }),
  usage: Type.Array(keyUsage),
  state: Type.Integer({ description: '200: in use.' }),
  serializedPublicKey: Type.String({ description: 'Public JWK as JSON text.' }),
})

/** A DID document is shown as it is published. */
export const didDocument = Type.Object({ id: Type.String() }, { additionalProperties: true })

export const pageBody = Type.Object({
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000, default: 0 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 50 })),
})

export const credential = Type.Object({
  id: Type.String(),
  participantContextId: Type.String(),
  issuerId: Type.String(),
  holderId: Type.String(),
  holderPid: Type.String({ description: 'The request that it answers.' }),
  state: Type.Integer({ description: '500 issued, 800 expired, 900 not yet valid.' }),
  timestamp: Type.Integer({ description: 'When it was stored, milliseconds since the epoch.' }),
  verifiableCredential: Type.Object({
    format: Type.String(),
    rawVc: Type.String({ description: 'As the issuer signed it.' }),
    credential: Type.Object({
      id: Type.Union([Type.String(), Type.Null()]),
      type: Type.Array(Type.String()),
      issuer: Type.Object({ id: Type.String() }),
      issuanceDate: Type.String({ format: 'date-time' }),
      expirationDate: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
      credentialSubject: Type.Array(Type.Record(Type.String(), Type.Unknown())),
      credentialStatus: Type.Array(Type.Unknown()),
    }),
  }),
  usage: Type.Literal('Holder'),
})

export const credentialRequestBody = Type.Object(
  {
    issuerDid: Type.String({ minLength: 1, maxLength: 512 }),
    holderPid: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9._:-]{1,128}$',
        description: 'Id of the request; makes a repetition harmless.',
      }),
    ),
    credentials: Type.Array(
      Type.Object(
        {
          id: Type.String({ minLength: 1, maxLength: 600, description: 'Id in the metadata of the issuer.' }),
          type: Type.String({ minLength: 1, maxLength: 200, description: 'Type of the credential.' }),
          format: Type.String({ minLength: 1, maxLength: 50, description: 'VC1_0_JWT or vc11-sl2021/jwt.' }),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 20 },
    ),
  },
  { additionalProperties: false },
)

export const credentialRequest = Type.Object({
  issuerDid: Type.String(),
  holderPid: Type.String(),
  issuerPid: Type.Union([Type.String(), Type.Null()]),
  status: Type.Union([
    Type.Literal('CREATED'),
    Type.Literal('REQUESTING'),
    Type.Literal('REQUESTED'),
    Type.Literal('ISSUED'),
    Type.Literal('ERROR'),
  ]),
  typesAndFormats: Type.Array(Type.Object({ id: Type.String(), credentialType: Type.String(), format: Type.String() })),
  error: Type.Union([Type.Object({ code: Type.String(), reason: Type.String() }), Type.Null()], {
    description: 'Why the request ended in ERROR.',
  }),
})

export type ParticipantAnswer = Static<typeof participant>
export type KeyPairAnswer = Static<typeof keyPair>
export type CredentialAnswer = Static<typeof credential>
export type CredentialRequestAnswer = Static<typeof credentialRequest>

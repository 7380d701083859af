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

export const keyDescriptor = Type.Object(
  {
    keyId: Type.String({
      minLength: 1,
      maxLength: 600,
      description: 'Name of the key below the DID, or the whole DID URL.',
    }),
    type: Type.Optional(Type.Literal('JsonWebKey2020')),
    usage: Type.Optional(Type.Array(keyUsage, { minItems: 1, maxItems: 3, description: 'All usages when absent.' })),
    keyGeneratorParams: Type.Optional(
      Type.Union(
        [
          Type.Object(
            { algorithm: Type.Literal('EC'), curve: Type.Optional(Type.Literal('secp256r1')) },
            { additionalProperties: false },
          ),
          Type.Object(
            { algorithm: Type.Literal('EdDSA'), curve: Type.Optional(Type.Literal('Ed25519')) },
            { additionalProperties: false },
          ),
        ],
        { description: 'ES256 when absent. The hub makes the keys; private keys are never sent to it.' },
      ),
    ),
    active: Type.Optional(
      Type.Boolean({ description: 'Whether it signs at once. Default true; the keys of a manifest always do.' }),
    ),
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
      description: 'A did:web below the public URL of the deployment, or of the customer by didHosting.',
    }),
    didHosting: Type.Optional(
      Type.Union([Type.Literal('platform'), Type.Literal('domain'), Type.Literal('customer')], {
        description:
          'platform (default): below the public URL. domain: on a domain of the customer that points at this deployment. customer: on a domain of the customer, who hosts the document.',
      }),
    ),
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
  didHosting: Type.Union([Type.Literal('platform'), Type.Literal('domain'), Type.Literal('customer')]),
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
  state: Type.Integer({ description: '100 made, 200 signs, 300 rotated, 400 revoked.' }),
  defaultPair: Type.Boolean({ description: 'Signs where several could.' }),
  replaces: Type.Union([Type.String(), Type.Null()], {
    description: 'Id of the key pair whose place it takes when it is activated.',
  }),
  publishedUntil: Type.Union([Type.Integer(), Type.Null()], {
    description: 'When a rotated key leaves the DID document, milliseconds since the epoch.',
  }),
  serializedPublicKey: Type.String({ description: 'Public JWK as JSON text.' }),
})

/** A DID document is shown as it is published. */
export const didDocument = Type.Object({ id: Type.String() }, { additionalProperties: true })

export const didVerification = Type.Object({
  did: Type.String(),
  url: Type.String({ description: 'Where partners fetch the document.' }),
  state: Type.Union([Type.Literal('MATCHES'), Type.Literal('DIFFERS'), Type.Literal('UNREACHABLE')]),
  problem: Type.Union([Type.Object({ code: Type.String(), reason: Type.String() }), Type.Null()], {
    description: 'Why it is unreachable.',
  }),
  differences: Type.Array(Type.Object({ kind: Type.String(), id: Type.String(), message: Type.String() })),
  activatedKeyPairs: Type.Array(Type.String(), { description: 'Key pairs that waited for it and sign from now on.' }),
})

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
  state: Type.Integer({ description: '500 issued, 600 revoked, 700 suspended, 800 expired, 900 not yet valid.' }),
  timestamp: Type.Integer({ description: 'When it was stored, milliseconds since the epoch.' }),
  renewal: Type.Object(
    {
      state: Type.Union([
        Type.Literal('NONE'),
        Type.Literal('SCHEDULED'),
        Type.Literal('REQUESTED'),
        Type.Literal('FAILED'),
      ]),
      at: Type.Union([Type.Integer(), Type.Null()], { description: 'When the issuer is asked (again).' }),
      attempts: Type.Integer({ description: 'Requests that came to nothing so far.' }),
      holderPid: Type.Union([Type.String(), Type.Null()], {
        description: 'The request that is on its way, or the last.',
      }),
      error: Type.Union([Type.Object({ code: Type.String(), reason: Type.String() }), Type.Null()]),
    },
    { description: 'How its renewal stands. FAILED is the end: it runs out at its date.' },
  ),
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
          format: Type.String({
            minLength: 1,
            maxLength: 50,
            description: 'vc11-sl2021/jwt or vc20-bssl/jwt, or EDC’s names VC1_0_JWT and VC2_0_JOSE.',
          }),
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

export const credentialOffer = Type.Object({
  id: Type.String(),
  issuerDid: Type.String(),
  state: Type.Union(
    [
      Type.Literal('RECEIVED'),
      Type.Literal('OPEN'),
      Type.Literal('RENEWED'),
      Type.Literal('UNRESOLVED'),
      Type.Literal('ACCEPTED'),
    ],
    {
      description:
        'RECEIVED: not looked at yet. OPEN: may be accepted. RENEWED: about what is held, which was asked for again. UNRESOLVED: it could not be found out what is offered.',
    },
  ),
  credentials: Type.Array(
    Type.Object({
      id: Type.String({ description: 'Id in the metadata of the issuer.' }),
      credentialType: Type.Union([Type.String(), Type.Null()]),
      profile: Type.Union([Type.String(), Type.Null()]),
      offerReason: Type.Union([Type.String(), Type.Null()]),
    }),
  ),
  holderPid: Type.Union([Type.String(), Type.Null()], { description: 'The request that its acceptance made.' }),
  error: Type.Union([Type.Object({ code: Type.String(), reason: Type.String() }), Type.Null()]),
  receivedAt: Type.Integer({ description: 'Milliseconds since the epoch.' }),
})

export const acceptance = Type.Object(
  {
    credentials: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 600 }), {
        minItems: 1,
        maxItems: 64,
        description: 'Ids of credentials of the offer; all of them when absent.',
      }),
    ),
    holderPid: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9._:-]{1,128}$' })),
  },
  { additionalProperties: false },
)

export type CredentialOfferAnswer = Static<typeof credentialOffer>
export type ParticipantAnswer = Static<typeof participant>
export type KeyPairAnswer = Static<typeof keyPair>
export type CredentialAnswer = Static<typeof credential>
export type CredentialRequestAnswer = Static<typeof credentialRequest>

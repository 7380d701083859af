import { type Static, Type } from 'typebox'

/** Settings of the identity hub. */
export const identityHubSettings = Type.Object({
  publicUrl: Type.String({
    description: 'Public base URL of the deployment, without a trailing slash; every DID of the hub lies below it.',
    pattern: '^https?://[^/?#]+(/[^?#]*[^/?#])?$',
  }),
  credentialRequestDeadlineSeconds: Type.Integer({
    description: 'How long an issuer may take until a credential request ends in ERROR.',
    minimum: 1,
    maximum: 604_800,
    default: 600,
  }),
  keyRotationDays: Type.Number({
    description: 'Age at which the signing key of a participant is rotated by itself (DCP-45), in days.',
    exclusiveMinimum: 0,
    maximum: 3650,
    default: 90,
  }),
  credentialRenewalShare: Type.Number({
    description: 'Share of the life of a held credential that is left when its issuer is asked for a new one.',
    exclusiveMinimum: 0,
    exclusiveMaximum: 1,
    default: 1 / 3,
  }),
  trust: Type.Object(
    {
      relationships: Type.Optional(
        Type.Union([Type.Literal('required'), Type.Literal('optional')], {
          description: 'optional: keys of a DID document count although no verification relationship lists them.',
        }),
      ),
      unsignedStatusLists: Type.Optional(
        Type.Boolean({ description: 'Whether status lists that came over TLS are taken without a signature.' }),
      ),
      looseCredentialShape: Type.Optional(
        Type.Boolean({ description: 'Whether credentials are taken that miss their data model in harmless places.' }),
      ),
    },
    {
      description:
        'What is relaxed for partners that cannot do better; strict when empty. The conformance kit of DCP in its release candidate 6 needs relationships and looseCredentialShape.',
      default: {},
      additionalProperties: false,
    },
  ),
})

export type IdentityHubSettings = Static<typeof identityHubSettings>

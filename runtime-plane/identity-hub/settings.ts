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
})

export type IdentityHubSettings = Static<typeof identityHubSettings>

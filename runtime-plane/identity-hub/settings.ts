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
})

export type IdentityHubSettings = Static<typeof identityHubSettings>

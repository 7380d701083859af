/** How a registered control plane is called and proves its own calls, without its secret. */
export type ControlPlaneAuthorization =
  /** A service of this deployment: both sides use the deployment's workload tokens. */
  | { readonly type: 'workload' }
  | {
      readonly type: 'oauth2_client_credentials'
      readonly tokenEndpoint: string
      readonly clientId: string
      readonly jwks?: Readonly<Record<string, unknown>>
      readonly jwksUri?: string
    }
  | {
      readonly type: 'oauth2_token_exchange'
      readonly tokenExchangeEndpoint: string
      readonly issuer: string
      readonly jwksUri: string
    }

/** A control plane that registered for one participant context, beside the deployment's own. */
export interface ControlPlane {
  readonly id: string
  /** Base of the call-backs: `/transfers/…` is below it. */
  readonly endpoint: string
  readonly authorization: ControlPlaneAuthorization
  /** Name of the vault entry with the client secret; null where there is none. */
  readonly secret: string | null
  /** Who registered it: nobody else may replace or remove it. */
  readonly registeredBy: string
}

/** As whom a control plane calls that proves itself with keys of its own. No client id of the deployment looks like it. */
export function ownKeysCaller(id: string): string {
  return `control-plane:${id}`
}

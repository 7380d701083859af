import type { ApiDefinition } from '@weft/foundation/http'
import type { AdminApiOptions } from './as-issuer.ts'
import { attestationRoutes } from './attestation-routes.ts'
import { credentialRoutes } from './credential-routes.ts'
import { definitionRoutes } from './definition-routes.ts'
import { holderRoutes } from './holder-routes.ts'
import { issuanceRoutes } from './issuance-routes.ts'
import { issuerRoutes } from './issuer-routes.ts'
import { keyRoutes } from './key-routes.ts'
import { offerRoutes } from './offer-routes.ts'
import { preAuthorizationRoutes } from './pre-authorization-routes.ts'
import { renderError } from './render-error.ts'

/** The issuer administration API: issuers for the operator, everything below them for each issuer. */
export function adminApi(options: AdminApiOptions): ApiDefinition {
  return {
    name: 'issuer-admin',
    title: 'Issuer administration',
    version: 'v1beta',
    prefix: '/api/issuer/v1beta',
    renderError,
    routes: (app) => {
      for (const add of [
        issuerRoutes,
        holderRoutes,
        attestationRoutes,
        definitionRoutes,
        issuanceRoutes,
        credentialRoutes,
        offerRoutes,
        preAuthorizationRoutes,
        keyRoutes,
      ]) {
        add(app, options)
      }
    },
  }
}

import type { ApiDefinition } from '@weft/foundation/http'
import { renderError } from '@weft/protocols/fabric'
import type { DeployDeps } from '../deploy-participant.ts'
import { cellRoutes } from './cells.ts'
import { dataspaceProfileRoutes } from './dataspace-profiles.ts'
import { participantProfileRoutes } from './participant-profiles.ts'
import { tenantRoutes } from './tenants.ts'

/** The tenant manager's REST API. */
export function tenantManagerApi(deps: DeployDeps): ApiDefinition {
  return {
    name: 'tenant-manager',
    title: 'Tenant Manager API',
    version: 'v1alpha1',
    prefix: '/api/tm/v1alpha1',
    renderError,
    routes: (app) => {
      tenantRoutes(app, deps.database)
      participantProfileRoutes(app, deps)
      cellRoutes(app, deps.database)
      dataspaceProfileRoutes(app, deps.database, deps.clock)
    },
  }
}

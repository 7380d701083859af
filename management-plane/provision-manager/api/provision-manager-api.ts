import type { ApiDefinition } from '@weft/foundation/http'
import { renderError } from '@weft/protocols/fabric'
import type { RunDeps } from '../run-orchestration.ts'
import { activityDefinitionRoutes } from './activity-definitions.ts'
import { orchestrationDefinitionRoutes } from './orchestration-definitions.ts'
import { orchestrationRoutes } from './orchestrations.ts'

/** The provision manager's REST API. */
export function provisionManagerApi(deps: RunDeps): ApiDefinition {
  return {
    name: 'provision-manager',
    title: 'Provision Manager API',
    version: 'v1alpha1',
    prefix: '/api/pm/v1alpha1',
    renderError,
    routes: (app) => {
      activityDefinitionRoutes(app, deps.database)
      orchestrationDefinitionRoutes(app, deps.database)
      orchestrationRoutes(app, deps)
    },
  }
}

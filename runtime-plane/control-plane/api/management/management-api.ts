import type { ApiDefinition } from '@weft/foundation/http'
import type { Parts } from '../../parts.ts'
import { agreementRoutes } from './agreements.ts'
import { assetValidationRoutes } from './asset-validation.ts'
import { assetRoutes } from './assets.ts'
import { catalogRoutes } from './catalog.ts'
import { contextConfigRoutes } from './context-config.ts'
import { contractDefinitionRoutes } from './contract-definitions.ts'
import { dataPlaneRoutes } from './data-planes.ts'
import { dcpScopeRoutes } from './dcp-scopes.ts'
import { discoveryRoutes } from './discovery.ts'
import { edrRoutes } from './edrs.ts'
import { negotiationCommandRoutes } from './negotiation-commands.ts'
import { negotiationRoutes } from './negotiations.ts'
import { openingOfferRoutes } from './opening-offers.ts'
import { participantRoutes } from './participants.ts'
import { policyRoutes } from './policies.ts'
import { profileRoutes } from './profiles.ts'
import { transferRoutes } from './transfers.ts'
import { renderManagementError } from './wire.ts'

/** The administration API of the control plane, compatible with EDC's management API per participant context. */
export function managementApi(parts: Parts): ApiDefinition {
  return {
    name: 'management',
    title: 'Management API',
    version: 'v5beta',
    prefix: '/api/management/v5beta',
    renderError: renderManagementError,
    routes: (app) => {
      for (const register of [
        participantRoutes,
        contextConfigRoutes,
        profileRoutes,
        dcpScopeRoutes,
        assetRoutes,
        assetValidationRoutes,
        policyRoutes,
        contractDefinitionRoutes,
        catalogRoutes,
        discoveryRoutes,
        negotiationRoutes,
        negotiationCommandRoutes,
        openingOfferRoutes,
        agreementRoutes,
        transferRoutes,
        edrRoutes,
        dataPlaneRoutes,
      ]) {
        register(app, parts)
      }
    },
  }
}

import { isJsonObject } from '../policy/index.ts'
import { rootOfVersionUrl } from './versions.ts'

/** A service of a DID document that says where DSP is spoken (DSP-44). */
export interface DspDidService {
  readonly id: string
  readonly type: 'DataService'
  /** URL of the version endpoint. */
  readonly serviceEndpoint: string
}

/** @param id absolute: `did:web:example.com#dsp` */
export function buildDidService(id: string, versionUrl: string): DspDidService {
  return { id, type: 'DataService', serviceEndpoint: versionUrl }
}

/** `root`: read its version document. `base`: a DSP base of an unknown version, taken for 2025-1. */
export type DspEndpoint = { readonly kind: 'root' | 'base'; readonly url: string }

/**
 * Where a participant speaks DSP, by its DID document: the first `DataService`, else the first `CatalogService`. Both shapes
 * of endpoint occur for either (2.3): the version endpoint, and an address below which the paths of DSP lie.
 */
export function findDataServiceEndpoint(services: readonly unknown[]): DspEndpoint | undefined {
  for (const type of ['DataService', 'CatalogService']) {
    for (const service of services) {
      if (!isJsonObject(service) || service.type !== type) continue
      const endpoint = service.serviceEndpoint
      if (typeof endpoint !== 'string' || !URL.canParse(endpoint)) continue
      const root = rootOfVersionUrl(endpoint)
      if (root !== undefined) return { kind: 'root', url: root }
      return { kind: 'base', url: endpoint.replace(/\/+$/, '').replace(/\/catalog$/, '') }
    }
  }
  return undefined
}

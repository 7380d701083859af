import { dspContext, edcNamespace, passesForDspTerm } from '../json-ld/index.ts'
import { type JsonObject, type OfferPolicy, serialisePolicy } from '../policy/index.ts'

type OneOrMore<T> = readonly [T, ...T[]]

/** The address under which offers are negotiated and transfers requested. */
export interface CatalogService {
  readonly id: string
  /** A DSP base of the same version as the catalog (DSP-12). */
  readonly endpointUrl: string
}

/** A dataset with at least one offer and one format (DSP-10). */
export interface CatalogDataset {
  readonly id: string
  /** Of `toOffer` without a target; ids unique in the dataset (DSP-11). */
  readonly offers: OneOrMore<OfferPolicy>
  /** Transfer profiles: `HttpData-PULL`, `https://w3id.org/dspace-sig/profile/http-pull`. */
  readonly formats: OneOrMore<string>
  /**
   * Further metadata. Names with a scheme or prefix (`dct:title`, full IRIs) travel as they are; plain names travel in EDC's
   * namespace, where other connectors look for them. A name that would pass for a member of DSP is left out.
   */
  readonly properties?: Readonly<Record<string, unknown>>
}

export interface CatalogSource {
  readonly id: string
  /** The provider's participant id. */
  readonly participantId: string
  readonly service: CatalogService
  readonly datasets: readonly CatalogDataset[]
}

/** A catalog for one requester (DSP-07); without datasets it has no member `dataset` (DSP-13). */
export function buildCatalog(source: CatalogSource): JsonObject {
  const datasets = source.datasets.map((dataset) => datasetJson(dataset, source.service))
  return {
    '@context': [dspContext],
    '@id': source.id,
    '@type': 'Catalog',
    participantId: source.participantId,
    service: [serviceJson(source.service)],
    ...(datasets.length === 0 ? {} : { dataset: datasets }),
  }
}

/** A dataset as an answer of its own (DSP-14). */
export function buildDataset(dataset: CatalogDataset, service: CatalogService): JsonObject {
  return { '@context': [dspContext], ...datasetJson(dataset, service) }
}

function datasetJson(dataset: CatalogDataset, service: CatalogService): JsonObject {
  return {
    ...metadata(dataset.properties ?? {}),
    '@id': dataset.id,
    '@type': 'Dataset',
    hasPolicy: dataset.offers.map(offerJson),
    distribution: dataset.formats.map((format) => ({
      '@type': 'Distribution',
      format,
      // The object rather than its id: a dataset on its own has no list of services to look the id up in.
      accessService: serviceJson(service),
    })),
  }
}

/** DSP-11: no target in a catalog; parties neither, which DSP 2025-1 names in agreements only. */
function offerJson(offer: OfferPolicy): JsonObject {
  const { id, profile, permission, prohibition, obligation } = offer
  return serialisePolicy({ kind: 'Offer', id, profile, permission, prohibition, obligation })
}

function serviceJson(service: CatalogService): JsonObject {
  return { '@id': service.id, '@type': 'DataService', endpointURL: service.endpointUrl }
}

function metadata(properties: Readonly<Record<string, unknown>>): JsonObject {
  const named = Object.entries(properties)
    .filter(([name]) => name !== '' && !name.startsWith('@') && !passesForDspTerm(name))
    .map(([name, value]) => [name.includes(':') ? name : `${edcNamespace}${name}`, value] as const)
  return Object.fromEntries(named)
}

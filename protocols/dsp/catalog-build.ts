import { dspContext, edcNamespace, passesForDspTerm } from '../json-ld/index.ts'
import { type JsonObject, type OfferPolicy, serialisePolicy } from '../policy/index.ts'
import type { DspBinding } from './bindings.ts'

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
  const datasets = source.datasets.map((dataset) => datasetJson(dataset, source.service.id))
  return {
    '@context': [dspContext],
    '@id': source.id,
    '@type': 'Catalog',
    participantId: source.participantId,
    service: [serviceJson(source.service)],
    ...(datasets.length === 0 ? {} : { dataset: datasets }),
  }
}

/**
 * The text of `buildCatalog`, as a binding writes it. A catalog may have thousands of datasets under the same few policies
 * and formats, so what they have in common is written once.
 */
export function writeCatalog(source: CatalogSource, binding: Pick<DspBinding, 'write'>): string {
  const frame = JSON.stringify(binding.write(buildCatalog({ ...source, datasets: [] })))
  if (source.datasets.length === 0) return frame
  const write = datasetWriter(source.service.id)
  const texts = source.datasets.map((dataset, index) => `${index === 0 ? '' : ','}${write(dataset)}`)
  // Joined with its frame at once: one put around it later would copy what is long already.
  return [`${frame.slice(0, -1)},"dataset":[`, ...texts, ']}'].join('')
}

/** Writes datasets as `datasetJson` makes them. */
function datasetWriter(accessService: AccessService): (dataset: CatalogDataset) => string {
  const names: WireNames = new Map()
  const distributions = new Map<string, string>()
  const rules = new Map<OfferPolicy['permission'], WrittenRules>()

  const distributionOf = (formats: CatalogDataset['formats']): string => {
    const key = JSON.stringify(formats)
    const written = distributions.get(key) ?? JSON.stringify(distributionJson(formats, accessService))
    distributions.set(key, written)
    return written
  }
  const offerOf = (offer: OfferPolicy): string => {
    const known = rules.get(offer.permission)
    const written = known && haveSameRules(known.offer, offer) ? known : { offer, text: rulesText(offer) }
    rules.set(offer.permission, written)
    return `{"@id":${JSON.stringify(offer.id)},${written.text}`
  }
  return ({ id, offers, formats, properties }) => {
    const members = JSON.stringify(metadata(properties ?? {}, names)).slice(1, -1)
    const before = members === '' ? '' : `${members},`
    const hasPolicy = offers.map(offerOf).join(',')
    return `{${before}"@id":${JSON.stringify(id)},"@type":"Dataset","hasPolicy":[${hasPolicy}],"distribution":${distributionOf(formats)}}`
  }
}

/** The text of an offer after its id, and an offer that has it. */
interface WrittenRules {
  readonly offer: OfferPolicy
  readonly text: string
}

function rulesText(offer: OfferPolicy): string {
  const { '@id': _, ...rules } = offerJson(offer)
  return JSON.stringify(rules).slice(1)
}

/** Offers of one policy share its rules (`toOffer`). */
function haveSameRules(one: OfferPolicy, other: OfferPolicy): boolean {
  return (
    one.permission === other.permission &&
    one.prohibition === other.prohibition &&
    one.obligation === other.obligation &&
    one.profile === other.profile
  )
}

/** A dataset as an answer of its own (DSP-14). */
export function buildDataset(dataset: CatalogDataset, service: CatalogService): JsonObject {
  return { '@context': [dspContext], ...datasetJson(dataset, serviceJson(service)) }
}

/**
 * What a distribution says of its service: in a catalog the id alone (2.4), since the catalog lists the service, which would
 * be more than a quarter of a long catalog; the service itself where a dataset is on its own.
 */
type AccessService = string | JsonObject

function datasetJson(dataset: CatalogDataset, accessService: AccessService): JsonObject {
  return {
    ...metadata(dataset.properties ?? {}),
    '@id': dataset.id,
    '@type': 'Dataset',
    hasPolicy: dataset.offers.map(offerJson),
    distribution: distributionJson(dataset.formats, accessService),
  }
}

function distributionJson(formats: CatalogDataset['formats'], accessService: AccessService): readonly JsonObject[] {
  return formats.map((format) => ({ '@type': 'Distribution', format, accessService }))
}

/** DSP-11: no target in a catalog; parties neither, which DSP 2025-1 names in agreements only. */
function offerJson(offer: OfferPolicy): JsonObject {
  const { id, profile, permission, prohibition, obligation } = offer
  return serialisePolicy({ kind: 'Offer', id, profile, permission, prohibition, obligation })
}

function serviceJson(service: CatalogService): JsonObject {
  return { '@id': service.id, '@type': 'DataService', endpointURL: service.endpointUrl }
}

/** What names of properties travel as; undefined for those that are left out. */
type WireNames = Map<string, string | undefined>

function metadata(properties: Readonly<Record<string, unknown>>, names: WireNames = new Map()): JsonObject {
  const members: Record<string, unknown> = {}
  for (const name of Object.keys(properties)) {
    if (!names.has(name)) names.set(name, wireName(name))
    const named = names.get(name)
    if (named !== undefined) members[named] = properties[name]
  }
  return members
}

/** Never `__proto__`: a plain name gets a namespace. */
function wireName(name: string): string | undefined {
  if (name === '' || name.startsWith('@') || passesForDspTerm(name)) return undefined
  return name.includes(':') ? name : `${edcNamespace}${name}`
}

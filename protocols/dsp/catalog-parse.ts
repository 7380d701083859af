import { WeftError } from '@weft/foundation/errors'
import { type JsonObject, JsonReader, type OfferPolicy, parsePolicy } from '../policy/index.ts'
import { dspTerm, requireDspContext } from './context.ts'
import { dspErrors } from './errors.ts'

export interface Distribution {
  /** The transfer profile to ask for in a transfer request. */
  readonly format: string
  /** One that is only named has the address that its catalog lists for it. */
  readonly accessService: { readonly id?: string; readonly endpointUrl?: string }
  /** Offers of this distribution only. */
  readonly offers: readonly OfferPolicy[]
}

export interface Dataset {
  readonly id: string
  readonly offers: readonly OfferPolicy[]
  readonly distributions: readonly Distribution[]
  /** Every other member, as it came: titles, descriptions and properties of the provider's own. */
  readonly properties: JsonObject
}

/** A dataset that could not be read: it does not keep others from being seen, and is not hidden either. */
export interface UnreadableDataset {
  /** JSON pointer below the catalog. */
  readonly pointer: string
  readonly code: string
  readonly message: string
}

export interface Catalog {
  readonly id: string
  /** Of the provider; always there for a root catalog. */
  readonly participantId?: string
  readonly services: readonly { readonly id: string; readonly endpointUrl: string }[]
  readonly datasets: readonly Dataset[]
  readonly catalogs: readonly Catalog[]
  /** Of a nested catalog: where it can be read. */
  readonly distributions: readonly Distribution[]
  readonly unreadable: readonly UnreadableDataset[]
}

/** What is taken of one page of a catalog. */
const most = { datasets: 10_000, offers: 1000, distributions: 100, services: 1000, catalogs: 1000, depth: 5 }

/**
 * Reads a root catalog of DSP 2025-1 (DSP-07, DSP-13). Datasets that break a rule are listed as unreadable. Datasets are read
 * when somebody looks at them: who only hands a catalog on, does not.
 * @throws `dsp.malformed-message`, `dsp.unknown-context`, `dsp.unexpected-type`
 */
export function parseCatalog(body: unknown): Catalog & { readonly participantId: string } {
  const document = new JsonReader(body, dspErrors['malformed-message'])
  document.object()
  requireDspContext(document)
  const catalog = readCatalog(document, most.depth)
  // Where it is missing, this throws.
  document.at('participantId').id()
  return catalog as Catalog & { readonly participantId: string }
}

/**
 * Reads a dataset that is an answer of its own (DSP-14).
 * @throws `dsp.malformed-message`, `dsp.unknown-context`, `dsp.unexpected-type`, and what `parsePolicy` throws
 */
export function parseDataset(body: unknown): Dataset {
  const document = new JsonReader(body, dspErrors['malformed-message'])
  document.object()
  requireDspContext(document)
  // The schema knows no @type for a dataset; where there is one, it must be right.
  if (document.at('@type').present) requireType(document, 'Dataset')
  return readDataset(document, new Map())
}

function readCatalog(catalog: JsonReader, depth: number): Catalog {
  catalog.object()
  requireType(catalog, 'Catalog')
  if (depth === 0) throw catalog.error(`is nested deeper than ${most.depth}`)
  const items = catalog.at('dataset').items(most.datasets)
  const services = catalog
    .at('service')
    .items(most.services)
    .map((service) => ({ id: service.at('@id').id(), endpointUrl: service.at('endpointURL').id() }))
  const addresses = new Map(services.map(({ id, endpointUrl }) => [id, endpointUrl]))
  let read: ReturnType<typeof readDatasets> | undefined
  const datasets = () => {
    read ??= readDatasets(items, addresses)
    return read
  }
  const participantId = catalog.at('participantId').optionalId()
  return {
    id: catalog.at('@id').id(),
    ...(participantId === undefined ? {} : { participantId }),
    services,
    get datasets() {
      return datasets().readable
    },
    catalogs: catalog
      .at('catalog')
      .items(most.catalogs)
      .map((nested) => readCatalog(nested, depth - 1)),
    distributions: readDistributions(catalog, addresses),
    get unreadable() {
      return datasets().unreadable
    },
  }
}

/** Addresses of services by their ids. */
type Addresses = ReadonlyMap<string, string>

function readDatasets(items: readonly JsonReader[], addresses: Addresses) {
  const unreadable: UnreadableDataset[] = []
  const readable: Dataset[] = []
  for (const item of items) {
    try {
      readable.push(readDataset(item, addresses))
    } catch (thrown) {
      if (!(thrown instanceof WeftError)) throw thrown
      unreadable.push({ pointer: thrown.field ?? item.pointer, code: thrown.code, message: thrown.message })
    }
  }
  return { readable, unreadable }
}

function requireType(place: JsonReader, type: 'Catalog' | 'Dataset'): void {
  const found = dspTerm(place.at('@type').text(256)).replace(/^(?:dcat:|http:\/\/www\.w3\.org\/ns\/dcat#)/, '')
  if (found !== type) throw new WeftError(dspErrors['unexpected-type'], { field: place.at('@type').pointer })
}

const ownMembers = new Set(['@context', '@id', '@type', 'hasPolicy', 'distribution'])

function readDataset(dataset: JsonReader, addresses: Addresses): Dataset {
  const members = dataset.object()
  return {
    id: dataset.at('@id').id(),
    offers: readOffers(dataset),
    distributions: readDistributions(dataset, addresses),
    properties: Object.fromEntries(Object.entries(members).filter(([name]) => !ownMembers.has(name))),
  }
}

function readDistributions(place: JsonReader, addresses: Addresses): readonly Distribution[] {
  return place
    .at('distribution')
    .items(most.distributions)
    .map((distribution) => {
      const service = distribution.at('accessService')
      const id = service.optionalId()
      const endpointUrl = service.at('endpointURL').optionalId() ?? (id === undefined ? undefined : addresses.get(id))
      return {
        format: distribution.at('format').id(),
        accessService: {
          ...(id === undefined ? {} : { id }),
          ...(endpointUrl === undefined ? {} : { endpointUrl }),
        },
        offers: readOffers(distribution),
      }
    })
}

function readOffers(place: JsonReader): readonly OfferPolicy[] {
  return place
    .at('hasPolicy')
    .items(most.offers)
    .map((offer) => {
      const policy = parsePolicy(offer.value, offer.pointer)
      if (policy.kind !== 'Offer') throw offer.at('@type').error('must be Offer')
      return policy
    })
}

import type { Transaction } from '@weft/foundation/database'
import { WeftError } from '@weft/foundation/errors'
import type { ApiDefinition } from '@weft/foundation/http'
import {
  buildDataset,
  buildLinkHeader,
  type CatalogDataset,
  type CatalogService,
  dspErrors,
  dspPaths,
  parseDspMessage,
  readCatalogFilter,
  writeCatalog,
} from '@weft/protocols/dsp'
import { evaluatePolicy } from '@weft/protocols/policy'
import { derivedUuid } from '@weft/protocols/trust'
import type { AssetSemantics } from '../../domain/asset-semantics.ts'
import { readRequestedCriteria } from '../../domain/catalog-filter.ts'
import { type DataPlane, formatsFor } from '../../domain/data-plane.ts'
import { offersUnder } from '../../domain/offer.ts'
import { maxQueryLimit } from '../../domain/query.ts'
import { messageErrors } from '../../errors.ts'
import type { Parts } from '../../parts.ts'
import type { Addressed } from '../../store/addressed.ts'
import { listDataPlanes } from '../../store/data-planes.ts'
import {
  accessPolicies,
  type OfferedAsset,
  offeredAssets,
  policiesById,
  type WantedAssets,
} from '../../store/offers.ts'
import type { VerifiedSender } from '../../trust/counterparty-identity.ts'
import { type Answer, addressee, authenticate, dspRoute, loadedInTransaction, type Message } from './message.ts'
import { renderFor } from './refusal.ts'

/** The catalog endpoints (2.4): what is offered to the very requester, as its credentials have it (DSP-16). */
export function catalogEndpoints(parts: Parts): ApiDefinition {
  return {
    name: 'dsp-catalog',
    title: 'Dataspace Protocol 2025-1: catalog',
    version: '2025-1',
    prefix: '/dsp/:participantContextId/:profileId',
    documented: false,
    renderError: renderFor('catalog'),
    routes: (app) => {
      const request = { method: 'POST', url: dspPaths.catalogRequest, action: 'catalog.request.receive' } as const
      const dataset = { method: 'GET', url: dspPaths.dataset, action: 'catalog.dataset.receive' } as const
      dspRoute(app, parts, 'catalog', request, receiveCatalogRequest)
      dspRoute(app, parts, 'catalog', dataset, receiveDatasetRequest)
    },
  }
}

/** Datasets that the requester may see, a page at a time (DSP-07, DSP-13, DSP-15). */
async function receiveCatalogRequest(message: Message): Promise<Answer> {
  const { to } = await addressee(message)
  const sender = await authenticate(message, to, 'all')
  const page = readPage(message)
  const { found, terms } = await loadedInTransaction(message, readRules, async (tx, rules) => {
    const found = await offeredAssets(tx, satisfied(rules.accessPolicies, message.parts, sender), page)
    return { found, terms: await readTerms(tx, message, rules, found) }
  })
  const { shown, links } = cutPage(found, page)
  const service = serviceOf(message, to)
  const datasets = shown.flatMap((offered) => datasetOf(offered, terms) ?? [])
  message.parts.logger.info('a catalog was answered', {
    category: 'dsp',
    action: message.action,
    ...message.identity,
    counterparty: sender.id,
    datasets: datasets.length,
    // Without a format it would be no valid dataset (DSP-10), against the profile's schema none of this dataspace.
    leftOut: shown.length - datasets.length,
  })
  const link = buildLinkHeader(linkTargets(links, `${service.endpointUrl}${dspPaths.catalogRequest}`))
  return {
    status: 200,
    body: writeCatalog(
      { id: `${service.endpointUrl}/catalog`, participantId: to.context.identity, service, datasets },
      message.binding,
    ),
    ...(link === undefined ? {} : { headers: { link } }),
  }
}

/** One dataset; what the requester may not see looks unknown (DSP-14, DSP-16). */
async function receiveDatasetRequest(message: Message): Promise<Answer> {
  const { to } = await addressee(message)
  const sender = await authenticate(message, to, 'all')
  const dataset = await loadedInTransaction(message, readRules, async (tx, rules) => {
    const visible = satisfied(rules.accessPolicies, message.parts, sender)
    const [found] = await offeredAssets(tx, visible, { offset: 0, limit: 1, assetId: message.id })
    const built = found && datasetOf(found, await readTerms(tx, message, rules, [found]))
    if (!built) throw new WeftError(dspErrors['unknown-dataset'])
    return built
  })
  return { status: 200, body: buildDataset(dataset, serviceOf(message, to)) }
}

/** What every answer depends on, whatever is asked for. */
interface Rules {
  readonly accessPolicies: Awaited<ReturnType<typeof accessPolicies>>
  readonly dataPlanes: readonly DataPlane[]
}

/** Started together, these share the round trip that spends the token. */
async function readRules(tx: Transaction): Promise<Rules> {
  const [policies, dataPlanes] = await Promise.all([accessPolicies(tx), listDataPlanes(tx)])
  return { accessPolicies: policies, dataPlanes }
}

/** The ids of the access policies that the sender satisfies: each is decided once, however many definitions name it. */
function satisfied(policies: Rules['accessPolicies'], parts: Parts, sender: VerifiedSender): readonly string[] {
  const facts = { now: new Date(parts.clock()), counterparty: sender.id, credentials: sender.credentials }
  const evaluation = { phase: 'catalog', action: 'use', operands: parts.operands, facts } as const
  return policies.filter(({ policy }) => evaluatePolicy(policy, evaluation).allowed).map(({ id }) => id)
}

/** DSP-09: a filter that is not understood is refused, never ignored. */
function readPage(message: Message): WantedAssets {
  const { filter } = parseDspMessage('CatalogRequestMessage', message.body)
  const wanted = readCatalogFilter(filter)
  const criteria = readRequestedCriteria(wanted.criteria)
  const limit = Math.max(1, Math.min(wanted.limit ?? maxQueryLimit, maxQueryLimit))
  const place = message.query.page
  const start = place === undefined ? { offset: wanted.offset } : { offset: 0, ...readPlace(place) }
  return { ...start, limit, criteria }
}

/** A link's place in the catalog: opaque to others, the id of a neighbour to us. */
function readPlace(place: string): { readonly after: string } | { readonly before: string } {
  const text = Buffer.from(place, 'base64url').toString('utf8')
  if (text.startsWith('>')) return { after: text.slice(1) }
  if (text.startsWith('<')) return { before: text.slice(1) }
  throw new WeftError(messageErrors['link-unknown'])
}

interface Neighbours {
  readonly next?: string
  readonly previous?: string
}

/** Cuts what was read one too many, and says where the neighbouring pages begin. */
function cutPage(
  found: readonly OfferedAsset[],
  page: WantedAssets,
): { shown: readonly OfferedAsset[]; links: Neighbours } {
  const more = found.length > page.limit
  const cut = found.slice(0, page.limit)
  const backwards = page.before !== undefined
  const shown = backwards ? cut.toReversed() : cut
  const first = shown.at(0)?.asset.id
  const last = shown.at(-1)?.asset.id
  const hasNext = backwards || more
  const hasPrevious = backwards ? more : page.after !== undefined || page.offset > 0
  return {
    shown,
    links: {
      ...(hasNext && last !== undefined ? { next: `>${last}` } : {}),
      ...(hasPrevious && first !== undefined ? { previous: `<${first}` } : {}),
    },
  }
}

function linkTargets(links: Neighbours, url: string): Neighbours {
  const target = (place: string) => `${url}?page=${Buffer.from(place, 'utf8').toString('base64url')}`
  return {
    ...(links.next === undefined ? {} : { next: target(links.next) }),
    ...(links.previous === undefined ? {} : { previous: target(links.previous) }),
  }
}

function serviceOf(message: Message, to: Addressed): CatalogService {
  const endpointUrl = message.parts.dspBase(to.context.id, to.profile.name)
  // Short, since each distribution names it.
  return { id: `urn:uuid:${derivedUuid(endpointUrl)}`, endpointUrl }
}

/** What the datasets of one answer have in common. */
interface Terms {
  /** Of an asset with these labels. */
  readonly formats: (labels: readonly string[]) => readonly string[]
  /** By the id of the contract policy. */
  readonly offers: ReadonlyMap<string, ReturnType<typeof offersUnder>>
  readonly semantics: AssetSemantics
}

/** Each contract policy is read once, however many assets are offered under it. */
async function readTerms(
  tx: Transaction,
  message: Message,
  { dataPlanes }: Rules,
  found: readonly OfferedAsset[],
): Promise<Terms> {
  const ids = new Set(found.flatMap(({ offers }) => offers.map(({ policyId }) => policyId)))
  const policies = await policiesById(tx, [...ids])
  // Most assets have no labels.
  const unlabelled = formatsFor(dataPlanes, [])
  return {
    formats: (labels) => (labels.length === 0 ? unlabelled : formatsFor(dataPlanes, labels)),
    offers: new Map([...policies].map(([id, policy]) => [id, offersUnder(policy)])),
    semantics: message.parts.directory.semanticsOf(message.profile),
  }
}

/**
 * Undefined for an asset that no data plane serves, since a dataset needs a format (DSP-10), and for one that does not keep
 * to the semantics of the dataspace.
 */
function datasetOf({ asset, offers: offered }: OfferedAsset, terms: Terms): CatalogDataset | undefined {
  const [format, ...formats] = terms.formats(asset.dataplaneMetadata?.labels ?? [])
  const [offer, ...offers] = offered.flatMap(
    ({ definitionId, policyId }) => terms.offers.get(policyId)?.(definitionId, asset.id) ?? [],
  )
  if (format === undefined || offer === undefined || terms.semantics(asset.properties).length > 0) return undefined
  return {
    id: asset.id,
    offers: [offer, ...offers],
    formats: [format, ...formats],
    properties: asset.properties,
  }
}

import { WeftError } from '@weft/foundation/errors'
import type { JsonObject } from '../../policy/index.ts'
import { type Catalog, type Dataset, parseCatalog, parseDataset } from '../catalog-parse.ts'
import { dspErrors } from '../errors.ts'
import { type CatalogLinks, parseLinkHeader } from '../link-header.ts'
import { buildDspMessage } from '../message-build.ts'
import type { CatalogRequestMessage } from '../messages.ts'
import { dspPaths, fillPath, joinAddress } from '../paths.ts'
import { type DspCall, exchange, readAnswer } from './exchange.ts'

/** One page of a counterparty's catalog. */
export interface CatalogPage {
  readonly catalog: Catalog & { readonly participantId: string }
  /** The catalog as it came, in plain form. */
  readonly body: JsonObject
  /** JSON of `body`, as it came: who hands a long catalog on need not write it again. Absent where it came otherwise. */
  readonly bytes?: Buffer
  /** Absolute; give them to `followCatalogLink`. */
  readonly links: CatalogLinks
}

const largestCatalog = 32 * 1024 * 1024

/** Asks for the first page of a catalog (2.9). @throws see `exchange`; `dsp.counterparty-malformed` */
export function requestCatalog(call: DspCall, request: CatalogRequestMessage): Promise<CatalogPage> {
  return requestPage(call, joinAddress(call.address, dspPaths.catalogRequest), request)
}

/**
 * Asks for a neighbouring page: the same request at the link's address (2.9). The call needs a fresh token.
 * @throws `dsp.foreign-link` when the link leaves the origin of the counterparty's address, where its token would leak
 */
export function followCatalogLink(call: DspCall, request: CatalogRequestMessage, link: string): Promise<CatalogPage> {
  if (!URL.canParse(link) || new URL(link).origin !== new URL(call.address).origin) {
    return Promise.reject(new WeftError(dspErrors['foreign-link']))
  }
  return requestPage(call, link, request)
}

/** A dataset that was asked for alone. */
export interface RequestedDataset extends Dataset {
  /** The dataset as it came, in plain form. */
  readonly body: JsonObject
}

/** One dataset (DSP-14). @throws see `exchange`; `dsp.counterparty-malformed` */
export async function requestDataset(call: DspCall, datasetId: string): Promise<RequestedDataset> {
  const path = fillPath(dspPaths.dataset, datasetId)
  const answer = await exchange(call, { method: 'GET', path, purpose: 'dsp.dataset' })
  return readAnswer(answer, (body) => ({ ...parseDataset(body), body: body as JsonObject }), call.binding)
}

async function requestPage(call: DspCall, url: string, request: CatalogRequestMessage): Promise<CatalogPage> {
  const answer = await exchange(
    { ...call, address: url },
    {
      method: 'POST',
      path: '',
      body: buildDspMessage(request),
      purpose: `dsp.${request.type}`,
      maxBytes: largestCatalog,
    },
  )
  // The parser has seen that the body is an object.
  const read = (body: unknown, isVerbatim: boolean) => ({
    catalog: parseCatalog(body),
    body: body as JsonObject,
    ...(isVerbatim ? { bytes: answer.body } : {}),
  })
  const page = await readAnswer(answer, read, call.binding)
  const links = parseLinkHeader(answer.headers.link)
  const absolute = (link: string | undefined) =>
    link !== undefined && URL.canParse(link, url) ? new URL(link, url).href : undefined
  const [next, previous] = [absolute(links.next), absolute(links.previous)]
  return {
    ...page,
    links: { ...(next === undefined ? {} : { next }), ...(previous === undefined ? {} : { previous }) },
  }
}

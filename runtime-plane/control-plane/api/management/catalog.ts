import type { App } from '@weft/foundation/http'
import { type CatalogRequestMessage, type Dataset, dspContext } from '@weft/protocols/dsp'
import { serialisePolicy } from '@weft/protocols/policy'
import { type Static, Type } from 'typebox'
import type { Call } from '../../counterparty/counterparty.ts'
import type { Parts } from '../../parts.ts'
import { counterpartyFields, profileNameOf, requireAddressed, requireHttpAddress } from './counterparty.ts'
import {
  Context,
  ContextParams,
  errorAnswers,
  Id,
  JsonObjectSchema,
  NestedQuery,
  participantRoute,
  withActiveContext,
} from './wire.ts'

const CatalogRequestBody = Type.Object({
  '@context': Context,
  '@type': Type.Literal('CatalogRequest'),
  ...counterpartyFields,
  counterPartyId: Type.String({ description: 'DID of the counterparty.' }),
  additionalScopes: Type.Optional(Type.Array(Type.String({ maxLength: 1024 }), { maxItems: 50 })),
  querySpec: Type.Optional(NestedQuery),
})

const DatasetRequestBody = Type.Object({
  '@context': Context,
  '@type': Type.Literal('DatasetRequest'),
  '@id': Id,
  ...counterpartyFields,
  counterPartyId: Type.String({ description: 'DID of the counterparty.' }),
})

/** The counterparty's own bytes where they can be handed on: writing a long catalog again takes as long as reading it. */
const CounterpartyCatalog = Type.Unsafe<Record<string, unknown> | Buffer>(JsonObjectSchema)

/** What counterparties offer, asked for at this moment; the answer is the counterparty's own. */
export function catalogRoutes(app: App, parts: Parts): void {
  const base = '/participants/:participantContextId/catalog'

  app.post(
    `${base}/request`,
    {
      config: participantRoute('catalog', 'read'),
      schema: {
        summary: 'Ask a counterparty for its catalog; a page of it where it has several.',
        params: ContextParams,
        body: CatalogRequestBody,
        response: { 200: CounterpartyCatalog, ...errorAnswers },
      },
    },
    async (request, reply) => {
      const call = await callOf(parts, request.params, request.body, request.body.additionalScopes)
      const { body, bytes, links } = await parts.counterparty.requestCatalog(
        call,
        catalogRequest(request.body.querySpec),
      )
      if (links.next !== undefined) reply.header('link', `<${links.next}>; rel="next"`)
      if (bytes === undefined) return body
      return reply.type('application/json').send(bytes)
    },
  )

  app.post(
    `${base}/dataset/request`,
    {
      config: participantRoute('catalog', 'read'),
      schema: {
        summary: 'Ask a counterparty for one dataset.',
        params: ContextParams,
        body: DatasetRequestBody,
        response: { 200: JsonObjectSchema, ...errorAnswers },
      },
    },
    async (request) => {
      const call = await callOf(parts, request.params, request.body)
      return datasetJson(await parts.counterparty.requestDataset(call, request.body['@id']))
    },
  )
}

/** Any policy may be in a catalog, so the access token covers what any of them may need. */
async function callOf(
  parts: Parts,
  params: Static<typeof ContextParams>,
  body: {
    readonly counterPartyAddress: string
    readonly counterPartyId: string
    readonly protocol?: string
    readonly profile?: string
  },
  additionalScopes: readonly string[] = [],
): Promise<Call> {
  const profile = profileNameOf(body)
  const to = parts.identity.participantId(body.counterPartyId, 'counterPartyId')
  const address = requireHttpAddress(body.counterPartyAddress)
  const from = await withActiveContext(parts, params, (tx) =>
    requireAddressed(tx, parts, params.participantContextId, profile),
  )
  return { from, to, address, policies: 'all', additionalScopes }
}

/** EDC's connectors take a QuerySpec as the one item of the filter. */
function catalogRequest(query: Static<typeof NestedQuery> | undefined): CatalogRequestMessage {
  return { type: 'CatalogRequestMessage', filter: query === undefined ? [] : [query] }
}

/** The dataset in the shape of DSP, as a catalog has it. */
function datasetJson(dataset: Dataset): Record<string, unknown> {
  return {
    ...dataset.properties,
    '@context': [dspContext],
    '@id': dataset.id,
    '@type': 'Dataset',
    hasPolicy: dataset.offers.map(serialisePolicy),
    distribution: dataset.distributions.map(({ format, accessService, offers }) => ({
      '@type': 'Distribution',
      format,
      accessService: {
        '@type': 'DataService',
        ...(accessService.id === undefined ? {} : { '@id': accessService.id }),
        ...(accessService.endpointUrl === undefined ? {} : { endpointURL: accessService.endpointUrl }),
      },
      ...(offers.length === 0 ? {} : { hasPolicy: offers.map(serialisePolicy) }),
    })),
  }
}

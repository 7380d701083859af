import { WeftError } from '@weft/foundation/errors'
import { expect, it } from 'vitest'
import { type JsonObject, toOffer } from '../policy/index.ts'
import { buildCatalog, buildDataset } from './catalog-build.ts'
import { parseCatalog, parseDataset } from './catalog-parse.ts'
import { buildDidService, findDataServiceEndpoint } from './did-service.ts'
import { dspErrors } from './errors.ts'
import { buildDspMessage } from './message-build.ts'
import { parseDspMessage } from './message-parse.ts'
import type { DspMessageType } from './messages.ts'
import { renderDspError } from './protocol-error.ts'
import {
  dspSchema,
  haveVectors,
  judgeOf,
  publishedExample,
  publishedExamples,
  reportNotRun,
} from './testing/published-vectors.ts'
import { sampleMessages, sampleOffer } from './testing/sample-messages.ts'
import { buildVersionDocument, parseVersionDocument } from './versions.ts'

const judged = it.skipIf(!haveVectors)
reportNotRun(sampleMessages.length + 7)

judged.each(sampleMessages)('DSP-05: a built message is valid under %s', (schema, message) => {
  expect(judgeOf(dspSchema(schema))(buildDspMessage(message))).toEqual([])
})

judged('the judges can tell: a message without its pids is not valid', () => {
  const judge = judgeOf(dspSchema('transfer/transfer-start-message'))
  expect(
    judge({ '@context': ['https://w3id.org/dspace/2025/1/context.jsonld'], '@type': 'TransferStartMessage' }),
  ).not.toEqual([])
})

judged('DSP-08, DSP-43: typed error bodies are valid, with code and reason, whichever pid is known', () => {
  const error = new WeftError(dspErrors['unknown-offer'], { detail: 'private' })
  const bodies: [string, JsonObject][] = [
    ['catalog/catalog-error', renderDspError('catalog', error)],
    ['negotiation/contract-negotiation-error', renderDspError('negotiation', error)],
    ['negotiation/contract-negotiation-error', renderDspError('negotiation', error, { consumerPid: 'urn:c' })],
    ['transfer/transfer-error', renderDspError('transfer', error, { consumerPid: 'urn:c', providerPid: 'urn:p' })],
  ]
  for (const [schema, body] of bodies) {
    expect(judgeOf(dspSchema(schema))(body)).toEqual([])
    expect(body).toMatchObject({ code: 'dsp.unknown-offer', reason: [dspErrors['unknown-offer'].title] })
    expect(JSON.stringify(body)).not.toContain('private')
  }
  expect(renderDspError('negotiation', error, { consumerPid: 'urn:c' }).consumerPid).toBe('urn:c')
})

const service = { id: 'urn:service', endpointUrl: 'https://provider.example/dsp/c/p' }
const dataset = {
  id: 'asset',
  offers: [toOffer(sampleOffer, 'd:a:1'), toOffer(sampleOffer, 'd:a:2')],
  formats: ['HttpData-PULL', 'https://w3id.org/dspace-sig/profile/http-pull'],
  properties: { name: 'A file', 'dct:title': 'Title' },
} as const

judged('DSP-05, DSP-10, DSP-13: catalogs and datasets are valid, an empty catalog too', () => {
  const source = { id: 'urn:catalog', participantId: 'did:web:provider.example', service }
  const judge = judgeOf(dspSchema('catalog/catalog'))
  expect(judge(buildCatalog({ ...source, datasets: [dataset] }))).toEqual([])
  expect(judge(buildCatalog({ ...source, datasets: [] }))).toEqual([])
  expect(judgeOf(dspSchema('catalog/dataset'))(buildDataset(dataset, service))).toEqual([])
})

judged('DSP-01, DSP-44: version documents are valid, DID services have what is required', () => {
  const document = buildVersionDocument([
    {
      version: '2025-1',
      path: '/http-dsp-profile-2025-1',
      binding: 'HTTPS',
      identifierType: 'did:web',
      auth: { protocol: 'DCP', version: '1.0', profile: ['vc11-sl2021/jwt'] },
    },
  ])
  expect(judgeOf(dspSchema('common/protocol-version'))(document)).toEqual([])
  const entry = buildDidService('did:web:a#dsp', 'https://a.example/dsp/.well-known/dspace-version')
  // The schema's pattern wants a catalog's address, against the published example of a DataService (2.3).
  const problems = judgeOf(dspSchema('common/did-service'))(entry)
  expect(problems.filter((problem) => !problem.startsWith('/serviceEndpoint must match pattern'))).toEqual([])
})

judged('DSP-05: every published example of a message is accepted, and survives being built again', () => {
  const examples = [...publishedExamples('dsp/negotiation/example'), ...publishedExamples('dsp/transfer/example')]
  examples.push(['request', publishedExample('dsp/catalog/example/catalog-request-message.json')])
  examples.push(['dataset request', publishedExample('dsp/catalog/example/dataset-request-message.json')])
  examples.push(['error', publishedExample('dsp/catalog/example/catalog-error.json')])
  expect(examples).toHaveLength(21)
  for (const [name, example] of examples) {
    const type = (example as JsonObject)['@type'] as DspMessageType
    const message = parseDspMessage(type, example)
    expect(parseDspMessage(type, buildDspMessage(message)), name).toEqual(message)
    // Nothing is lost on the way; an empty filter is the same as none.
    const lost = Object.keys(example as JsonObject).filter((member) => !(member in buildDspMessage(message)))
    expect(lost, name).toEqual(type === 'CatalogRequestMessage' ? ['filter'] : [])
  }
})

judged('DSP-07, DSP-14: every published example of a catalog and dataset is accepted', () => {
  const catalog = parseCatalog(publishedExample('dsp/catalog/example/catalog.json'))
  expect(catalog).toMatchObject({
    participantId: 'urn:example:DataProviderA',
    unreadable: [],
    datasets: [{ distributions: [{ format: 'HttpData-PULL' }], offers: [{ permission: [{ action: 'use' }] }] }],
  })
  const nested = parseCatalog(publishedExample('dsp/catalog/example/nested-catalog.json'))
  expect(nested.catalogs).toMatchObject([{ distributions: [{ format: 'Catalog' }], services: [{}] }])
  const single = parseDataset(publishedExample('dsp/catalog/example/dataset.json'))
  expect(single.distributions[0]?.accessService.endpointUrl).toBe('https://provider-a.com/connector')
})

judged('DSP-01, DSP-44: the published version document and DID services are accepted', () => {
  const versions = parseVersionDocument(publishedExample('dsp/common/example/protocol-version.json'))
  expect(versions).toEqual(publishedExample('dsp/common/example/protocol-version.json'))
  const ofData = publishedExample('dsp/common/example/dataservice-did-service.json')
  const ofCatalog = publishedExample('dsp/common/example/catalogservice-did-service.json')
  expect(findDataServiceEndpoint([ofCatalog, ofData])).toEqual({
    kind: 'root',
    url: 'https://bar.example.com/some/path',
  })
  expect(findDataServiceEndpoint([ofCatalog])).toEqual({ kind: 'base', url: 'https://bar.example.com/some/path' })
})

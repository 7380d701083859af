import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dspContext, edcNamespace } from '../json-ld/index.ts'
import { type JsonObject, toOffer } from '../policy/index.ts'
import { currentBinding } from './bindings.ts'
import { buildCatalog, buildDataset, writeCatalog } from './catalog-build.ts'
import { readCatalogFilter } from './catalog-filter.ts'
import { parseCatalog, parseDataset } from './catalog-parse.ts'
import { sampleOffer } from './testing/sample-messages.ts'

const service = { id: 'urn:s', endpointUrl: 'https://provider.example/dsp/c/p' }
const dataset = { id: 'asset', offers: [toOffer(sampleOffer, 'd:a:1', 'asset')], formats: ['HttpData-PULL'] } as const
const source = { id: 'urn:catalog', participantId: 'did:web:p', service, datasets: [dataset] }

describe('building a catalog', () => {
  it('DSP-11: offers have an id and neither target nor parties', () => {
    const offers = [
      { ...toOffer(sampleOffer, 'd:a:1', 'asset'), assigner: 'did:web:p', assignee: 'did:web:c' },
    ] as const
    const { hasPolicy } = buildDataset({ ...dataset, offers }, service) as { hasPolicy: JsonObject[] }
    expect(Object.keys(hasPolicy[0] ?? {})).toEqual(['@id', '@type', 'permission'])
  })

  it('DSP-13: omits an empty list of datasets', () => {
    expect(buildCatalog({ ...source, datasets: [] })).not.toHaveProperty('dataset')
  })

  it('DSP-07, DSP-12: is read back as it was meant, with its participant and the address that was put into it', () => {
    const catalog = parseCatalog(JSON.parse(JSON.stringify(buildCatalog(source))))
    expect(catalog).toEqual({
      id: 'urn:catalog',
      participantId: 'did:web:p',
      services: [service],
      datasets: [
        {
          id: 'asset',
          offers: [toOffer(sampleOffer, 'd:a:1')],
          distributions: [{ format: 'HttpData-PULL', accessService: service, offers: [] }],
          properties: {},
        },
      ],
      catalogs: [],
      distributions: [],
      unreadable: [],
    })
  })

  it('DSP-10, DSP-14: names the service of a distribution where it lists it, and tells all of it where a dataset is alone', () => {
    const catalog = buildCatalog(source) as { dataset: { distribution: JsonObject[] }[] }
    expect(catalog.dataset[0]?.distribution[0]?.accessService).toBe(service.id)
    expect(parseDataset(buildDataset(dataset, service)).distributions[0]?.accessService).toEqual(service)
  })

  it('DSP-10: shows properties under IRIs, and none that would pass for a member of DSP', () => {
    const properties = {
      name: 'A',
      'dct:title': 'T',
      'https://example.org/x': [1],
      '@type': 'Evil',
      '@id': 'evil',
      'odrl:hasPolicy': [],
      'http://www.w3.org/ns/dcat#distribution': [],
      'dcat:endpointURL': 'https://evil.example',
      'https://w3id.org/dspace/2025/1/participantId': 'evil',
      hasPolicy: 'plain',
      '': 1,
    }
    const built = buildDataset({ ...dataset, properties }, service)
    expect(built).toMatchObject({ '@id': 'asset', '@type': 'Dataset', 'dct:title': 'T', [`${edcNamespace}name`]: 'A' })
    expect(parseDataset(built).properties).toEqual({
      [`${edcNamespace}name`]: 'A',
      [`${edcNamespace}hasPolicy`]: 'plain',
      'dct:title': 'T',
      'https://example.org/x': [1],
    })
  })
})

describe('writing a catalog', () => {
  const { profile, prohibition, obligation, permission } = sampleOffer
  // The same rules, the same permissions among other rules, and equal ones of another policy.
  const policies = [
    { profile, permission, prohibition, obligation },
    { profile, permission, prohibition: [{ action: 'sell', constraint: [] }], obligation },
    { profile, permission: [...permission], prohibition, obligation: [{ action: 'delete', constraint: [] }] },
  ] as const
  const offers = fc
    .array(fc.tuple(fc.constantFrom(...policies), fc.string()), { minLength: 1, maxLength: 3 })
    .map(([first, ...rest]) => {
      if (first === undefined) throw new Error('there is at least one')
      return [toOffer(...first), ...rest.map(([rules, id]) => toOffer(rules, id))] as const
    })
  const formats = fc.constantFrom(['HttpData-PULL'] as const, ['a', 'b'] as const, ['a","b'] as const)
  const names = fc.oneof(
    fc.string(),
    fc.constantFrom('name', `${edcNamespace}name`, '@id', 'dct:title', '__proto__', 'hasPolicy', 'dcat:distribution'),
  )
  const properties = fc.option(fc.dictionary(names, fc.jsonValue({ maxDepth: 2 })), { nil: undefined })
  const datasets = fc.array(fc.record({ id: fc.string(), offers, formats, properties }), { maxLength: 4 })

  it('DSP-10, DSP-11: as text it says what it says as an object, whatever its datasets have in common', () => {
    fc.assert(
      fc.property(datasets, (some) => {
        const all = some.map(({ properties: own, ...rest }) => ({ ...rest, ...(own ? { properties: own } : {}) }))
        const catalog = { ...source, datasets: all }
        expect(writeCatalog(catalog, currentBinding)).toBe(JSON.stringify(buildCatalog(catalog)))
      }),
    )
  })

  it('DSP-03: the binding writes what stands around the datasets', () => {
    const binding = { write: (message: JsonObject) => ({ ...message, '@context': [dspContext, 'https://x.example'] }) }
    const written: unknown = JSON.parse(writeCatalog(source, binding))
    expect(written).toEqual({ ...buildCatalog(source), '@context': [dspContext, 'https://x.example'] })
  })
})

describe('reading a catalog', () => {
  const wire = buildCatalog(source) as { dataset: JsonObject[] } & JsonObject

  it('lists a dataset that breaks a rule as unreadable, and shows the others', () => {
    const [good] = wire.dataset
    const bad = { ...good, '@id': 'bad', hasPolicy: [{ '@type': 'Offer', '@id': 'o', permission: [{}] }] }
    const catalog = parseCatalog({ ...wire, dataset: [bad, good, { '@id': 'worse', distribution: [{}] }] })
    expect(catalog.datasets.map(({ id }) => id)).toEqual(['asset'])
    expect(catalog.unreadable).toMatchObject([
      { pointer: '/dataset/0/hasPolicy/0/permission/0/action', code: 'policy.malformed' },
      { pointer: '/dataset/2/distribution/0/format', code: 'dsp.malformed-message' },
    ])
  })

  it('takes one dataset for a list of one, formats as ids, and services by ids that the catalog lists or not', () => {
    const distribution = ['urn:s', { '@id': 'urn:s' }, 'urn:other'].map((accessService) => ({
      format: { '@id': 'HttpData-PULL' },
      accessService,
    }))
    const one = { ...wire.dataset[0], distribution }
    const catalog = parseCatalog({ ...wire, '@type': 'dcat:Catalog', dataset: one })
    expect(catalog.datasets[0]?.distributions.map(({ accessService }) => accessService)).toEqual([
      service,
      service,
      { id: 'urn:other' },
    ])
    expect(catalog.datasets[0]?.distributions[0]?.format).toBe('HttpData-PULL')
  })

  it.each([
    [{ participantId: undefined }, 'dsp.malformed-message', '/participantId'],
    [{ '@type': 'Dataset' }, 'dsp.unexpected-type', '/@type'],
    [{ '@id': undefined }, 'dsp.malformed-message', '/@id'],
    [{ '@context': 'https://other.example' }, 'dsp.unknown-context', '/@context'],
    [{ catalog: [{ '@type': 'Catalog' }] }, 'dsp.malformed-message', '/catalog/0/@id'],
  ])('DSP-07: refuses what is no catalog: %j', (change, code, field) => {
    expect(() => parseCatalog({ ...wire, ...change })).toThrow(expect.objectContaining({ code, field }))
  })

  it('X-09: bounds the nesting of catalogs', () => {
    let nested: JsonObject = { '@id': 'x', '@type': 'Catalog' }
    for (let depth = 0; depth < 6; depth++) nested = { '@id': 'x', '@type': 'Catalog', catalog: [nested] }
    expect(() => parseCatalog({ ...nested, '@context': [dspContext], participantId: 'p' })).toThrow(/nested deeper/)
  })
})

describe('the filter of a catalog request', () => {
  it('may be absent or empty', () => {
    expect(readCatalogFilter([])).toEqual({ offset: 0, criteria: [] })
    expect(readCatalogFilter([{}])).toEqual({ offset: 0, criteria: [] })
  })

  it('is one query, with or without the namespace of EDC (section 10)', () => {
    const plain = {
      '@type': 'QuerySpec',
      offset: 10,
      limit: 20,
      sortOrder: 'ASC',
      filterExpression: [{ operandLeft: 'name', operator: '=', operandRight: 'A' }],
    }
    const expanded = {
      [`${edcNamespace}offset`]: { '@value': 10 },
      'edc:limit': 20,
      [`${edcNamespace}filterExpression`]: {
        [`${edcNamespace}operandLeft`]: { '@value': `${edcNamespace}name` },
        [`${edcNamespace}operator`]: '=',
        [`${edcNamespace}operandRight`]: 'A',
      },
    }
    const expected = { offset: 10, limit: 20, criteria: [{ left: 'name', operator: '=', right: 'A' }] }
    expect(readCatalogFilter([plain])).toEqual(expected)
    expect(readCatalogFilter([expanded])).toEqual(expected)
    const list = { filterExpression: [{ operandLeft: 'id', operator: 'in', operandRight: { '@list': ['a', 'b'] } }] }
    expect(readCatalogFilter([list]).criteria[0]?.right).toEqual(['a', 'b'])
  })

  it.each([
    [[{}, {}]],
    [['text']],
    [[{ sortField: 'name' }]],
    [[{ query: 'SELECT 1' }]],
    [[{ filterExpression: [{ operandLeft: 'a', operator: '=', operandRight: 'b', not: true }] }]],
    [[{ limit: -1 }]],
    [[{ offset: 'many' }]],
    [[{ filterExpression: [{ operandLeft: 'a', operator: '=' }] }]],
    [[{ filterExpression: [{ operandLeft: 'a', operator: '=', operandRight: {} }] }]],
  ])('DSP-09: is refused when it is not understood: %j', (filter) => {
    expect(() => readCatalogFilter(filter)).toThrow(
      expect.objectContaining({ code: 'dsp.unsupported-filter', status: 400 }),
    )
  })
})

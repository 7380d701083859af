import { describe, expect, it } from 'vitest'
import { edcDspContext, edcNamespace, toPlainForm } from '../json-ld/index.ts'
import { readCatalogFilter } from './catalog-filter.ts'
import { parseCatalog } from './catalog-parse.ts'
import { buildDataAddress, dspContext, parseDataAddress } from './index.ts'
import { parseDspMessage } from './message-parse.ts'

/** What connectors built on EDC were seen to send (section 10), as they send it and as their own tools expand it. */
const contexts = [dspContext, edcDspContext]
const dspace = 'https://w3id.org/dspace/2025/1/'
const edc = edcNamespace

describe('a partner that runs EDC', () => {
  it('DSP-09: asks for a catalog with one query, compact or expanded', async () => {
    const compact = {
      '@context': contexts,
      '@type': 'CatalogRequestMessage',
      filter: [
        {
          '@type': 'QuerySpec',
          offset: 0,
          limit: 50,
          sortOrder: 'ASC',
          filterExpression: [{ '@type': 'Criterion', operandLeft: 'id', operator: '=', operandRight: 'asset' }],
        },
      ],
    }
    const expanded = {
      '@type': `${dspace}CatalogRequestMessage`,
      [`${dspace}filter`]: {
        '@type': `${edc}QuerySpec`,
        [`${edc}offset`]: 0,
        [`${edc}limit`]: [{ '@value': 50 }],
        [`${edc}filterExpression`]: [
          {
            '@type': `${edc}Criterion`,
            [`${edc}operandLeft`]: [{ '@value': `${edc}id` }],
            [`${edc}operator`]: [{ '@value': '=' }],
            [`${edc}operandRight`]: [{ '@value': 'asset' }],
          },
        ],
      },
    }
    for (const body of [compact, expanded, [expanded]]) {
      const { filter } = parseDspMessage('CatalogRequestMessage', await toPlainForm(body, 'dsp'))
      expect(readCatalogFilter(filter)).toEqual({
        offset: 0,
        limit: 50,
        criteria: [{ left: 'id', operator: '=', right: 'asset' }],
      })
    }
  })

  it('DSP-38: starts a transfer with an address that has no endpoint, only properties with full names', async () => {
    const property = (name: string, value: string) => ({ '@type': 'EndpointProperty', name: `${edc}${name}`, value })
    const expandedProperty = (name: string, value: string) => ({
      '@type': `${dspace}EndpointProperty`,
      [`${dspace}name`]: `${edc}${name}`,
      [`${dspace}value`]: value,
    })
    const properties = [
      ['endpoint', 'https://p.example/public'],
      ['authType', 'bearer'],
      ['authorization', 'token'],
    ] as const
    const endpointType = 'https://w3id.org/idsa/v4.1/HTTP'
    const compact = {
      '@context': contexts,
      '@id': 'urn:m',
      '@type': 'TransferStartMessage',
      providerPid: 'urn:p',
      consumerPid: 'urn:c',
      dataAddress: {
        '@type': 'DataAddress',
        endpointType,
        endpointProperties: properties.map(([name, value]) => property(name, value)),
      },
    }
    const expanded = {
      '@id': 'urn:m',
      '@type': [`${dspace}TransferStartMessage`],
      [`${dspace}providerPid`]: { '@id': 'urn:p' },
      [`${dspace}consumerPid`]: { '@id': 'urn:c' },
      [`${dspace}dataAddress`]: {
        '@type': `${dspace}DataAddress`,
        [`${dspace}endpointType`]: { '@id': endpointType },
        [`${dspace}endpointProperties`]: properties.map(([name, value]) => expandedProperty(name, value)),
      },
    }
    for (const body of [compact, expanded]) {
      expect(parseDspMessage('TransferStartMessage', await toPlainForm(body, 'dsp'))).toEqual({
        type: 'TransferStartMessage',
        messageId: 'urn:m',
        providerPid: 'urn:p',
        consumerPid: 'urn:c',
        dataAddress: {
          endpointType,
          endpoint: 'https://p.example/public',
          properties: { authType: 'bearer', authorization: 'token' },
        },
      })
    }
  })

  it('DSP-38: gives EDC an address as properties with full names, and reads the destination of its sink', () => {
    const pull = { endpointType: 'https://w3id.org/idsa/v4.1/HTTP', endpoint: 'https://p.example/public' }
    const { endpointProperties } = buildDataAddress({ ...pull, properties: { authorization: 'token' } })
    for (const [name, value] of [
      ['authorization', 'token'],
      [`${edc}authorization`, 'token'],
      [`${edc}endpoint`, pull.endpoint],
      [`${edc}endpointType`, pull.endpointType],
    ]) {
      expect(endpointProperties).toContainEqual({ '@type': 'EndpointProperty', name, value })
    }
    const other = buildDataAddress({ endpointType: 'urn:type', endpoint: 'https://p.example', properties: { a: 'b' } })
    expect(other.endpointProperties).toHaveLength(1)
    const baseUrl = { name: `${edc}baseUrl`, value: 'https://c.example/sink' }
    expect(parseDataAddress({ endpointType: 'HttpData', endpointProperties: [baseUrl] }).endpoint).toBe(baseUrl.value)
  })

  it('DSP-07: shows a catalog with metadata of its own and actions as objects', async () => {
    const body = {
      '@context': contexts,
      '@id': 'urn:catalog',
      '@type': 'Catalog',
      participantId: 'did:web:p',
      service: [
        { '@id': 's', '@type': 'DataService', endpointURL: 'https://p.example/dsp', endpointDescription: 'dsp' },
      ],
      dataset: {
        '@id': 'asset',
        '@type': 'Dataset',
        id: 'asset',
        name: 'A file',
        hasPolicy: [{ '@id': 'ZGVm:YXNzZXQ=:MQ==', '@type': 'Offer', permission: [{ action: { '@id': 'use' } }] }],
        distribution: [{ '@type': 'Distribution', format: 'HttpData-PULL', accessService: { '@id': 's' } }],
      },
    }
    const catalog = parseCatalog(await toPlainForm(body, 'dsp'))
    expect(catalog).toMatchObject({
      unreadable: [],
      datasets: [
        {
          id: 'asset',
          offers: [{ id: 'ZGVm:YXNzZXQ=:MQ==', permission: [{ action: 'use' }] }],
          distributions: [{ format: 'HttpData-PULL', accessService: { id: 's' } }],
          properties: { id: 'asset', name: 'A file' },
        },
      ],
    })
  })

  it('DSP-43: refuses with an error whose pids are not ids, and whose reasons are texts of a language', async () => {
    const body = {
      '@type': `${dspace}TransferError`,
      [`${dspace}providerPid`]: 'urn:p',
      [`${dspace}consumerPid`]: [{ '@value': 'urn:c' }],
      [`${dspace}code`]: '409',
      [`${dspace}reason`]: [{ '@value': 'the transfer is in another state', '@language': 'en' }],
    }
    expect(parseDspMessage('TransferError', await toPlainForm(body, 'dsp'))).toEqual({
      type: 'TransferError',
      providerPid: 'urn:p',
      consumerPid: 'urn:c',
      code: '409',
      reason: ['the transfer is in another state'],
    })
  })
})

import { describe, expect, it } from 'vitest'
import { operationsSource, typeOf } from './operations.ts'

const info = { title: 'Tenants', version: '1' }

describe('the client generator', () => {
  it('names operations by method and path below its server', () => {
    const source = operationsSource('TenantApi', {
      info,
      paths: {
        '/tenants/{tenantId}': {
          get: {
            parameters: [{ name: 'tenantId', in: 'path', required: true, schema: { type: 'string' } }],
            responses: {
              200: {
                content: {
                  'application/json': {
                    schema: { type: 'object', required: ['id'], properties: { id: { type: 'string' } } },
                  },
                },
              },
              404: {},
            },
          },
        },
        '/tenants': {
          post: {
            requestBody: {
              content: { 'application/json': { schema: { type: 'object', properties: { n: { type: 'integer' } } } } },
            },
            responses: { 202: {} },
          },
        },
      },
    })
    expect(source).toContain('"GET /tenants/{tenantId}": {')
    expect(source).toContain('path: { "tenantId": string }')
    expect(source).toContain('answer: { "id": string }')
    expect(source).toContain('body: { "n"?: number }')
    expect(source).toContain('answer: undefined')
  })

  it('never writes any: what a schema leaves open is unknown', () => {
    expect(typeOf({}, { info })).toBe('unknown')
    expect(typeOf({ type: 'object' }, { info })).toBe('Record<string, unknown>')
    expect(typeOf({ type: 'array', items: { anyOf: [{ const: 'a' }, { type: 'null' }] } }, { info })).toBe(
      'readonly (("a" | null))[]',
    )
    expect(typeOf({ type: ['string', 'null'] }, { info })).toBe('(string | null)')
  })
})

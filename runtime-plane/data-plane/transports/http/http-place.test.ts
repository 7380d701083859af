import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseHttpDestination, parseHttpSource, requestUrl } from './http-place.ts'

const address = { type: 'HttpData', baseUrl: 'https://files.example.com/share/report.csv' }
const fieldOf = (candidate: unknown): string | undefined => {
  try {
    parseHttpSource(candidate)
    return undefined
  } catch (error) {
    expect(error).toMatchObject({ code: 'data-plane.source-invalid' })
    return (error as { field?: string }).field
  }
}
const source = (change: object) => parseHttpSource({ ...address, ...change }).place

describe('a source', () => {
  test('is its base URL with the fixed path and query, and the headers apart', () => {
    const { place, headers } = parseHttpSource({
      ...address,
      baseUrl: 'https://files.example.com/share',
      path: '/2026/a b.csv',
      queryParams: 'v=1',
      'header:Authorization': 'Bearer secret',
      'header:X-Tenant': 'acme',
    })
    expect(place.url).toBe('https://files.example.com/share/2026/a%20b.csv?v=1')
    expect(headers).toEqual({ authorization: 'Bearer secret', 'x-tenant': 'acme' })
    expect(JSON.stringify(place)).not.toContain('secret')
  })

  test.each([
    ['baseUrl', { baseUrl: 'file:///etc/passwd' }],
    ['baseUrl', { baseUrl: 'ftp://files.example.com/x' }],
    ['baseUrl', { baseUrl: '/etc/passwd' }],
    ['baseUrl', { baseUrl: 'https://user:password@files.example.com/' }],
    ['baseUrl', { baseUrl: undefined }],
    ['type', { type: 'AmazonS3' }],
    ['method', { method: 'POST' }],
    ['proxyMethod', { proxyMethod: 'true' }],
    ['proxyBody', { proxyBody: 'true' }],
    ['proxyPath', { proxyPath: 'maybe' }],
    ['authKey', { authKey: 'Authorization' }],
    ['path', { path: '../other' }],
    ['header:Host', { 'header:Host': 'inside' }],
    ['header:bad name', { 'header:bad name': 'x' }],
    ['header:X-Split', { 'header:X-Split': 'a\r\nb: c' }],
  ])('is refused with the field /metadata/dataAddress/%s', (member, change) => {
    expect(fieldOf({ ...address, ...change })).toBe(`/metadata/dataAddress/${member}`)
  })

  test('is refused where it is missing', () => {
    for (const candidate of [undefined, null, 'https://files.example.com', []]) {
      expect(fieldOf(candidate)).toBe('/metadata/dataAddress')
    }
  })
})

describe('a destination', () => {
  test('takes POST unless it asks for PUT, with the headers apart', () => {
    expect(parseHttpDestination({ ...address, 'header:X-Key': 'k' })).toEqual({
      place: { type: 'HttpData', url: address.baseUrl, method: 'POST', proxyPath: false, proxyQuery: false },
      headers: { 'x-key': 'k' },
    })
    expect(parseHttpDestination({ ...address, method: 'put' }).place.method).toBe('PUT')
  })

  test.each([
    ['baseUrl', { baseUrl: 'file:///var/data/incoming' }],
    ['baseUrl', { baseUrl: '/var/data/incoming' }],
    ['type', { type: 'File' }],
    ['method', { method: 'DELETE' }],
    ['proxyPath', { proxyPath: 'true' }],
    ['header:X-Split', { 'header:X-Split': 'a\r\nb: c' }],
  ])('is refused with the field /metadata/dataDestination/%s', (member, change) => {
    expect(() => parseHttpDestination({ ...address, ...change })).toThrow(
      expect.objectContaining({
        code: 'data-plane.destination-invalid',
        field: `/metadata/dataDestination/${member}`,
      }),
    )
  })
})

describe('the URL of a request', () => {
  test('is the source itself where nothing is passed on, whatever the query', () => {
    expect(requestUrl(source({}), '', '?x=1')).toBe(address.baseUrl)
    expect(requestUrl(source({}), '/', '')).toBe(address.baseUrl)
    expect(() => requestUrl(source({}), '/other', '')).toThrow(
      expect.objectContaining({ code: 'data-plane.path-not-offered' }),
    )
  })

  test('has path and query where the source passes them on', () => {
    const open = source({
      baseUrl: 'https://files.example.com/share/?key=1',
      proxyPath: 'true',
      proxyQueryParams: 'true',
    })
    expect(requestUrl(open, '/a/b%20c', '?page=2')).toBe('https://files.example.com/share/a/b%20c?key=1&page=2')
  })

  test('never leaves the source, for every path', () => {
    const open = source({ baseUrl: 'https://files.example.com/share', proxyPath: true })
    const part = fc.constantFrom(
      '..',
      '.',
      '%2e%2e',
      '%2E',
      '%2f',
      '%5c',
      '\\',
      '/',
      'a',
      '?',
      '#',
      '@',
      '%',
      '//evil.example',
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        let url: URL
        try {
          url = new URL(requestUrl(open, `/${parts.join('')}`, ''))
        } catch (error) {
          expect(error).toMatchObject({ code: 'data-plane.path-not-offered' })
          return
        }
        expect(url.origin).toBe('https://files.example.com')
        expect(decodeURIComponent(url.pathname).startsWith('/share')).toBe(true)
        expect(decodeURIComponent(url.pathname).split('/')).not.toContain('..')
      }),
    )
  })
})

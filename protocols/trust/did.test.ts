import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { didDocumentUrl, didWeb, isDid, isSecureUrl, parseDid } from './did.ts'
import { codeOf } from './testing/world.ts'

describe('did:web (DCP-48)', () => {
  it.each([
    ['did:web:example.com', 'https://example.com/.well-known/did.json'],
    ['did:web:example.com:a:b', 'https://example.com/a/b/did.json'],
    ['did:web:example.com%3A8443:t1', 'https://example.com:8443/t1/did.json'],
    ['did:web:localhost%3A8080:t1', 'http://localhost:8080/t1/did.json'],
    ['did:web:127.0.0.1%3A8080:t1', 'http://127.0.0.1:8080/t1/did.json'],
    ['did:web:%5B%3A%3A1%5D%3A8080', 'http://[::1]:8080/.well-known/did.json'],
    ['did:web:example.com:a%2Bb', 'https://example.com/a%2Bb/did.json'],
  ])('%s is published at %s', (text, url) => {
    expect(didDocumentUrl(parseDid(text))).toBe(url)
  })

  it.each([
    ['did:web:EXAMPLE.com%3a8080:Acme', 'did:web:example.com%3A8080:Acme'],
    ['did:web:example.com:%61cme', 'did:web:example.com:acme'],
    ['did:web:example.com:a%2bb', 'did:web:example.com:a%2Bb'],
  ])('brings %s into its one canonical form', (text, canonical) => {
    expect(parseDid(text)).toBe(canonical)
    expect(isDid(canonical)).toBe(true)
    expect(isDid(text)).toBe(false)
  })

  it.each([
    ['no DID', 'acme'],
    ['no host', 'did:web:'],
    ['an empty segment', 'did:web:example.com::a'],
    ['an empty last segment', 'did:web:example.com:a:'],
    ['a slash', 'did:web:example.com:a%2Fb'],
    ['a backslash', 'did:web:example.com:a%5Cb'],
    ['a question mark', 'did:web:example.com:a%3Fb'],
    ['a hash', 'did:web:example.com:a%23b'],
    ['user info', 'did:web:user%40example.com'],
    ['an at sign in the path', 'did:web:example.com:%40evil.com'],
    ['a dot segment', 'did:web:example.com:.'],
    ['a dot-dot segment', 'did:web:example.com:..'],
    ['an escaped dot-dot segment', 'did:web:example.com:%2e%2e'],
    ['a twice escaped slash', 'did:web:example.com:a%252Fb'],
    ['a control character', 'did:web:example.com:a%00'],
    ['white space', 'did:web:exa%20mple.com'],
    ['a fragment', 'did:web:example.com#key-1'],
    ['a query', 'did:web:example.com?x=1'],
    ['an IPv4 address', 'did:web:10.0.0.1'],
    ['an IPv4 address in other clothes', 'did:web:0x7f000001'],
    ['a shortened IPv4 address', 'did:web:127.1'],
    ['an IPv6 address', 'did:web:%5Bfe80%3A%3A1%5D'],
    ['a host that URLs spell otherwise', 'did:web:b%C3%BCcher.example'],
    ['a port out of range', 'did:web:example.com%3A99999'],
    ['a host that ends in a dot', 'did:web:example.com.'],
    ['a truncated escape', 'did:web:example.com%3'],
    ['an invalid escape', 'did:web:example.com:%ff'],
  ])('refuses %s', async (_what, text) => {
    expect(await codeOf(() => parseDid(text))).toBe('trust.did-invalid')
  })

  it('refuses other methods by their own code', async () => {
    expect(await codeOf(() => parseDid('did:key:z6Mk'))).toBe('trust.did-method-unsupported')
  })

  it('names the field of a bad value', () => {
    expect(() => parseDid('x', 'holderDid')).toThrow(expect.objectContaining({ field: 'holderDid', status: 400 }))
  })

  it('makes the DID of what is published under a public URL', () => {
    expect(didWeb('http://localhost:7100', 'acme')).toBe('did:web:localhost%3A7100:acme')
    expect(didWeb('https://example.com')).toBe('did:web:example.com')
    expect(didWeb('https://example.com/tenants/', 'acme')).toBe('did:web:example.com:tenants:acme')
  })

  it('never leads to another host than the DID says, whatever the text', () => {
    const part = fc.oneof(
      fc.constantFrom(
        'example.com',
        'localhost',
        '127.0.0.1',
        '[::1]',
        '@',
        '..',
        '%2F',
        '%5C',
        ':8080',
        '%3A80',
        '0x7f.1',
        'ü',
        '%',
      ),
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.webUrl(),
    )
    const text = fc.oneof(
      fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => `did:web:${parts.join(':')}`),
      fc
        .array(part, { minLength: 1, maxLength: 4 })
        .map((parts) => `did:web:${parts.map(encodeURIComponent).join(':')}`),
      fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => `did:web:${parts.join('')}`),
    )
    let accepted = 0
    fc.assert(
      fc.property(text, (candidate) => {
        let did: ReturnType<typeof parseDid>
        try {
          did = parseDid(candidate)
        } catch {
          return
        }
        accepted += 1
        const [host = ''] = candidate.slice('did:web:'.length).split(':')
        const url = new URL(didDocumentUrl(did))
        expect(url.hostname).toBe(decodeURIComponent(host).toLowerCase().replace(/:\d+$/, ''))
        expect(url.pathname.endsWith('/did.json')).toBe(true)
        expect(`${url.username}${url.password}${url.search}${url.hash}`).toBe('')
        expect(parseDid(did)).toBe(did)
      }),
      { numRuns: 3000 },
    )
    expect(accepted).toBeGreaterThan(20)
  }, 60_000)
})

describe('URLs that tokens are sent to (DCP-47)', () => {
  it.each([
    ['https://example.com/x', true],
    ['http://localhost:7100/x', true],
    ['http://[::1]/x', true],
    ['http://example.com/x', false],
    ['http://localhost.example.com/x', false],
    ['https://user:secret@example.com', false],
    ['ftp://example.com', false],
    ['nonsense', false],
  ])('%s: %s', (url, secure) => {
    expect(isSecureUrl(url)).toBe(secure)
  })
})

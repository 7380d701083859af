import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { insideAddress } from './outbound-address.ts'
import { readAllowedOrigins, readTarget } from './outbound-target.ts'

/** The target of a call that is not internal, where these origins are allowed. */
const targetOf = (url: string, allowed: ReadonlySet<string> = new Set(), internal: ReadonlySet<string> = new Set()) =>
  readTarget({ url }, { allowed, internal })

const byte = fc.nat(255)
const below = (max: number, min = 0): fc.Arbitrary<number> => fc.integer({ min, max })

/** Addresses of every inside network, by their definition. */
const insideIpv4 = fc
  .oneof(
    fc.tuple(fc.constantFrom(0, 10, 127), byte, byte, byte),
    fc.tuple(fc.constant(100), below(127, 64), byte, byte),
    fc.tuple(fc.constant(169), fc.constant(254), byte, byte),
    fc.tuple(fc.constant(172), below(31, 16), byte, byte),
    fc.tuple(fc.constant(192), fc.constant(168), byte, byte),
    fc.tuple(below(255, 224), byte, byte, byte),
  )
  .map((bytes) => bytes.join('.'))

const word = fc.nat(0xffff).map((value) => value.toString(16))
const tail = (words: number): fc.Arbitrary<string> =>
  fc.array(word, { minLength: words, maxLength: words }).map((w) => w.join(':'))
const insideIpv6 = fc.oneof(
  fc.constantFrom('::', '::1'),
  fc.tuple(below(0xfdff, 0xfc00), tail(7)).map(([first, rest]) => `${first.toString(16)}:${rest}`),
  fc.tuple(below(0xfebf, 0xfe80), tail(7)).map(([first, rest]) => `${first.toString(16)}:${rest}`),
  fc.tuple(below(0xffff, 0xff00), tail(7)).map(([first, rest]) => `${first.toString(16)}:${rest}`),
  insideIpv4.map((address) => `::ffff:${address}`),
  insideIpv4.map((address) => `::${address}`),
  insideIpv4.map((address) => `64:ff9b::${address}`),
  tail(7).map((rest) => `2002:${rest}`),
  tail(6).map((rest) => `2001:db8:${rest}`),
)

/** Ways in which a URL can write an IPv4 address. */
const spellings: readonly ((bytes: readonly number[]) => string)[] = [
  (bytes) => bytes.join('.'),
  (bytes) => String(bytes.reduce((number, one) => number * 256 + one, 0)),
  (bytes) => `0x${bytes.map((one) => one.toString(16).padStart(2, '0')).join('')}`,
  (bytes) => bytes.map((one) => `0${one.toString(8)}`).join('.'),
  (bytes) => bytes.map((one) => `0x${one.toString(16)}`).join('.'),
  (bytes) => `[::ffff:${bytes.join('.')}]`,
  (bytes) => `[64:ff9b::${bytes.join('.')}]`,
  (bytes) => `[2002:${wordOf(bytes[0], bytes[1])}:${wordOf(bytes[2], bytes[3])}::1]`,
  (bytes) => `${bytes[0]}.${bytes[1]}.${(bytes[2] ?? 0) * 256 + (bytes[3] ?? 0)}`,
  // Full-width digits and dots mean the same to a URL.
  (bytes) => bytes.join('\u3002').replaceAll(/[0-9]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0)),
]

function wordOf(high = 0, low = 0): string {
  return (high * 256 + low).toString(16)
}

describe('X-05: addresses inside', () => {
  test('are known in every network and notation of IPv4', () => {
    fc.assert(
      fc.property(insideIpv4, (address) => {
        expect(insideAddress(address)).toBeTypeOf('string')
      }),
    )
  })

  test('are known in every network of IPv6, with IPv4 in disguise', () => {
    fc.assert(
      fc.property(insideIpv6, (address) => {
        expect(insideAddress(address)).toBeTypeOf('string')
      }),
    )
  })

  test('are not the public ones', () => {
    for (const address of [
      '1.1.1.1',
      '8.8.8.8',
      '100.63.255.255',
      '100.128.0.0',
      '172.15.0.1',
      '172.32.0.1',
      '169.253.1.1',
      '192.167.1.1',
      '223.255.255.255',
    ]) {
      expect(insideAddress(address), address).toBeUndefined()
    }
    for (const address of ['2606:4700::1111', '2a00:1450:4001::2', '2001:4860:4860::8888', '64:ff9b::8.8.8.8']) {
      expect(insideAddress(address), address).toBeUndefined()
    }
  })

  test('are what is not an address at all, or has a zone', () => {
    for (const address of ['', 'localhost', '1.2.3', 'fe80::1%eth0', '2606:4700::1111%1']) {
      expect(insideAddress(address), address).toBeTypeOf('string')
    }
  })

  test('are refused in a URL however they are written', () => {
    fc.assert(
      fc.property(insideIpv4, fc.constantFrom(...spellings), below(65535, 1), (address, spell, port) => {
        const url = `https://${spell(address.split('.').map(Number))}:${port}/x`
        expect(() => targetOf(url)).toThrow(expect.objectContaining({ code: 'outbound.address-refused' }))
      }),
    )
  })
})

describe('X-05: the URL of a call', () => {
  const refused = expect.objectContaining({ code: 'outbound.address-refused' })

  test('names no address of IPv6 that is not public: unique local, link-local with a zone, local NAT64, site-local', () => {
    for (const host of [
      '[fd00::1]',
      '[fe80::1%25eth0]',
      '[fe80::1]',
      '[64:ff9b:1::7f00:1]',
      '[fec0::1]',
      '[::]',
      '[ff02::1]',
    ]) {
      expect(() => targetOf(`https://${host}/`), host).toThrow(refused)
    }
    expect(insideAddress('fe80::1%eth0')).toBe('not a plain IP address')
    expect(insideAddress('2606:2800:220:1::5%eth0')).toBe('not a plain IP address')
  })

  test('names no port of another protocol, and is of bounded length', () => {
    for (const port of [0, 22, 25, 6697])
      expect(() => targetOf(`https://a.example:${port}/`), String(port)).toThrow(refused)
    expect(targetOf('https://a.example:8443/').origin).toBe('https://a.example:8443')
    expect(() => targetOf(`https://a.example/${'x'.repeat(8192)}`)).toThrow(refused)
  })

  test('has the scheme https, no user info, and is a URL', () => {
    for (const url of [
      'http://example.com/',
      'ftp://example.com/',
      'file:///etc/passwd',
      'https://me@example.com/',
      'https://me:pw@example.com/',
      '//example.com',
      'example.com',
      '',
    ]) {
      expect(() => targetOf(url), url).toThrow(refused)
    }
    expect(targetOf('https://example.com/a?b=c#d')).toMatchObject({
      origin: 'https://example.com',
      path: '/a?b=c',
    })
  })

  test('may be inside only for the exact origin that is allowed', () => {
    const allowed = readAllowedOrigins(['http://127.0.0.1:7100', 'https://10.0.0.5'])
    expect(targetOf('http://127.0.0.1:7100/x', allowed).allowed).toBe(true)
    expect(targetOf('https://10.0.0.5/x', allowed).allowed).toBe(true)
    for (const url of [
      'http://127.0.0.1:7101/',
      'https://127.0.0.1:7100/',
      'http://localhost:7100/',
      'https://10.0.0.5:8443/',
      'http://10.0.0.5/',
      'https://10.0.0.6/',
    ]) {
      expect(() => targetOf(url, allowed), url).toThrow(refused)
    }
  })

  test('of our own services is for requests that say so, whether inside or public, and not a spelling of it', () => {
    const internal = readAllowedOrigins(['http://127.0.0.1:7101', 'https://idp.example'])
    const origins = { allowed: new Set<string>(), internal }
    for (const url of ['http://127.0.0.1:7101/api', 'https://idp.example/token']) {
      expect(() => readTarget({ url }, origins), url).toThrow(refused)
      expect(readTarget({ url, internal: true }, origins).allowed, url).toBe(true)
    }
    for (const url of [
      'http://2130706433:7101/',
      'http://0x7f.1:7101/',
      'https://IDP.example:443/',
      'http://0177.0.0.1:7101',
    ]) {
      expect(() => readTarget({ url }, origins), url).toThrow(refused)
    }
    expect(() => readTarget({ url: 'http://127.0.0.1:7102/', internal: true }, origins)).toThrow(refused)
  })

  test('of our own services that is allowed by name as well is for everybody', () => {
    const origins = readAllowedOrigins(['http://127.0.0.1:7100'])
    expect(targetOf('http://127.0.0.1:7100/', origins, origins).allowed).toBe(true)
  })

  test('an allowed origin is scheme, host and port, and plain http only for loopback', () => {
    for (const origin of [
      'http://vault.internal:8200',
      'http://10.0.0.1',
      'https://a.example/path',
      'a.example',
      '*',
      'https://*',
    ]) {
      expect(() => readAllowedOrigins([origin]), origin).toThrow()
    }
    expect([...readAllowedOrigins(['http://[::1]:80', 'http://localhost:1/', 'https://b.example:443'])]).toEqual([
      'http://[::1]',
      'http://localhost:1',
      'https://b.example',
    ])
  })
})

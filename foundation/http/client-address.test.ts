import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { clientAddress } from './client-address.ts'

const from = (remoteAddress: string, forwarded?: string): string | undefined =>
  clientAddress({ socket: { remoteAddress }, headers: { 'x-forwarded-for': forwarded } } as unknown as IncomingMessage)

test('a peer on the public network is whom it is, whatever it says', () => {
  expect(from('93.184.216.34', '8.8.8.8')).toBe('93.184.216.34')
  expect(from('::ffff:93.184.216.34')).toBe('93.184.216.34')
})

test('a proxy inside says who came last; what the sender wrote before that counts nothing', () => {
  expect(from('10.0.0.1', '1.1.1.1, 8.8.8.8')).toBe('8.8.8.8')
  expect(from('127.0.0.1', '93.184.216.34')).toBe('93.184.216.34')
})

test('whoever comes from inside without a proxy has no address of the public network', () => {
  for (const forwarded of [undefined, '', 'unknown', '10.0.0.9', '_hidden', '8.8.8.8, 10.0.0.9']) {
    expect(from('127.0.0.1', forwarded), forwarded).toBeUndefined()
  }
  expect(from('')).toBeUndefined()
})

test('all addresses of a /64 are one sender', () => {
  expect(from('2606:2800:220:1::1')).toBe('2606:2800:220:1::/64')
  expect(from('2606:2800:220:1:abcd:ef01:2345:6789')).toBe('2606:2800:220:1::/64')
  expect(from('10.0.0.1', '[2606:2800:220:2::5]')).toBe('2606:2800:220:2::/64')
})

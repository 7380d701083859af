import { isIPv4, isIPv6 } from 'node:net'

type Range = readonly [network: string, bits: number, what: string]

/** Special-purpose IPv4 networks (IANA registry, RFC 6890): nothing in them is a public counterparty. */
const refusedIpv4: readonly Range[] = [
  ['0.0.0.0', 8, 'unspecified'],
  ['10.0.0.0', 8, 'private'],
  ['100.64.0.0', 10, 'shared by carriers'],
  ['127.0.0.0', 8, 'loopback'],
  ['169.254.0.0', 16, 'link-local or metadata'],
  ['172.16.0.0', 12, 'private'],
  ['192.0.0.0', 24, 'reserved'],
  ['192.0.2.0', 24, 'documentation'],
  ['192.88.99.0', 24, 'reserved'],
  ['192.168.0.0', 16, 'private'],
  ['198.18.0.0', 15, 'benchmarking'],
  ['198.51.100.0', 24, 'documentation'],
  ['203.0.113.0', 24, 'documentation'],
  ['224.0.0.0', 4, 'multicast'],
  ['240.0.0.0', 4, 'reserved or broadcast'],
]

/** Networks inside 2000::/3, the only part of IPv6 that is public, that are not. */
const refusedIpv6: readonly Range[] = [
  ['2001:0:0:0:0:0:0:0', 23, 'reserved or Teredo'],
  ['2001:db8:0:0:0:0:0:0', 32, 'documentation'],
  ['2002:0:0:0:0:0:0:0', 16, '6to4'],
  ['3fff:0:0:0:0:0:0:0', 20, 'documentation'],
]

const ipv4Networks = refusedIpv4.map(([network, bits, what]) => ({ first: ipv4Number(network), bits, what }))
const ipv6Networks = refusedIpv6.map(([network, bits, what]) => ({ first: ipv6Number(network), bits, what }))
const global6 = { first: ipv6Number('2000:0:0:0:0:0:0:0'), bits: 3 }
/** NAT64 (RFC 6052) carries an IPv4 address in its last 32 bits. */
const nat64 = { first: ipv6Number('64:ff9b:0:0:0:0:0:0'), bits: 96 }

/**
 * Why an IP address must not be called: what kind of inside it is; undefined for public addresses. IPv6 is
 * refused unless it is global unicast, so IPv4 in disguise (mapped, compatible) is refused whatever it holds.
 */
export function insideAddress(address: string): string | undefined {
  if (isIPv4(address)) return insideIpv4(ipv4Number(address))
  if (!isIPv6(address) || address.includes('%')) return 'not a plain IP address'
  const number = ipv6Number(address)
  if (within(number, nat64, 128)) return insideIpv4(number & 0xffffffffn)
  if (!within(number, global6, 128)) return 'not global unicast'
  return ipv6Networks.find((network) => within(number, network, 128))?.what
}

/** Whether an IP address is this machine itself. */
export function isLoopbackAddress(address: string): boolean {
  return isIPv4(address) ? address.startsWith('127.') : isIPv6(address) && ipv6Number(address) === 1n
}

function insideIpv4(number: bigint): string | undefined {
  return ipv4Networks.find((network) => within(number, network, 32))?.what
}

function within(number: bigint, network: { readonly first: bigint; readonly bits: number }, width: number): boolean {
  const shift = BigInt(width - network.bits)
  return number >> shift === network.first >> shift
}

function ipv4Number(address: string): bigint {
  return address.split('.').reduce((number, byte) => (number << 8n) | BigInt(byte), 0n)
}

/** Reads any textual form, `::` and a dotted IPv4 tail too. */
function ipv6Number(address: string): bigint {
  const dotted = /(?<head>.*:)(?<tail>\d+\.\d+\.\d+\.\d+)$/.exec(address)?.groups
  const plain = dotted ? `${dotted.head}${hexTail(dotted.tail ?? '')}` : address
  const [head = '', tail] = plain.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array<string>(8 - before.length - after.length).fill('0')
  return [...before, ...zeros, ...after].reduce((number, word) => (number << 16n) | BigInt(`0x${word}`), 0n)
}

function hexTail(dotted: string): string {
  const number = ipv4Number(dotted)
  return `${(number >> 16n).toString(16)}:${(number & 0xffffn).toString(16)}`
}

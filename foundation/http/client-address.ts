import type { IncomingMessage } from 'node:http'
import { isIPv4, isIPv6 } from 'node:net'
import { insideAddress } from './outbound-address.ts'

/**
 * The address on the public network that a request came from. A peer inside is a proxy of ours, which has written the
 * address that it saw last; what stands before that is the sender's own say. Undefined when the request came from inside.
 */
export function clientAddress(request: IncomingMessage): string | undefined {
  const peer = plain(request.socket?.remoteAddress ?? '')
  const address = insideAddress(peer) === undefined ? peer : lastForwarded(request.headers['x-forwarded-for'])
  if (address === undefined || insideAddress(address) !== undefined) return undefined
  return isIPv4(address) ? address : networkOf(address)
}

function lastForwarded(header: string | string[] | undefined): string | undefined {
  const last =
    String(header ?? '')
      .split(',')
      .at(-1)
      ?.trim() ?? ''
  const address = plain(last.replace(/^\[|\]$/g, ''))
  return isIPv4(address) || isIPv6(address) ? address : undefined
}

/** IPv4 as a listener on `::` shows it. */
function plain(address: string): string {
  return /^::ffff:(?<v4>\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.groups?.v4 ?? address
}

/** Whoever has one address of IPv6 has all of a /64. */
function networkOf(address: string): string {
  const [head = '', tail] = address.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0')
  const words = [...before, ...zeros, ...after].slice(0, 4)
  return `${words.map((word) => Number.parseInt(word, 16).toString(16)).join(':')}::/64`
}

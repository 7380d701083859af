import { type LookupAddress, lookup as systemLookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { WeftError } from '../errors/index.ts'
import { outboundErrors } from './errors.ts'
import { insideAddress, isLoopbackAddress } from './outbound-address.ts'

/** Resolves a host name to all its addresses. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>

/** The system's resolver. */
export const resolveBySystem: Resolve = (hostname) =>
  new Promise((resolve, reject) => {
    systemLookup(hostname, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)))
  })

/** Where a call goes, after the checks that need no resolution. */
export interface Target {
  readonly origin: string
  readonly path: string
  /** The address must be this machine's: plain http stays here. */
  readonly loopbackOnly: boolean
  /** The settings name this exact origin, so its address may be inside. */
  readonly allowed: boolean
}

const longestUrl = 8192

/**
 * Ports of other protocols that a request could speak to by accident (Fetch standard, "bad port"), as far as they are not
 * long gone; and 0, which is none. An allowed origin may have them all the same.
 */
const foreignPorts: ReadonlySet<number> = new Set([
  ...[
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109,
    110, 111, 113, 115, 117, 119,
  ],
  ...[123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556],
  ...[563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6679],
  ...[6697, 10080],
])

/** Reads the exact origins that settings allow. @throws Error when one is not an origin, or plain http to elsewhere. */
export function readAllowedOrigins(origins: readonly string[]): ReadonlySet<string> {
  for (const text of origins) {
    const url = URL.canParse(text) ? new URL(text) : undefined
    if (!url || url.href !== `${url.origin}/` || url.hostname.includes('*')) {
      throw new Error(
        `"${text}" is not an origin: write scheme, host and port only, such as https://vault.example:8200`,
      )
    }
    if (url.protocol === 'http:' && !isLoopbackName(url.hostname)) {
      throw new Error(`${text} may not be allowed: plain http is for loopback only, use https`)
    }
  }
  return new Set(origins.map((text) => new URL(text).origin))
}

/** Exact origins whose addresses may be inside: for every request, and for those only that say they are internal. */
export interface KnownOrigins {
  readonly allowed: ReadonlySet<string>
  readonly internal: ReadonlySet<string>
}

/** The checks on the URL itself. @throws `outbound.address-refused` */
export function readTarget(
  { url: text, internal }: { readonly url: string; readonly internal?: true },
  origins: KnownOrigins,
): Target {
  if (text.length > longestUrl) throw refused(`The address is longer than ${longestUrl} characters.`)
  if (!URL.canParse(text)) throw refused('The address is not a URL.')
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refused('The address is not an https address.')
  if (url.username !== '' || url.password !== '') throw refused('The address has a user name or password in it.')
  const allowed = isAllowed(url.origin, internal === true, origins)
  const loopbackOnly = url.protocol === 'http:'
  if (loopbackOnly && !allowed) throw refused('The address is not an https address.', { origin: url.origin })
  if (!allowed && foreignPorts.has(url.port === '' ? 443 : Number(url.port))) {
    throw refused('The address has a port that belongs to another protocol.', { origin: url.origin })
  }
  const target = { origin: url.origin, path: `${url.pathname}${url.search}`, loopbackOnly, allowed }
  const literal = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(literal) !== 0) checkAddress(literal, target)
  return target
}

/** An address inside the deployment that somebody else named is an attack, or a mistake: it is not even looked up. */
function isAllowed(origin: string, internal: boolean, origins: KnownOrigins): boolean {
  if (origins.allowed.has(origin)) return true
  if (!origins.internal.has(origin)) return false
  if (!internal) throw refused('The address belongs to this platform itself.', { origin })
  return true
}

/**
 * A lookup for the socket that checks what it resolves. The socket connects to exactly the addresses that were checked,
 * so a name that resolves differently a moment later changes nothing. One inside address refuses the whole answer.
 */
export function guardedLookup(resolve: Resolve, target: Omit<Target, 'path'>): LookupFunction {
  return (hostname, options, done) => {
    resolve(hostname).then(
      (addresses) => {
        try {
          for (const { address } of addresses) checkAddress(address, target)
        } catch (error) {
          return done(error as NodeJS.ErrnoException, '', 0)
        }
        const fitting = addresses.filter(({ family }) => !options.family || family === familyOf(options.family))
        const first = fitting[0]
        if (!first) return done(Object.assign(new Error(`${hostname} has no address`), { code: 'ENOTFOUND' }), '', 0)
        return options.all ? done(null, [...fitting]) : done(null, first.address, first.family)
      },
      (error: NodeJS.ErrnoException) => done(error, '', 0),
    )
  }
}

function checkAddress(address: string, target: Omit<Target, 'path'>): void {
  if (target.loopbackOnly && !isLoopbackAddress(address)) {
    throw refused('Plain http is for loopback only.', { origin: target.origin, address })
  }
  if (target.allowed) return
  const inside = insideAddress(address)
  if (inside !== undefined)
    throw refused('The address is not on the public network.', { origin: target.origin, address, inside })
}

function familyOf(family: number | string): number {
  return typeof family === 'number' ? family : Number(family.replace('IPv', ''))
}

function isLoopbackName(hostname: string): boolean {
  return hostname === 'localhost' || isLoopbackAddress(hostname.replace(/^\[|\]$/g, ''))
}

function refused(message: string, detail?: object): WeftError {
  return new WeftError(outboundErrors['address-refused'], { message, detail })
}

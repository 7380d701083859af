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
  if (!URL.canParse(text)) throw refused('The address is not a URL.')
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refused('The address is not an https address.')
  if (url.username !== '' || url.password !== '') throw refused('The address has a user name or password in it.')
  const allowed = isAllowed(url.origin, internal === true, origins)
  const loopbackOnly = url.protocol === 'http:'
  if (loopbackOnly && !allowed) throw refused('The address is not an https address.', { origin: url.origin })
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

import { createHmac, createPrivateKey, sign } from 'node:crypto'
import type { PrivateJwk } from '../../trust/index.ts'

const encode = (part: unknown): string =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url')

/** A token with whatever header and payload (JSON, or text as it is), rightly signed with a P-256 key. */
export function forgeJwt(header: unknown, payload: unknown, key: PrivateJwk): string {
  const input = `${encode(header)}.${encode(payload)}`
  const privateKey = createPrivateKey({ key: { ...key }, format: 'jwk' })
  const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}

/** A token whose signature is a MAC with a secret of the forger's choice. */
export function forgeMac(header: unknown, payload: unknown, secret: string): string {
  const input = `${encode(header)}.${encode(payload)}`
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

/** A token that nobody signed. */
export function forgeUnsigned(header: unknown, payload: unknown, signature = ''): string {
  return `${encode(header)}.${encode(payload)}.${signature}`
}

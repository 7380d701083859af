import { createHmac, timingSafeEqual } from 'node:crypto'

/** What an access token to a data flow says. */
export interface FlowAccess {
  readonly participantContextId: string
  readonly dataFlowId: string
  /** Raised by every signal that must end older tokens. */
  readonly generation: number
  /** Which token of the generation it is. */
  readonly renewals: number
  /** Seconds since the epoch; 0 for a token that lives as long as its generation. */
  readonly expiresAt: number
}

/** What a refresh token says: it goes with the access token of the same number, and is good once (DPS-23). */
export type FlowRenewal = Omit<FlowAccess, 'expiresAt'>

const formats = { access: 'w2', renewal: 'r2' } as const

/**
 * The token for `access`: the same input gives the same token, so it is made again where a message is repeated and
 * kept nowhere. `key` has 32 bytes.
 */
export function accessToken(access: FlowAccess, key: Uint8Array): string {
  return sealed(formats.access, [...content(access), access.expiresAt], key)
}

/** The refresh token that goes with an access token. */
export function refreshToken(renewal: FlowRenewal, key: Uint8Array): string {
  return sealed(formats.renewal, content(renewal), key)
}

/** What the token claims, before anything is proven; it names the context whose key proves it. */
export function readAccessToken(token: string): FlowAccess | undefined {
  const members = opened(formats.access, token)
  const expiresAt = members?.[4]
  const renewal = members?.length === 5 ? renewalOf(members) : undefined
  return renewal && Number.isSafeInteger(expiresAt) ? { ...renewal, expiresAt: expiresAt as number } : undefined
}

/** What the refresh token claims, before anything is proven. */
export function readRefreshToken(token: string): FlowRenewal | undefined {
  const members = opened(formats.renewal, token)
  return members?.length === 4 ? renewalOf(members) : undefined
}

/** Whether `key` made the token; takes the same time wherever a forged one differs. */
export function provesToken(token: string, key: Uint8Array): boolean {
  const end = token.lastIndexOf('.')
  const expected = mac(token.slice(0, end), key).toString('base64url')
  const given = token.slice(end + 1)
  return given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected))
}

function content({ participantContextId, dataFlowId, generation, renewals }: FlowRenewal): unknown[] {
  return [participantContextId, dataFlowId, generation, renewals]
}

function renewalOf(members: readonly unknown[]): FlowRenewal | undefined {
  const [participantContextId, dataFlowId, generation, renewals] = members
  if (typeof participantContextId !== 'string' || typeof dataFlowId !== 'string') return undefined
  if (!Number.isSafeInteger(generation) || !Number.isSafeInteger(renewals)) return undefined
  return { participantContextId, dataFlowId, generation: generation as number, renewals: renewals as number }
}

function sealed(format: string, members: readonly unknown[], key: Uint8Array): string {
  const signed = `${format}.${Buffer.from(JSON.stringify(members)).toString('base64url')}`
  return `${signed}.${mac(signed, key).toString('base64url')}`
}

function opened(format: string, token: string): readonly unknown[] | undefined {
  const parts = token.split('.')
  if (parts.length !== 3 || parts[0] !== format || token.length > 2_000) return undefined
  try {
    const members: unknown = JSON.parse(Buffer.from(parts[1] ?? '', 'base64url').toString('utf8'))
    return Array.isArray(members) ? members : undefined
  } catch {
    return undefined
  }
}

function mac(text: string, key: Uint8Array): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

import { createHmac, timingSafeEqual } from 'node:crypto'

/** What an access token to a data flow says. */
export interface FlowAccess {
  readonly participantContextId: string
  readonly dataFlowId: string
  /** Raised by every signal that must end older tokens. */
  readonly generation: number
  /** Seconds since the epoch. */
  readonly expiresAt: number
}

const format = 'w1'

/**
 * The token for `access`: the same input gives the same token, so it is made again where a message is repeated and
 * kept nowhere. `key` has 32 bytes.
 */
export function accessToken(access: FlowAccess, key: Uint8Array): string {
  const content = [access.participantContextId, access.dataFlowId, access.generation, access.expiresAt]
  const signed = `${format}.${Buffer.from(JSON.stringify(content)).toString('base64url')}`
  return `${signed}.${mac(signed, key).toString('base64url')}`
}

/** What the token claims, before anything is proven; it names the context whose key proves it. */
export function readAccessToken(token: string): FlowAccess | undefined {
  const parts = token.split('.')
  if (parts.length !== 3 || parts[0] !== format || token.length > 2_000) return undefined
  try {
    const content: unknown = JSON.parse(Buffer.from(parts[1] ?? '', 'base64url').toString('utf8'))
    if (!Array.isArray(content) || content.length !== 4) return undefined
    const [participantContextId, dataFlowId, generation, expiresAt] = content as unknown[]
    if (typeof participantContextId !== 'string' || typeof dataFlowId !== 'string') return undefined
    if (!Number.isSafeInteger(generation) || !Number.isSafeInteger(expiresAt)) return undefined
    return { participantContextId, dataFlowId, generation: generation as number, expiresAt: expiresAt as number }
  } catch {
    return undefined
  }
}

/** Whether `key` made the token; takes the same time wherever a forged one differs. */
export function provesAccessToken(token: string, key: Uint8Array): boolean {
  const end = token.lastIndexOf('.')
  const expected = mac(token.slice(0, end), key).toString('base64url')
  const given = token.slice(end + 1)
  return given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected))
}

function mac(text: string, key: Uint8Array): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

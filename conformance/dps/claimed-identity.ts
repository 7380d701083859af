import { randomUUID } from 'node:crypto'
import type { CounterpartyIdentity } from '@weft/control-plane'
import { requestErrors, WeftError } from '@weft/foundation/errors'

const aMinute = 60_000

/** The DPS kit's way to say who it is, in the place of DCP: it claims it, as JSON in the header. */
export const claimedIdentity: CounterpartyIdentity = {
  participantId: (text) => text,
  authorizationFor: async ({ sender }) => claim(sender),
  verifySender: async ({ authorization }) => {
    const id = claimed(authorization ?? '')
    if (id === undefined) throw new WeftError(requestErrors.unauthenticated)
    const once = { issuer: id, jti: randomUUID(), expiresAt: new Date(Date.now() + aMinute) }
    return { id, credentials: [], tokenUse: once }
  },
}

/** The header of a participant. */
export function claim(clientId: string): string {
  return JSON.stringify({ clientId })
}

function claimed(header: string): string | undefined {
  try {
    const { clientId } = JSON.parse(header) as { readonly clientId?: unknown }
    return typeof clientId === 'string' ? clientId : undefined
  } catch {
    return undefined
  }
}

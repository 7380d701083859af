import { randomUUID } from 'node:crypto'
import type { CounterpartyIdentity } from '@weft/control-plane'
import { requestErrors, WeftError } from '@weft/foundation/errors'

/** Participant id of the kit; it is no DID, and the kit sends no token of DCP. */
export const kitParticipant = 'TCK_PARTICIPANT'

/** What the kit is configured to send as `Authorization`, and nobody else has. */
export const kitAuthorization = `Kit ${randomUUID()}`

const aMinute = 60_000

/** The kit's way to say who it is, in the place of DCP: one header, one participant. */
export const kitIdentity: CounterpartyIdentity = {
  participantId: (text) => text,
  authorizationFor: async ({ sender }) => `Participant ${sender}`,
  verifySender: async ({ authorization }) => {
    if (authorization !== kitAuthorization) throw new WeftError(requestErrors.unauthenticated)
    const once = { issuer: kitParticipant, jti: randomUUID(), expiresAt: new Date(Date.now() + aMinute) }
    return { id: kitParticipant, credentials: [], tokenUse: once }
  },
}

import { randomUUID } from 'node:crypto'
import type { Did } from '@weft/protocols/trust'
import { type ControlPlaneUnderTest, call, type Reply } from './control-plane-under-test.ts'
import { dspAddress, membershipScope, type Participant, participantScope } from './participants.ts'

const dspContext = 'https://w3id.org/dspace/2025/1/context.jsonld'

/** A message of DSP as a counterparty writes it by hand. */
export function dspMessage(type: string, members: object, id: string | null = `urn:uuid:${randomUUID()}`): object {
  return { '@context': [dspContext], ...(id === null ? {} : { '@id': id }), '@type': type, ...members }
}

/** A fresh token of one participant for another, as its own token service makes it. */
export function messageToken(
  plane: ControlPlaneUnderTest,
  from: Participant,
  to: Participant,
  scopes: readonly string[] = [participantScope, membershipScope],
): Promise<string> {
  return plane.hub.tokenFor(from.did as Did, to.did as Did, scopes)
}

/** Sends a message by hand, past our own client; with a fresh token unless one is given. */
export async function sendDsp(
  plane: ControlPlaneUnderTest,
  from: Participant,
  to: Participant,
  path: string,
  body: unknown,
  token?: string,
): Promise<Reply> {
  const method = body === undefined ? 'GET' : 'POST'
  return call(`${dspAddress(plane, to)}${path}`, method, body, token ?? (await messageToken(plane, from, to)))
}

import { type Did, type ParsedJwt, parseJwt } from '@weft/protocols/trust'
import { controlPlane, ownerOf, type TestHub, type TestParticipant, tokenFor } from './hub.ts'

/** What the API shows of a key pair. */
export interface ShownKeyPair {
  readonly id: string
  readonly keyId: string
  readonly state: number
  readonly usage: readonly string[]
  readonly defaultPair: boolean
  readonly replaces: string | null
  readonly publishedUntil: number | null
  readonly serializedPublicKey: string
}

export async function keyPairsOf(hub: TestHub, participant: Pick<TestParticipant, 'id'>): Promise<ShownKeyPair[]> {
  const answer = await hub.admin(ownerOf(participant.id), 'GET', `/participants/${participant.id}/keypairs`)
  return (await answer.json()) as ShownKeyPair[]
}

/** The kids of the published document, in the order of its methods; undefined when nothing is published. */
export async function publishedKids(hub: TestHub, participant: Pick<TestParticipant, 'id'>): Promise<string[]> {
  const document = (await (await fetch(`${hub.publicUrl}/${participant.id}/did.json`)).json()) as {
    verificationMethod: { id: string }[]
  }
  return document.verificationMethod.map((method) => method.id)
}

/** A self-issued token of the participant for `audience`, from the STS. */
export async function stsToken(
  hub: TestHub,
  participant: Pick<TestParticipant, 'id'>,
  audience: Did,
  scopes?: string,
): Promise<ParsedJwt> {
  const answer = await fetch(`${hub.internalUrl}/sts/token`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tokenFor(controlPlane)}` },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: participant.id,
      audience,
      ...(scopes !== undefined && { bearer_access_scope: scopes }),
    }),
  })
  const body = (await answer.json()) as { access_token?: string }
  if (body.access_token === undefined) throw new Error(`no token: ${answer.status} ${JSON.stringify(body)}`)
  return parseJwt(body.access_token)
}

import { randomUUID } from 'node:crypto'
import type { VerifiableCredential } from '@weft/protocols/trust'
import type { FakeHolder } from './fake-holder.ts'
import { type RunningIssuerService, requestMessage, until } from './run-issuer-service.ts'

interface IssuedPlace {
  readonly statusPurpose: string
  readonly type: string
  readonly statusListCredential: string
  readonly statusListIndex: string
}

export interface Issued {
  /** Path of the credential at the administration API. */
  readonly path: string
  readonly credential: VerifiableCredential
  readonly payload: string
  readonly format: string
  /** The path of the list with this purpose, and the place in it. */
  place(purpose: string): { readonly list: string; readonly index: number; readonly type: string }
}

/** Requests one credential of a definition and waits until the holder has it. */
export async function issueTo(
  service: RunningIssuerService,
  holder: FakeHolder,
  definition = 'membership',
  context = 'issuer',
): Promise<Issued> {
  const holderPid = randomUUID()
  const { status } = await service.request(context, holder, requestMessage(holderPid, definition))
  if (status !== 201) throw new Error(`the request was answered ${status}`)
  const find = () => holder.received.find(({ delivery }) => delivery.holderPid === holderPid)
  await until(() => find() !== undefined, 'the credential arrives')
  const received = find()
  const credential = received?.credentials[0]
  if (received?.delivery.status !== 'ISSUED' || !credential) throw new Error('nothing was issued')
  const base = `/participants/${context}/credentials`
  const { body } = await service.admin('POST', `${base}/query`, { sortOrder: 'DESC', limit: 500 })
  const tracked = body.find((one: { credential: { id: string } }) => one.credential.id === credential.id)
  const places: readonly IssuedPlace[] = tracked.credential.credentialStatus
  return {
    path: `${base}/${tracked.id}`,
    credential,
    payload: received.delivery.credentials[0]?.payload ?? '',
    format: received.delivery.credentials[0]?.format ?? '',
    place: (purpose) => {
      const found = places.find(({ statusPurpose }) => statusPurpose === purpose)
      if (!found) throw new Error(`the credential has no place for ${purpose}`)
      const list = new URL(found.statusListCredential).pathname
      return { list, index: Number(found.statusListIndex), type: found.type }
    },
  }
}

import type { Transaction } from '@weft/foundation/database'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import { Type } from 'typebox'
import { catalogueErrors, contextErrors } from '../../errors.ts'
import type { Parts } from '../../parts.ts'
import { type Addressed, findAddressed } from '../../store/addressed.ts'

/** How every request to a counterparty names it: exactly one of `protocol` and `profile`, which are treated alike. */
export const counterpartyFields = {
  counterPartyAddress: Type.String({
    description: 'DSP base of the counterparty, such as its catalog is served from.',
  }),
  protocol: Type.Optional(Type.String({ minLength: 1 })),
  profile: Type.Optional(Type.String({ minLength: 1 })),
}

/** A callback address, which is not supported: an empty list is, as most clients send one. */
export const callbackFields = { callbackAddresses: Type.Optional(Type.Array(Type.Unknown())) }

interface CounterpartyBody {
  readonly counterPartyAddress: string
  readonly protocol?: string
  readonly profile?: string
}

/** @throws `request.invalid-field` when none or both of `protocol` and `profile` are given */
export function profileNameOf(body: CounterpartyBody): string {
  const name = body.profile ?? body.protocol
  if (name !== undefined && (body.profile === undefined || body.protocol === undefined)) return name
  throw new WeftError(requestErrors['invalid-field'], {
    field: 'profile',
    message: 'Give exactly one of "profile" and "protocol".',
  })
}

/** Our side of a conversation under the profile. @throws `context.profile-not-associated` */
export async function requireAddressed(
  tx: Transaction,
  parts: Parts,
  participant: string,
  profile: string,
): Promise<Addressed> {
  const addressed = await findAddressed(tx, parts.directory, profile)
  if (addressed) return addressed
  throw new WeftError(contextErrors['profile-not-associated'], {
    field: 'profile',
    message: `No profile '${profile}' for participant '${participant}'`,
  })
}

/** Whether it may be called is for the outbound client to say. @throws `request.invalid-field` */
export function requireHttpAddress(address: string): string {
  const url = URL.parse(address)
  const callable = url && (url.protocol === 'https:' || url.protocol === 'http:') && url.username === ''
  if (callable) return address
  throw new WeftError(requestErrors['invalid-field'], {
    field: 'counterPartyAddress',
    message: '"counterPartyAddress" must be an absolute http or https address.',
  })
}

/** @throws `management.callbacks-unsupported`: accepting them and not calling them would be worse */
export function refuseCallbacks(body: { readonly callbackAddresses?: readonly unknown[] }): void {
  if ((body.callbackAddresses ?? []).length > 0) {
    throw new WeftError(catalogueErrors['callbacks-unsupported'], { field: 'callbackAddresses' })
  }
}

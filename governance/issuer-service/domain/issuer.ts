import type { ParticipantContextId } from '@weft/foundation/access'
import { WeftError } from '@weft/foundation/errors'
import { type Did, didWeb, parseDid } from '@weft/protocols/trust'
import { issuerErrors } from './errors.ts'

/** One issuer of this service: a participant context of its own, with a DID that this service publishes. */
export interface Issuer {
  readonly participantContextId: ParticipantContextId
  readonly did: Did
  /** The last part of the DID, and the first of the path of its document. */
  readonly name: string
  /** DID URL of the key that signs now. */
  readonly keyId: string
}

/**
 * The name of an issuer's document below the public URL, for a DID that is made from it.
 * @throws `issuer.did-not-ours` where the DID is of another host or has not exactly one name
 */
export function issuerName(publicUrl: string, text: string): { readonly did: Did; readonly name: string } {
  const did = parseDid(text, 'did')
  const name = did.slice(did.lastIndexOf(':') + 1)
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(name) || didWeb(publicUrl, name) !== did) {
    throw new WeftError(issuerErrors['did-not-ours'], {
      field: 'did',
      message: `The DID must be ${didWeb(publicUrl, 'name')}, with a name of lower-case letters, digits and "-".`,
    })
  }
  return { did, name }
}

/** URLs that all come from the one public URL. */
export interface IssuerUrls {
  readonly service: (contextId: ParticipantContextId) => string
  readonly statusList: (listId: string) => string
  readonly schema: (contextId: ParticipantContextId, definitionId: string) => string
}

export function issuerUrls(publicUrl: string): IssuerUrls {
  const base = publicUrl.replace(/\/$/, '')
  const service = (contextId: ParticipantContextId): string => `${base}/issuance/v1beta/participants/${contextId}`
  return {
    service,
    statusList: (listId) => `${base}/statuslist/${listId}`,
    schema: (contextId, definitionId) => `${service(contextId)}/schemas/${encodeURIComponent(definitionId)}`,
  }
}

import type { TrustRules } from '@weft/protocols/trust'

/** What the documents and credentials of the kit's release candidate lack; each is strict where nobody sets it. */
export const kitTolerance: TrustRules = {
  relationships: 'optional',
  unsignedStatusLists: true,
  looseCredentialShape: true,
}

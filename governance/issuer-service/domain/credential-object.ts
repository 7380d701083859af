import type { CompleteCredentialObject } from '@weft/protocols/dcp'
import type { CredentialDefinition } from './credential-definition.ts'
import type { Issuer, IssuerUrls } from './issuer.ts'

/** A definition as metadata and offers show it, with every member (DCP-37). */
export function credentialObject(
  definition: CredentialDefinition,
  { participantContextId }: Pick<Issuer, 'participantContextId'>,
  urls: IssuerUrls,
  offerReason: string,
): CompleteCredentialObject {
  return {
    id: definition.id,
    credentialType: definition.credentialType,
    credentialSchema: definition.jsonSchemaUrl ?? urls.schema(participantContextId, definition.id),
    offerReason,
    bindingMethods: ['did:web'],
    profile: definition.format,
  }
}

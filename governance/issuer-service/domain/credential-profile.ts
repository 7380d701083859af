import type { CredentialProfile, StatusListKind } from '@weft/protocols/trust'

/** How the software of a holder names formats: by the profiles of DCP, or as the hub of EDC does. */
export type FormatNaming = 'profile' | 'edc'

interface ProfileTraits {
  /** The kind of status list that belongs to the profile (section 3.6). */
  readonly statusList: StatusListKind
  /** The type of `credentialSchema` in its data model. */
  readonly schemaType: string
  /** What the hub of EDC calls it; it stores nothing under another name (section 10). */
  readonly edcName: string
}

const traits: Readonly<Record<CredentialProfile, ProfileTraits>> = {
  'vc11-sl2021/jwt': {
    statusList: 'StatusList2021',
    schemaType: 'JsonSchemaValidator2018',
    edcName: 'VC1_0_JWT',
  },
  'vc20-bssl/jwt': { statusList: 'BitstringStatusList', schemaType: 'JsonSchema', edcName: 'VC2_0_JOSE' },
}

export function traitsOf(profile: CredentialProfile): ProfileTraits {
  return traits[profile]
}

/** `format` of a delivered credential, as this holder's software names it. */
export function formatName(profile: CredentialProfile, naming: FormatNaming): string {
  return naming === 'edc' ? traits[profile].edcName : profile
}

import {
  type CredentialContent,
  createStatusBits,
  issueCredential,
  issueStatusListCredential,
  type JsonObject,
  type StatusEntry,
  writeStatusBit,
} from '../../trust/index.ts'
import { createWorld, noon, type Party, type World } from '../../trust/testing/world.ts'
import { createPresentation, createSchemaChecker, type PresentationCheck, parseScope, typeScope } from '../index.ts'

export const listUrl = 'https://issuer.example/statuslist/1'
export const hour = 3_600_000

export interface Dataspace {
  readonly world: World
  readonly issuer: Party
  readonly holder: Party
  readonly verifier: Party
  readonly mallory: Party
  /** A MembershipCredential of the holder, by the issuer, valid for an hour, with some of it changed. */
  credential(changes?: Partial<CredentialContent>, signer?: Party): Promise<string>
  /** A presentation of credentials by the holder for the verifier. */
  present(...credentials: string[]): Promise<string>
  publishList(...revoked: number[]): Promise<void>
  /** Everything that the verifier needs, for presentations that were received from the holder. */
  check(presentations: readonly (string | JsonObject)[], changes?: Partial<PresentationCheck>): PresentationCheck
}

export const revocable = (index: number): readonly StatusEntry[] => [
  { kind: 'BitstringStatusList', purpose: 'revocation', index, listUrl },
]

/** An issuer that is trusted for MembershipCredential only, a holder, a verifier and somebody who means no good. */
export async function createDataspace(): Promise<Dataspace> {
  const world = createWorld()
  const service = { id: '#cs', type: 'CredentialService', serviceEndpoint: 'https://holder.example/credentials' }
  const holder = await world.party('holder', { services: [service] })
  const [issuer, verifier, mallory] = [
    await world.party('issuer'),
    await world.party('verifier'),
    await world.party('mallory'),
  ]
  const { resolver, statuses, clock } = world
  const schemas = createSchemaChecker({ fetchSchema: world.fetch, clock })
  return {
    world,
    issuer,
    holder,
    verifier,
    mallory,
    credential: (changes = {}, signer = issuer) =>
      issueCredential(
        {
          profile: 'vc11-sl2021/jwt',
          id: 'urn:uuid:1',
          issuer: signer.did,
          types: ['MembershipCredential'],
          subject: { id: holder.did, claims: { membershipType: 'full' } },
          validFrom: new Date(noon),
          validUntil: new Date(noon + hour),
          ...changes,
        },
        signer.key,
      ),
    present: (...credentials) =>
      createPresentation({ holder: holder.did, audience: verifier.did, credentials, key: holder.key, clock }),
    publishList: async (...revoked) => {
      const bits = createStatusBits()
      for (const index of revoked) writeStatusBit(bits, index, true)
      const content = {
        kind: 'BitstringStatusList',
        url: listUrl,
        issuer: issuer.did,
        purpose: 'revocation',
        bits,
        validFrom: new Date(noon),
      } as const
      world.publish(listUrl, await issueStatusListCredential(content, issuer.key))
    },
    check: (presentations, changes = {}) => ({
      presentations,
      holder: holder.did,
      audience: verifier.did,
      required: [parseScope(typeScope('MembershipCredential'))],
      trusted: (did, type) => did === issuer.did && type === 'MembershipCredential',
      resolver,
      statuses,
      schemas,
      clock,
      ...changes,
    }),
  }
}

import { describe, expect, it } from 'vitest'
import { codeOf, noon } from '../trust/testing/world.ts'
import { verifyDeliveredCredential } from './delivered-credential.ts'
import { createDataspace } from './testing/dataspace.ts'

async function setUp() {
  const space = await createDataspace()
  const { issuer, holder, world } = space
  const check = { issuer: issuer.did, holder: holder.did, resolver: world.resolver, clock: world.clock }
  const container = (payload: string) => ({
    credentialType: 'MembershipCredential',
    payload,
    format: 'vc11-sl2021/jwt',
  })
  return { ...space, check, container }
}

describe('DCP-40: what a holder checks before it stores a credential', () => {
  it('takes what the issuer made for it', async () => {
    const { credential, container, check } = await setUp()
    const stored = await verifyDeliveredCredential(container(await credential()), check)
    expect(stored.types).toContain('MembershipCredential')
  })

  it.each([
    ['vc11-sl2021/jwt', 'vc11-sl2021/jwt'],
    ['vc11-sl2021/jwt', 'VC1_0_JWT'],
    ['vc11-sl2021/jwt', 'jwt'],
    ['vc20-bssl/jwt', 'vc20-bssl/jwt'],
    ['vc20-bssl/jwt', 'VC2_0_JOSE'],
    ['vc20-bssl/jwt', 'jwt'],
  ] as const)('takes one of profile %s under the format name %s', async (profile, format) => {
    const { credential, container, check } = await setUp()
    const delivered = { ...container(await credential({ profile })), format }
    expect((await verifyDeliveredCredential(delivered, check)).profile).toBe(profile)
  })

  it('refuses a credential of another data model than the format says', async () => {
    const { credential, container, check } = await setUp()
    const delivered = container(await credential({ profile: 'vc20-bssl/jwt' }))
    await expect(verifyDeliveredCredential(delivered, check)).rejects.toMatchObject({
      code: 'dcp.delivery-mismatch',
      field: 'format',
    })
  })

  it('refuses a credential of another type than the container says', async () => {
    const { credential, container, check } = await setUp()
    const delivered = { ...container(await credential()), credentialType: 'OtherCredential' }
    await expect(verifyDeliveredCredential(delivered, check)).rejects.toMatchObject({
      code: 'dcp.delivery-mismatch',
      field: 'credentialType',
    })
  })

  it('refuses a credential of another issuer than the sender', async () => {
    const { credential, container, check, mallory } = await setUp()
    const delivered = container(await credential({}, mallory))
    await expect(verifyDeliveredCredential(delivered, check)).rejects.toMatchObject({
      code: 'dcp.delivery-mismatch',
      field: 'issuer',
    })
  })

  it('refuses a credential for somebody else', async () => {
    const { credential, container, check, mallory } = await setUp()
    const delivered = container(await credential({ subject: { id: mallory.did, claims: {} } }))
    await expect(verifyDeliveredCredential(delivered, check)).rejects.toMatchObject({ field: 'credentialSubject' })
  })

  it('refuses a credential that the issuer did not sign', async () => {
    const { credential, container, check, issuer, mallory } = await setUp()
    const delivered = container(await credential({ issuer: issuer.did }, mallory))
    expect(await codeOf(verifyDeliveredCredential(delivered, check))).toBe('trust.key-foreign')
  })

  it('refuses a credential that has expired already', async () => {
    const { credential, container, check } = await setUp()
    const delivered = container(await credential({ validUntil: new Date(noon) }))
    expect(await codeOf(verifyDeliveredCredential(delivered, check))).toBe('dcp.credential-expired')
  })

  it.each([
    ['a format that is not supported', { format: 'ldp_vc' }, 'dcp.format-unsupported'],
    ['a payload that is no credential', { payload: 'a.b.c' }, 'trust.token-malformed'],
  ])('refuses %s', async (_what, changes, code) => {
    const { credential, container, check } = await setUp()
    expect(await codeOf(verifyDeliveredCredential({ ...container(await credential()), ...changes }, check))).toBe(code)
  })
})

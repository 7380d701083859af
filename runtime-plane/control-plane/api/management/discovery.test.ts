import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ControlPlaneUnderTest, startControlPlane } from '../../testing/control-plane-under-test.ts'
import {
  dspAddress,
  makeDataspace,
  makeParticipant,
  managed,
  type Participant,
  testProfile,
} from '../../testing/participants.ts'

let plane: ControlPlaneUnderTest
let alice: Participant
let bob: Participant

beforeAll(async () => {
  plane = await startControlPlane()
  await makeDataspace(plane)
  alice = await makeParticipant(plane, 'alice')
  bob = await makeParticipant(plane, 'bob')
  plane.hub.announce(bob.did, `${plane.publicUrl}/dsp/${bob.context}/.well-known/dspace-version`)
})

afterAll(() => plane.stop())

const discover = (members: object) =>
  plane.api('POST', `/participants/${alice.context}/discover/request`, {
    body: managed('DiscoveryRequest', members),
    token: alice.token,
  })

const versions = (...protocolVersions: readonly object[]) => {
  plane.peer.answer = async () => ({ status: 200, body: { protocolVersions } })
}

describe('discovering a counterparty', () => {
  it.each([
    ['its DID', () => ({ counterPartyId: bob.did })],
    ['its root', () => ({ counterPartyAddress: `${plane.publicUrl}/dsp/${bob.context}` })],
    [
      'its version document',
      () => ({ counterPartyAddress: `${plane.publicUrl}/dsp/${bob.context}/.well-known/dspace-version` }),
    ],
  ])('DSP-03: by %s tells the profile, the version and the address to use', async (_, members) => {
    const { status, body } = await discover(members())
    expect(status).toBe(200)
    expect(body).toMatchObject([
      {
        '@type': 'DiscoveryResponse',
        profile: testProfile,
        version: '2025-1',
        binding: 'HTTPS',
        counterParty: { path: `/${testProfile}`, dataServiceEndpoint: dspAddress(plane, bob) },
      },
    ])
  })

  it('DSP-03: goes no further where no version is shared', async () => {
    versions({ version: '0.8', path: '/0.8', binding: 'HTTPS' }, { version: '2024-1', path: '/', binding: 'HTTPS' })
    const { status, body } = await discover({ counterPartyAddress: plane.peer.url })
    expect(status).toBeGreaterThanOrEqual(400)
    expect(body[0]).toMatchObject({ code: 'dsp.no-common-version' })
  })

  it('leaves out entries of other dataspaces and paths that lead away', async () => {
    versions(
      { version: '2025-1', path: '/other', binding: 'HTTPS', profile: 'another' },
      { version: '2025-1', path: '/../../elsewhere', binding: 'HTTPS' },
      { version: '2025-1', path: '/dsp', binding: 'HTTPS' },
    )
    const { body } = await discover({ counterPartyAddress: `${plane.peer.url}/root` })
    expect(body).toHaveLength(1)
    expect(body[0]).toMatchObject({ counterParty: { dataServiceEndpoint: `${plane.peer.url}/root/dsp` } })
  })

  it('DSP-49: does not look at addresses inside, and needs a name', async () => {
    const inside = await discover({ counterPartyAddress: 'http://169.254.169.254' })
    expect(inside.body[0]).toMatchObject({ code: 'outbound.address-refused' })
    expect((await discover({})).status).toBe(400)
  })
})

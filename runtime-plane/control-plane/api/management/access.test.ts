import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ControlPlaneUnderTest, call, startControlPlane } from '../../testing/control-plane-under-test.ts'
import {
  done,
  makeDataspace,
  makeParticipant,
  managed,
  type Participant,
  workloadToken,
} from '../../testing/participants.ts'

let plane: ControlPlaneUnderTest
let alice: Participant
let bob: Participant

beforeAll(async () => {
  plane = await startControlPlane()
  await makeDataspace(plane)
  alice = await makeParticipant(plane, 'alice')
  bob = await makeParticipant(plane, 'bob')
})

afterAll(() => plane.stop())

const base = (participant: Participant) => `/participants/${participant.context}`
const as = (participant: Participant, method: string, path: string, body?: unknown) =>
  plane.api(method, base(participant) + path, { token: participant.token, ...(body === undefined ? {} : { body }) })

const asset = (id: string, more: object = {}) =>
  managed('Asset', { '@id': id, properties: { name: 'A thing', contenttype: 'text/csv' }, ...more })

describe('who may do what', () => {
  const provisioner = () => plane.provider.token({ sub: 'p', role: 'provisioner', scope: 'management-api:admin' })
  const status = async (method: string, path: string, token: string, body?: object) =>
    (await plane.api(method, path, { token, ...(body === undefined ? {} : { body }) })).status

  it('a provisioner makes contexts, settings and profiles, and sees nothing of a participant’s business', async () => {
    const token = await provisioner()
    expect(await status('GET', '/participants', token)).toBe(200)
    expect(await status('GET', `${base(alice)}/config`, token)).toBe(200)
    expect(await status('GET', `${base(alice)}/profiles`, token)).toBe(200)
    for (const path of [
      'assets',
      'policydefinitions',
      'contractdefinitions',
      'contractnegotiations',
      'contractagreements',
      'transferprocesses',
    ]) {
      expect(await status('POST', `${base(alice)}/${path}/request`, token)).toBe(403)
    }
    expect(await status('POST', `${base(alice)}/assets`, token, asset('by-provisioner'))).toBe(403)
    expect(await status('GET', `${base(alice)}/dataplanes`, token)).toBe(403)
  })

  it('a participant touches its own context only; foreign and unknown contexts are answered alike', async () => {
    await done(as(alice, 'POST', '/assets', asset('of-alice')))
    const answers = [
      await plane.api('GET', `${base(alice)}/assets/of-alice`, { token: bob.token }),
      await plane.api('GET', '/participants/nobody/assets/of-alice', { token: bob.token }),
    ]
    for (const answer of answers) expect(answer.status).toBe(403)
    expect(answers[0]?.body).toEqual(answers[1]?.body)
    expect((await as(bob, 'GET', '/assets/of-alice')).status).toBe(404)
    expect(await status('GET', '/participants', bob.token)).toBe(403)
    expect(
      await status('PUT', `${base(bob)}/config`, bob.token, managed('ParticipantContextConfig', { entries: {} })),
    ).toBe(403)
    expect(await status('POST', '/dataspaceprofiles/request', bob.token)).toBe(403)
  })

  it('a scope that only reads changes nothing', async () => {
    const token = await plane.participantToken(alice.context, 'management-api:read')
    expect(await status('POST', `${base(alice)}/assets/request`, token)).toBe(200)
    expect(await status('POST', `${base(alice)}/assets`, token, asset('x'))).toBe(403)
    const narrow = await plane.participantToken(alice.context, 'management-api:assets:read')
    expect(await status('POST', `${base(alice)}/policydefinitions/request`, narrow)).toBe(403)
  })

  it('a data plane’s token opens signaling and nothing else', async () => {
    const token = await workloadToken(plane)
    expect(await status('GET', `${base(alice)}/assets/of-alice`, token)).toBe(403)
    expect(await status('GET', '/participants', token)).toBe(403)
    const signaling = `${plane.signalingUrl}/api/signaling/participants/${alice.context}/dataplanes`
    expect((await call(signaling, 'PUT', {}, alice.token)).status).toBe(403)
    expect((await call(signaling, 'PUT', {}, undefined)).status).toBe(401)
  })

  it('an administrator gets 404 for a context that is not there', async () => {
    const answer = await plane.api('GET', '/participants/nobody/assets/x')
    expect(answer.status).toBe(404)
    expect(answer.body[0]).toMatchObject({ type: 'ObjectNotFound', code: 'context.not-found' })
  })
})

describe('bad bodies', () => {
  it.each([
    ['malformed JSON', '{"@type":', 'request.malformed', null],
    ['no context', { '@type': 'Asset', properties: {} }, 'request.invalid-field', '@context'],
    [
      'a context that is none',
      { '@context': ['https://example.com'], '@type': 'Asset', properties: {} },
      'request.invalid-field',
      '@context',
    ],
    ['the wrong type', managed('Policy', { properties: {} }), 'request.invalid-field', '@type'],
    ['no properties', managed('Asset', {}), 'request.invalid-field', 'properties'],
    [
      'an id that is too long',
      managed('Asset', { '@id': 'x'.repeat(300), properties: {} }),
      'request.invalid-field',
      '@id',
    ],
  ])('%s: 400 with code and field', async (_name, body, code, path) => {
    const answer = await as(alice, 'POST', '/assets', body)
    expect(answer.status).toBe(400)
    expect(answer.body[0]).toMatchObject({ code, path })
  })
})

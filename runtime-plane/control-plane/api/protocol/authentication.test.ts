import { participantContextId } from '@weft/foundation/access'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ControlPlaneUnderTest, call, startControlPlane } from '../../testing/control-plane-under-test.ts'
import { dspMessage, messageToken, sendDsp } from '../../testing/counterparty-messages.ts'
import { negotiate } from '../../testing/journeys.ts'
import {
  done,
  dspAddress,
  makeDataspace,
  makeParticipant,
  managed,
  type Participant,
  participantScope,
  publish,
  testProfile,
} from '../../testing/participants.ts'

let plane: ControlPlaneUnderTest
let provider: Participant
let consumer: Participant

beforeAll(async () => {
  plane = await startControlPlane()
  await makeDataspace(plane)
  provider = await makeParticipant(plane, 'provider')
  consumer = await makeParticipant(plane, 'consumer')
  await publish(plane, provider, 'asset-1')
})

afterAll(() => plane.stop())

const catalog = () => dspMessage('CatalogRequestMessage', {})
const ask = (token: string | undefined) =>
  call(`${dspAddress(plane, provider)}/catalog/request`, 'POST', catalog(), token)

describe('the sender of a message', () => {
  it('needs a self-issued token (DCP-12)', async () => {
    const answer = await ask(undefined)
    expect(answer.status).toBe(401)
    expect(answer.body).toMatchObject({ '@type': 'CatalogError', code: 'dcp.token-missing' })
    expect((await ask('nonsense')).body.code).toBe('trust.token-malformed')
  })

  it('is refused with a token for somebody else (DCP-04, X-02)', async () => {
    const token = await messageToken(plane, consumer, consumer)
    expect((await ask(token)).body.code).toBe('dcp.audience-mismatch')
  })

  it('needs an access token where credentials are asked for', async () => {
    const answer = await ask(await messageToken(plane, consumer, provider, []))
    expect(answer.status).toBe(401)
    expect(answer.body.code).toBe('dcp.access-token-missing')
  })

  it('must present every credential that the profile demands (DCP-24)', async () => {
    const nobody = await makeParticipant(plane, 'nobody', ['MembershipCredential'])
    const answer = await sendDsp(plane, nobody, provider, '/catalog/request', catalog())
    expect(answer.status).toBe(401)
    expect(answer.body.code).toBe('dcp.credential-missing')
  })

  it('may lack a credential that only policies ask for', async () => {
    const poor = await makeParticipant(plane, 'poor', ['ParticipantCredential'])
    expect((await sendDsp(plane, poor, provider, '/catalog/request', catalog())).status).toBe(200)
    const withheld = await messageToken(plane, consumer, provider, [participantScope])
    expect((await sendDsp(plane, consumer, provider, '/catalog/request', catalog(), withheld)).status).toBe(200)
  })

  it('is not believed with credentials of an issuer that the profile does not trust (DCP-30)', async () => {
    const rogue = await plane.hub.addIssuer('rogue')
    const fraud = await makeParticipant(plane, 'fraud', [])
    await plane.hub.issue(fraud.did as never, 'ParticipantCredential', {}, rogue)
    const answer = await sendDsp(plane, fraud, provider, '/catalog/request', catalog())
    expect(answer.status).toBe(401)
    expect(answer.body.code).toBe('dcp.issuer-untrusted')
  })

  it('is told that its credential service does not answer, in a way that it may try again', async () => {
    plane.hub.unavailable = true
    const answer = await sendDsp(plane, consumer, provider, '/catalog/request', catalog())
    plane.hub.unavailable = false
    expect(answer.status).toBe(401)
    expect(answer.body.code).toBe('dcp.presentation-unavailable')
  })

  it('finds the refusal in our log with the full reason, and no token in it', async () => {
    const token = await messageToken(plane, consumer, consumer)
    await ask(token)
    const line = plane.logLines().findLast((one) => one.message === 'a sender was not authenticated')
    expect(line).toMatchObject({
      category: 'dcp',
      action: 'catalog.request.receive',
      code: 'dcp.audience-mismatch',
      participantContextId: provider.context,
    })
    expect(JSON.stringify(plane.logLines())).not.toContain(token)
  })
})

describe('a presentation', () => {
  it('is asked for exactly once for each message: a catalog request and the four messages of a negotiation', async () => {
    plane.hub.takeQueryCount()
    await negotiate(plane, consumer, provider, 'asset-1')
    expect(plane.hub.takeQueryCount()).toBe(5)
  })
})

describe('an address', () => {
  it('of an unknown profile, an unassociated one or an unknown participant has nothing behind it', async () => {
    const token = () => messageToken(plane, consumer, provider)
    const at = async (path: string) =>
      call(`${plane.publicUrl}/dsp/${path}/catalog/request`, 'POST', catalog(), await token())
    for (const path of [`${provider.context}/unknown`, `nobody/${testProfile}`, `..%2f/${testProfile}`]) {
      const answer = await at(path)
      expect(answer.status).toBe(404)
      expect(answer.body).toMatchObject({ '@type': 'CatalogError', code: 'request.not-found' })
    }
  })

  it('of a participant that was deactivated has nothing behind it any more, in either direction', async () => {
    const gone = await makeParticipant(plane, 'gone')
    const state = (value: string) =>
      done(
        plane.api('PUT', `/participants/${gone.context}`, {
          body: managed('ParticipantContext', { identity: gone.did, state: value }),
        }),
      )
    await state('DEACTIVATED')
    expect((await sendDsp(plane, consumer, gone, '/catalog/request', catalog())).status).toBe(404)
    const versions = await call(`${plane.publicUrl}/dsp/${gone.context}/.well-known/dspace-version`, 'GET', undefined)
    expect(versions.status).toBe(404)
    const own = await plane.api('POST', `/participants/${gone.context}/assets/request`, { token: gone.token })
    expect(own.status).toBe(403)
    expect(own.body[0]).toMatchObject({ type: 'NotAuthorized', code: 'context.deactivated' })
    await state('ACTIVATED')
    expect((await sendDsp(plane, consumer, gone, '/catalog/request', catalog())).status).toBe(200)
  })
})

describe('a participant that stops while a message to it is on its way', () => {
  it('DSP-42: takes it no more, although it was active when the sender was asked who it is', async () => {
    for (const change of ["update control_plane.participant_context set state = 'DEACTIVATED'", leave]) {
      const stopping = await makeParticipant(plane, `stopping-${change === leave ? 'leaves' : 'ends'}`)
      const answer = () => sendDsp(plane, consumer, stopping, '/catalog/request', catalog())
      // From here on the context is known to be active.
      expect((await answer()).status).toBe(200)
      // As another replica does it, which tells this one nothing.
      const service = await plane.database.forService('control_plane', [])
      await service.tenant(participantContextId(stopping.context), (tx) =>
        tx.run(`${change} where participant_context_id = $1`, [stopping.context]),
      )
      const refused = await answer()
      expect(refused.status).toBe(404)
      expect(refused.body).toMatchObject({ '@type': 'CatalogError', code: 'request.not-found' })
    }
  })
})

const leave = 'delete from control_plane.participant_profile'

describe('log lines of messages', () => {
  it('say for whom, with whom, about what: context, ids of the platform, counterparty, contract', async () => {
    const known = managed('ParticipantContext', {
      identity: provider.did,
      properties: { vpaId: 'vpa-7', tenantId: 'tenant-3' },
      state: 'ACTIVATED',
    })
    await done(plane.api('PUT', `/participants/${provider.context}`, { body: known }))
    const ours = await negotiate(plane, consumer, provider, 'asset-1')
    const agreement = await plane.api(
      'GET',
      `/participants/${consumer.context}/contractnegotiations/${ours['@id']}/agreement`,
    )
    const lineOf = (action: string) =>
      plane.logLines().find((line) => line.action === action && line.processId === ours.correlationId)
    for (const action of ['negotiation.agreement.send', 'negotiation.verification.receive']) {
      expect(lineOf(action)).toMatchObject({
        category: 'dsp',
        component: 'control-plane',
        participantContextId: provider.context,
        vpaId: 'vpa-7',
        tenantId: 'tenant-3',
        counterparty: consumer.did,
        contractId: agreement.body.agreementId,
        correlationId: expect.any(String),
      })
    }
  })
})

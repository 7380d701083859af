import { WeftError } from '@weft/foundation/errors'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildDataAddress } from '../dsp/index.ts'
import {
  dpsSchema,
  dspSchema,
  haveVectors,
  httpProfileSchema,
  judgeOf,
  reportNotRun,
} from '../dsp/testing/published-vectors.ts'
import { buildHttpAddress } from './http-profile.ts'
import { buildDpsMessage } from './message-build.ts'
import { parseDpsMessage } from './message-parse.ts'
import type { DpsMessageType, OutgoingDpsMessage } from './messages.ts'
import { httpPullProfile } from './profiles.ts'

const messageId = 'urn:uuid:0b9f0b6e-0000-4000-8000-000000000003'
const dataAddress = buildHttpAddress(httpPullProfile, {
  endpoint: 'https://provider.example/data/1',
  token: 'token',
  renewal: { refreshToken: 'r', expiresIn: 300, refreshEndpoint: 'https://provider.example/token' },
})
const base = {
  messageId,
  participantId: 'did:web:provider.example',
  counterPartyId: 'did:web:consumer.example',
  dataspaceContext: 'http-dsp-profile-2025-1',
  processId: 'transfer-1',
  agreementId: 'urn:a',
  datasetId: 'asset',
  profile: httpPullProfile,
  claims: { MembershipCredential: [{ level: 'gold' }] },
  labels: ['eu'],
  metadata: { any: 'thing' },
}
const clientCredentials = {
  type: 'oauth2_client_credentials',
  tokenEndpoint: 'https://idp.example/token',
  clientId: 'plane',
  clientSecret: 'secret',
  jwks: { keys: [] },
} as const
const tokenExchange = {
  type: 'oauth2_token_exchange',
  tokenExchangeEndpoint: 'https://idp.example/exchange',
  issuer: 'https://idp.example',
  jwksUri: 'https://idp.example/jwks',
} as const
const plane = { dataplaneId: 'dp', endpoint: 'https://dp.example/signaling', profiles: [httpPullProfile] }

const samples: readonly OutgoingDpsMessage[] = [
  { type: 'DataFlowPrepareMessage', ...base },
  { type: 'DataFlowPrepareMessage', ...base, claims: {}, labels: [] },
  { type: 'DataFlowStartMessage', ...base },
  { type: 'DataFlowStartMessage', ...base, dataAddress },
  { type: 'DataFlowStartedNotificationMessage', messageId, dataAddress },
  { type: 'DataFlowStartedNotificationMessage', messageId },
  { type: 'DataFlowSuspendMessage', messageId, reason: 'maintenance' },
  { type: 'DataFlowResumeMessage', messageId, dataAddress },
  { type: 'DataFlowTerminateMessage', messageId },
  { type: 'DataFlowStatusMessage', messageId, dataFlowId: 'transfer-1', state: 'STARTED', dataAddress },
  { type: 'DataFlowStatusMessage', messageId, dataFlowId: 'transfer-1', state: 'STARTED', error: 'source is gone' },
  { type: 'DataFlowStatusResponseMessage', dataFlowId: 'transfer-1', state: 'TERMINATED' },
  { type: 'DataPlaneRegistrationMessage', ...plane, labels: ['eu'], authorization: clientCredentials },
  {
    type: 'ControlPlaneRegistrationMessage',
    controlplaneId: 'cp',
    endpoint: 'https://cp.example',
    authorization: tokenExchange,
  },
]

const judged = it.skipIf(!haveVectors)
reportNotRun(samples.length + 2)

describe('built messages', () => {
  judged.each(samples)('are valid under the published schema: $type', (message) => {
    expect(judgeOf(dpsSchema(message.type))(buildDpsMessage(message))).toEqual([])
  })

  judged('have data addresses that are valid under the schema of DSP, which demands @type (4.4)', () => {
    const json = buildDpsMessage({ type: 'DataFlowResumeMessage', messageId, dataAddress })
    expect(judgeOf(dspSchema('transfer/data-address'))(json.dataAddress)).toEqual([])
  })

  judged('DPS-20: have data addresses of HTTP that are valid under the profile’s schema', () => {
    const address = buildHttpAddress(httpPullProfile, { endpoint: 'https://provider.example/data/1', token: 'token' })
    expect(judgeOf(httpProfileSchema)(buildDataAddress(address))).toEqual([])
  })

  it.each(samples)('are read as they were built: $type', (message) => {
    expect(parseDpsMessage(message.type, JSON.parse(JSON.stringify(buildDpsMessage(message))))).toEqual(message)
  })

  it('have no type on the wire, and no empty lists', () => {
    const json = buildDpsMessage({ type: 'DataFlowPrepareMessage', ...base, labels: [] })
    expect(json).not.toHaveProperty('type')
    expect(json).not.toHaveProperty('labels')
    expect(json).toHaveProperty('claims')
  })
})

function refusalOf(type: DpsMessageType, body: unknown) {
  try {
    parseDpsMessage(type, body)
  } catch (thrown) {
    if (thrown instanceof WeftError) return { code: thrown.code, field: thrown.field }
    throw thrown
  }
  throw new Error('the message was accepted')
}

describe('reading messages', () => {
  it('is lenient where planes in the field are (4.4)', () => {
    expect(parseDpsMessage('DataFlowStatusMessage', { state: 'PREPARED' })).toEqual({
      type: 'DataFlowStatusMessage',
      state: 'PREPARED',
    })
    expect(
      parseDpsMessage('DataFlowStatusMessage', { dataFlowId: 'f', state: 'STARTED', messageId: null }).dataFlowId,
    ).toBe('f')
    expect(parseDpsMessage('DataFlowStartedNotificationMessage', undefined)).toEqual({
      type: 'DataFlowStartedNotificationMessage',
    })
    const { claims: _claims, ...noClaims } = base
    expect(parseDpsMessage('DataFlowPrepareMessage', noClaims).claims).toEqual({})
    const untyped = {
      state: 'STARTED',
      dataAddress: { endpointType: 'x', endpointProperties: [{ name: 'a', value: 'b' }] },
    }
    expect(parseDpsMessage('DataFlowStatusMessage', untyped).dataAddress?.properties).toEqual({ a: 'b' })
  })

  it.each([
    'messageId',
    'participantId',
    'counterPartyId',
    'dataspaceContext',
    'processId',
    'agreementId',
    'datasetId',
    'profile',
  ])('refuses prepare and start without %s', (name) => {
    const body = { ...base, [name]: undefined }
    for (const type of ['DataFlowPrepareMessage', 'DataFlowStartMessage'] as const) {
      expect(refusalOf(type, body)).toEqual({ code: 'dps.malformed-message', field: `/${name}` })
    }
  })

  it('takes the name that drafts had for the profile', () => {
    const { profile, ...others } = base
    expect(parseDpsMessage('DataFlowPrepareMessage', { ...others, transferType: profile }).profile).toBe(profile)
  })

  it('refuses a state that is none', () => {
    expect(refusalOf('DataFlowStatusMessage', { state: 'RUNNING' }).field).toBe('/state')
  })

  it('DPS-14: refuses an authorization without a type, or of an unknown one', () => {
    const registration = (authorization: unknown) => ({ ...plane, authorization })
    expect(refusalOf('DataPlaneRegistrationMessage', registration({})).field).toBe('/authorization/type')
    expect(refusalOf('DataPlaneRegistrationMessage', registration({ type: 'basic' }))).toEqual({
      code: 'dps.unknown-authorization-type',
      field: '/authorization/type',
    })
    const both = { ...clientCredentials, jwksUri: 'https://idp.example/jwks' }
    expect(refusalOf('DataPlaneRegistrationMessage', registration(both)).field).toBe('/authorization')
    expect(
      refusalOf('DataPlaneRegistrationMessage', registration({ ...tokenExchange, jwks: { keys: [] } })).field,
    ).toBe('/authorization/jwks')
    expect(parseDpsMessage('DataPlaneRegistrationMessage', plane)).not.toHaveProperty('authorization')
  })

  it('refuses a registration without profiles or with an endpoint that cannot be called', () => {
    expect(refusalOf('DataPlaneRegistrationMessage', { ...plane, profiles: [] }).field).toBe('/profiles')
    for (const endpoint of ['signaling', 'ftp://dp.example', 'https://u:p@dp.example']) {
      expect(refusalOf('DataPlaneRegistrationMessage', { ...plane, endpoint }).field).toBe('/endpoint')
    }
  })

  it('throws nothing but WeftError for arbitrary JSON', () => {
    const types = [...new Set(samples.map(({ type }) => type))]
    const names = [...new Set(samples.flatMap((message) => Object.keys(message)))]
    const valid = samples.map((message) => [message.type, buildDpsMessage(message)] as const)
    const arbitrary = fc.oneof(
      fc.tuple(fc.constantFrom(...types), fc.jsonValue()),
      fc
        .tuple(fc.constantFrom(...valid), fc.constantFrom(...names), fc.jsonValue())
        .map(([[type, body], name, value]) => [type, { ...body, [name]: value }] as const),
    )
    fc.assert(
      fc.property(arbitrary, ([type, body]) => {
        try {
          parseDpsMessage(type, body)
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(WeftError)
        }
      }),
      { numRuns: 1000 },
    )
  })
})

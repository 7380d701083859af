import { describe, expect, it } from 'vitest'
import { type DataAddress, edcHttpEndpointType, edcHttpSinkType } from '../dsp/index.ts'
import { buildHttpAddress, readHttpAddress } from './http-profile.ts'
import {
  checkDataAddress,
  flowDirection,
  httpDataPull,
  httpDataPush,
  httpPullProfile,
  httpPushProfile,
} from './profiles.ts'

describe('the direction of a profile', () => {
  it.each([
    [httpDataPull, 'pull'],
    [httpPullProfile, 'pull'],
    [httpPushProfile, 'push'],
    ['AmazonS3-PUSH', 'push'],
    ['HttpData-PULL/HttpData', 'pull'],
  ])('of %s is %s', (profile, direction) => {
    expect(flowDirection(profile)).toBe(direction)
  })

  it.each(['HttpData', 'pull', 'Pull-Http', 'HttpData-PULL/', 'x-pull/a/b', ''])('of %j cannot be told', (profile) => {
    expect(() => flowDirection(profile)).toThrow(expect.objectContaining({ code: 'dps.unsupported-profile' }))
  })
})

describe('a data address', () => {
  const address: DataAddress = { endpointType: httpPullProfile, properties: {} }

  it.each([
    ['prepare', httpPullProfile, false],
    ['prepare', httpPushProfile, false],
    ['start', httpPullProfile, false],
    ['start', httpPushProfile, true],
    ['started', httpPullProfile, true],
    ['started', httpPushProfile, false],
  ] as const)('DPS-04, DPS-05: in %s for %s is expected: %s', (message, profile, expected) => {
    const withAddress = () => checkDataAddress(message, profile, address)
    const without = () => checkDataAddress(message, profile, undefined)
    if (expected) {
      expect(withAddress).not.toThrow()
      expect(without).toThrow(expect.objectContaining({ code: 'dps.data-address-missing', status: 400 }))
    } else {
      expect(without).not.toThrow()
      expect(withAddress).toThrow(expect.objectContaining({ code: 'dps.data-address-forbidden', status: 400 }))
    }
  })
})

describe('a data address of HTTP', () => {
  const endpoint = 'https://provider.example/data/1'
  const renewal = { refreshToken: 'r', expiresIn: 300, refreshEndpoint: 'https://provider.example/token' }

  it.each([
    [{ endpoint }],
    [{ endpoint, token: 't' }],
    [{ endpoint, token: 't', renewal }],
    [{ endpoint, token: 't', renewal: { refreshToken: 'r', expiresIn: 1 } }],
    [{ endpoint: 'http://localhost:7100/data/1', token: 't' }],
  ])('DPS-20, DPS-24: is read as it was built: %j', (access) => {
    for (const profile of [httpPullProfile, httpPushProfile, httpDataPull, httpDataPush]) {
      expect(readHttpAddress(profile, buildHttpAddress(profile, access))).toEqual(access)
    }
  })

  it('has the endpoint type of its profile, and that of EDC for other names', () => {
    expect(buildHttpAddress(httpPullProfile, { endpoint }).endpointType).toBe(httpPullProfile)
    expect(buildHttpAddress(httpDataPull, { endpoint }).endpointType).toBe(edcHttpEndpointType)
    expect(() => readHttpAddress(httpPushProfile, buildHttpAddress(httpPullProfile, { endpoint }))).toThrow(
      /endpointType/,
    )
  })

  it('DPS-25: is refused without renewal where that is required', () => {
    for (const [access, name] of [
      [{ endpoint, token: 't' }, 'refreshToken'],
      [{ endpoint }, 'authorization'],
    ] as const) {
      const address = buildHttpAddress(httpPullProfile, access)
      expect(() => readHttpAddress(httpPullProfile, address, 'required')).toThrow(
        expect.objectContaining({ code: 'dps.invalid-data-address', field: `/dataAddress/${name}` }),
      )
      expect(readHttpAddress(httpPullProfile, address, 'optional')).toEqual(access)
    }
    const access = { endpoint, token: 't', renewal }
    expect(readHttpAddress(httpPullProfile, buildHttpAddress(httpPullProfile, access), 'required')).toEqual(access)
  })

  it('DPS-24: tells a sink of EDC the address and the header in its own words, and reads these', () => {
    const { endpointType, properties } = buildHttpAddress(httpDataPush, { endpoint, token: 't' })
    expect(endpointType).toBe(edcHttpSinkType)
    expect(properties).toMatchObject({ baseUrl: endpoint, authKey: 'Authorization', authCode: 'Bearer t' })
    const given = (authKey: string) => ({ endpointType, endpoint, properties: { authKey, authCode: 'Bearer t' } })
    expect(readHttpAddress(httpDataPush, given('authorization'))).toEqual({ endpoint, token: 't' })
    expect(() => readHttpAddress(httpDataPush, given('x-api-key'))).toThrow(
      expect.objectContaining({ code: 'dps.invalid-data-address', field: '/dataAddress/authKey' }),
    )
  })

  it('accepts a token that repeats its scheme', () => {
    const address = {
      endpointType: edcHttpEndpointType,
      endpoint,
      properties: { authorization: 'Bearer t', authType: 'Bearer' },
    }
    expect(readHttpAddress(httpDataPull, address).token).toBe('t')
  })

  it.each<[Partial<DataAddress>, string]>([
    [{ endpoint: undefined }, 'endpoint'],
    [{ endpoint: 'http://provider.example/data' }, 'endpoint'],
    [{ endpoint: 'http://localhost.evil.example/data' }, 'endpoint'],
    [{ endpoint: 'https://user:pass@provider.example' }, 'endpoint'],
    [{ endpoint: 'file:///etc/passwd' }, 'endpoint'],
    [{ properties: { authorization: 's3cr3t\r\nx-evil: 1', authType: 'bearer' } }, 'authorization'],
    [{ properties: { authorization: 's3cr3t' } }, 'authType'],
    [{ properties: { authorization: 's3cr3t', authType: 'basic' } }, 'authType'],
    [{ properties: { refreshToken: 's3cr3t' } }, 'expiresIn'],
    [{ properties: { refreshToken: 's3cr3t', expiresIn: 'soon' } }, 'expiresIn'],
    [
      { properties: { refreshToken: 's3cr3t', expiresIn: '1', refreshEndpoint: 'http://a.example' } },
      'refreshEndpoint',
    ],
  ])('DPS-20: is refused without its secrets being quoted: %j', (change, name) => {
    const address = { endpointType: httpPullProfile, endpoint, properties: {}, ...change } as DataAddress
    expect(() => readHttpAddress(httpPullProfile, address)).toThrow(
      expect.objectContaining({
        code: 'dps.invalid-data-address',
        field: `/dataAddress/${name}`,
        message: expect.not.stringContaining('s3cr3t'),
      }),
    )
  })
})

import { describe, expect, it } from 'vitest'
import { parseDid } from '../../trust/index.ts'
import { codeOf } from '../../trust/testing/world.ts'
import { buildCredentialStatus, buildIssuerMetadata, type CredentialDelivery } from '../issuance-messages.ts'
import { buildPresentationResponse, parsePresentationQuery } from '../presentation-messages.ts'
import { typeScope } from '../scope.ts'
import { type Answer, createWire } from '../testing/wire.ts'
import { deliverCredentials, offerCredentials, queryPresentations } from './credential-service.ts'
import { getCredentialRequestStatus, getIssuerMetadata, requestCredentials } from './issuer-service.ts'

const issuer = parseDid('did:web:issuer.example')
const delivery: CredentialDelivery = { status: 'REJECTED', issuerPid: 'i', holderPid: 'h', rejectionReason: undefined }
const request = { holderPid: 'h', credentials: [{ id: 'membership' }] }
const holder = { credentialService: 'https://holder.example/cs/', token: 't' }
const service = { issuerService: 'https://issuer.example/is', token: 't' }

describe('the clients of a credential service (sections 3.5, 3.9)', () => {
  it('asks for presentations with a bearer token (DCP-14)', async () => {
    const wire = createWire(() => ({ status: 200, body: buildPresentationResponse(['a.b.c']) }))
    const answer = await queryPresentations({ ...holder, send: wire.send, scopes: [typeScope('MembershipCredential')] })
    expect(answer.presentations).toEqual(['a.b.c'])
    expect(wire.sent).toMatchObject([
      {
        method: 'POST',
        url: 'https://holder.example/cs/presentations/query',
        headers: { authorization: 'Bearer t' },
        purpose: 'dcp.presentation-query',
      },
    ])
    expect(parsePresentationQuery(wire.sent[0]?.body).scopes).toHaveLength(1)
  })

  it('delivers and offers credentials', async () => {
    const wire = createWire(() => ({ status: 204 }))
    await deliverCredentials({ ...holder, send: wire.send, delivery })
    await offerCredentials({ ...holder, send: wire.send, offer: { issuer, credentials: [{ id: 'membership' }] } })
    expect(wire.sent.map(({ url }) => url)).toEqual([
      'https://holder.example/cs/credentials',
      'https://holder.example/cs/offers',
    ])
  })
})

describe('the clients of an issuer service (section 3.8)', () => {
  it.each([
    ['absolute', 'https://issuer.example/is/requests/42'],
    ['relative', '/requests/42'],
    ['bare', '42'],
    ['with a slash at its end', '/requests/42/'],
    ["at another host, which our token doesn't go to", 'https://evil.example/42?x=/9'],
  ])('DCP-32: takes the id of a request from a Location that is %s', async (_how, location) => {
    const wire = createWire(() => ({ status: 201, headers: { location } }))
    expect(await requestCredentials({ ...service, send: wire.send, request })).toEqual({ issuerPid: '42' })
  })

  it.each([[{}], [{ location: '/' }], [{ location: '/%' }]])('refuses an answer without an id: %j', async (headers) => {
    const wire = createWire(() => ({ status: 201, headers }))
    expect(await codeOf(requestCredentials({ ...service, send: wire.send, request }))).toBe(
      'dcp.counterparty-answer-invalid',
    )
  })

  it('asks for the status of a request, and only below the issuer service', async () => {
    const status = { issuerPid: '../42', holderPid: 'h', status: 'ISSUED' } as const
    const wire = createWire(() => ({ status: 200, body: buildCredentialStatus(status) }))
    expect(await getCredentialRequestStatus({ ...service, send: wire.send, issuerPid: '../42' })).toEqual(status)
    expect(wire.sent[0]?.url).toBe('https://issuer.example/is/requests/..%2F42')
  })

  it('reads the metadata without a token', async () => {
    const wire = createWire(() => ({ status: 200, body: buildIssuerMetadata({ issuer, credentialsSupported: [] }) }))
    expect(await getIssuerMetadata({ send: wire.send, issuerService: service.issuerService })).toEqual({
      issuer,
      credentialsSupported: [],
    })
    expect(wire.sent[0]?.headers).not.toHaveProperty('authorization')
  })
})

describe('answers that are no success', () => {
  const codeFor = (answer: Answer) =>
    codeOf(deliverCredentials({ ...holder, send: createWire(() => answer).send, delivery }))

  it.each([
    [400, 'dcp.counterparty-refused'],
    [401, 'dcp.counterparty-refused'],
    [302, 'dcp.counterparty-refused'],
    [408, 'dcp.counterparty-failed'],
    [429, 'dcp.counterparty-failed'],
    [500, 'dcp.counterparty-failed'],
    [503, 'dcp.counterparty-failed'],
  ])('%i is %s', async (status, code) => {
    expect(await codeFor({ status })).toBe(code)
  })

  it('may be cured by another try only where the other party failed', async () => {
    const failing = (status: number) =>
      deliverCredentials({ ...holder, send: createWire(() => ({ status })).send, delivery })
    await expect(failing(503)).rejects.toMatchObject({ entry: { retryable: true } })
    await expect(failing(400)).rejects.toMatchObject({ entry: { retryable: false } })
  })

  it('keep the code of the other party for our log, and nothing else of what it said', async () => {
    const wire = createWire(() => ({ status: 401, body: { code: 'dcp.replayed', detail: 'token t' } }))
    const error: unknown = await deliverCredentials({ ...holder, send: wire.send, delivery }).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({ detail: { status: 401, code: 'dcp.replayed' } })
    expect(JSON.stringify(error)).not.toContain('token t')
  })

  it.each([['<html>'], [{}], [{ type: 'CredentialStatus' }]])(
    'a body that is no message is refused: %j',
    async (body) => {
      const wire = createWire(() => ({ status: 200, body }))
      expect(await codeOf(queryPresentations({ ...holder, send: wire.send, scopes: [typeScope('A')] }))).toBe(
        'dcp.counterparty-answer-invalid',
      )
    },
  )

  it('what the outbound client throws comes through, for the caller to retry', async () => {
    const send = () => Promise.reject(new Error('unreachable'))
    await expect(deliverCredentials({ ...holder, send, delivery })).rejects.toThrow('unreachable')
  })
})

import { participantContextId } from '@weft/foundation/access'
import type { CredentialDelivery } from '@weft/protocols/dcp'
import { parseDid } from '@weft/protocols/trust'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  asksTheSame,
  type CredentialRequest,
  type CredentialRequestState,
  checkDeliveredTypes,
  checkDelivery,
  type RequestedCredential,
} from './credential-request.ts'

const issuer = parseDid('did:web:example.com:issuer')
const stranger = parseDid('did:web:example.com:stranger')
const issued: CredentialDelivery = { status: 'ISSUED', issuerPid: 'i1', holderPid: 'h1', credentials: [] }
const rejected: CredentialDelivery = { status: 'REJECTED', issuerPid: 'i1', holderPid: 'h1', rejectionReason: 'no' }

function requested(type: string): RequestedCredential {
  return { id: `${type}-definition`, credentialType: type, profile: 'vc11-sl2021/jwt' }
}

function requestIn(state: CredentialRequestState, error: CredentialRequest['error'] = null): CredentialRequest {
  return {
    participantContextId: participantContextId('acme'),
    holderPid: 'h1',
    issuerDid: issuer,
    issuerPid: null,
    renews: null,
    requested: [requested('MembershipCredential')],
    state,
    error,
    createdAt: new Date(0),
  }
}

describe('DCP-40: whether a delivery is taken', () => {
  it.each(['REQUESTING', 'REQUESTED'] as const)('an outcome is taken in %s', (state) => {
    expect(checkDelivery(requestIn(state), issuer, issued).repeat).toBe(false)
    expect(checkDelivery(requestIn(state), issuer, rejected).repeat).toBe(false)
  })

  it('the same outcome again is a repetition', () => {
    const refused = requestIn('ERROR', { code: 'identity-hub.issuer-refused', reason: 'no' })
    expect(checkDelivery(requestIn('ISSUED'), issuer, issued).repeat).toBe(true)
    expect(checkDelivery(refused, issuer, rejected).repeat).toBe(true)
  })

  it.each<[string, CredentialRequest, CredentialDelivery]>([
    ['before it was sent', requestIn('CREATED'), issued],
    ['after its deadline', requestIn('ERROR', { code: 'identity-hub.issuer-silent', reason: 'late' }), issued],
    ['as a rejection of what was issued', requestIn('ISSUED'), rejected],
  ])('an outcome is refused %s', (_when, request, delivery) => {
    expect(() => checkDelivery(request, issuer, delivery)).toThrow(
      expect.objectContaining({ code: 'identity-hub.request-closed' }),
    )
  })

  it('a stranger gets the answer of an unknown holderPid', () => {
    const unknown = expect.objectContaining({ code: 'identity-hub.delivery-foreign', status: 404 })
    expect(() => checkDelivery(undefined, issuer, issued)).toThrow(unknown)
    expect(() => checkDelivery(requestIn('REQUESTED'), stranger, issued)).toThrow(unknown)
    expect(() => checkDelivery(requestIn('ISSUED'), stranger, issued)).toThrow(unknown)
  })

  it('what is delivered is what was requested, whatever the order', () => {
    const types = fc.uniqueArray(fc.constantFrom('A', 'B', 'C', 'D'), { minLength: 1 })
    fc.assert(
      fc.property(types, types, (wanted, delivered) => {
        const same = JSON.stringify(wanted.toSorted()) === JSON.stringify(delivered.toSorted())
        const check = () => checkDeliveredTypes(wanted.map(requested), delivered)
        if (same) check()
        else expect(check).toThrow(expect.objectContaining({ code: 'dcp.delivery-mismatch' }))
      }),
    )
  })
})

describe('whether two requests are the same', () => {
  const [a, b] = [requested('A'), requested('B')]

  it('the order of credentials does not matter', () => {
    expect(asksTheSame({ issuerDid: issuer, requested: [a, b] }, { issuerDid: issuer, requested: [b, a] })).toBe(true)
  })

  it('the issuer and the credentials matter', () => {
    const one = { issuerDid: issuer, requested: [a] }
    expect(asksTheSame(one, { issuerDid: stranger, requested: [a] })).toBe(false)
    expect(asksTheSame(one, { issuerDid: issuer, requested: [b] })).toBe(false)
    expect(asksTheSame(one, { issuerDid: issuer, requested: [a, b] })).toBe(false)
  })
})

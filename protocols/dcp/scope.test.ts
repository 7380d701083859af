import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeOf } from '../trust/testing/world.ts'
import { chooseCredentials, matchesScope, parseScope, typeScope } from './scope.ts'

const credential = (id: string, ...types: string[]) => ({
  id,
  types: ['VerifiableCredential', ...types],
  contexts: ['https://example.com/v1'],
})

describe('scopes (DCP-19)', () => {
  it.each([
    ['org.eclipse.dspace.dcp.vc.type:MembershipCredential', { kind: 'type', type: 'MembershipCredential' }],
    ['org.eclipse.dspace.dcp.vc.type:MembershipCredential:read', { kind: 'type', type: 'MembershipCredential' }],
    ['org.eclipse.dspace.dcp.vc.type:MembershipCredential:*', { kind: 'type', type: 'MembershipCredential' }],
    ['org.eclipse.edc.vc.type:MembershipCredential:read', { kind: 'type', type: 'MembershipCredential' }],
    [
      'org.eclipse.dspace.dcp.vc.type:https://example.com/v1#A:read',
      { kind: 'type', type: 'A', context: 'https://example.com/v1' },
    ],
    ['org.eclipse.dspace.dcp.vc.id:urn:uuid:1', { kind: 'id', id: 'urn:uuid:1' }],
    ['org.eclipse.dspace.dcp.vc.id:urn:uuid:1:read', { kind: 'id', id: 'urn:uuid:1' }],
  ])('%s is read', (text, expected) => {
    expect(parseScope(text)).toMatchObject(expected)
  })

  it.each([
    ['everything'],
    [''],
    [':'],
    ['org.eclipse.dspace.dcp.vc.type'],
    ['org.eclipse.dspace.dcp.vc.type:'],
    ['org.eclipse.dspace.dcp.vc.type:https://example.com#'],
    ['constructor:A'],
    ['org.eclipse.dspace.dcp.vc.type:A B'],
    [`org.eclipse.dspace.dcp.vc.type:${'A'.repeat(2000)}`],
    [7],
  ])('%s is refused', async (text) => {
    expect(await codeOf(() => parseScope(text))).toBe('dcp.scope-invalid')
  })

  it('asks for a type in the form that partners test for', () => {
    expect(typeScope('MembershipCredential')).toBe('org.eclipse.dspace.dcp.vc.type:MembershipCredential:read')
  })

  it('matches types exactly, never by a part of them', () => {
    const matches = (type: string) => matchesScope(credential('1', 'MembershipCredential'), parseScope(typeScope(type)))
    expect(
      ['MembershipCredential', 'Membership', 'membershipcredential', 'MembershipCredential2'].map(matches),
    ).toEqual([true, false, false, false])
  })

  it('matches a context where the scope has one', () => {
    const scope = (context: string) => parseScope(`org.eclipse.dspace.dcp.vc.type:${context}#A`)
    expect(matchesScope(credential('1', 'A'), scope('https://example.com/v1'))).toBe(true)
    expect(matchesScope(credential('1', 'A'), scope('https://example.com/v2'))).toBe(false)
  })
})

describe('choosing credentials', () => {
  it('DCP-18: gives what was asked for and granted, silently without the rest', () => {
    const credentials = [credential('urn:1', 'A'), credential('urn:2', 'B'), credential('urn:3', 'A', 'B')]
    const scopes = (...texts: string[]) => texts.map((text) => parseScope(text))
    const ids = (requested: string[], granted: string[]) =>
      chooseCredentials(credentials, scopes(...requested), scopes(...granted)).map(({ id }) => id)
    expect(ids([typeScope('A')], [typeScope('A'), typeScope('B')])).toEqual(['urn:1', 'urn:3'])
    expect(ids([typeScope('A'), typeScope('B')], [typeScope('B')])).toEqual(['urn:2', 'urn:3'])
    expect(ids([typeScope('A')], [typeScope('C')])).toEqual([])
    expect(ids(['org.eclipse.dspace.dcp.vc.id:urn:1'], [typeScope('A')])).toEqual(['urn:1'])
    expect(ids([], [typeScope('A')])).toEqual([])
  })

  it('never gives more than either side names', () => {
    const types = fc.subarray(['A', 'B', 'C', 'D'])
    fc.assert(
      fc.property(fc.array(types), types, types, (held, requested, granted) => {
        const credentials = held.map((own, at) => credential(`urn:${at}`, ...own))
        const chosen = chooseCredentials(
          credentials,
          requested.map((t) => parseScope(typeScope(t))),
          granted.map((t) => parseScope(typeScope(t))),
        )
        for (const [at, own] of held.entries()) {
          const isExpected = own.some((type) => requested.includes(type)) && own.some((type) => granted.includes(type))
          expect(chosen.some(({ id }) => id === `urn:${at}`)).toBe(isExpected)
        }
      }),
    )
  })
})

import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ownsContext, type Principal, participantContextId, principalAllows, scopeAllows } from './index.ts'

const actions = ['read', 'write', 'admin'] as const

describe('a scope', () => {
  test('covers the same or a weaker action, on the same resource or on all', () => {
    const action = fc.constantFrom(...actions)
    const resource = fc.constantFrom('*', 'assets', 'policies', undefined)
    const scope = (res: string | undefined, act: string): string =>
      ['management-api', ...(res ? [res] : []), act].join(':')
    fc.assert(
      fc.property(resource, action, resource, action, (haveRes, have, wantRes, want) => {
        const strong = actions.indexOf(have) >= actions.indexOf(want)
        const reaches = (haveRes ?? '*') === '*' || haveRes === (wantRes ?? '*')
        expect(scopeAllows(scope(haveRes, have), scope(wantRes, want))).toBe(strong && reaches)
      }),
    )
  })

  test('is read without regard to the case of its action', () => {
    expect(scopeAllows('management-api:WRITE', 'management-api:read')).toBe(true)
  })

  test('covers nothing of another API', () => {
    expect(scopeAllows('identity-api:admin', 'management-api:read')).toBe(false)
  })

  test('covers nothing when it is malformed', () => {
    for (const text of [
      '',
      'management-api',
      ':',
      'management-api:',
      ':read',
      'management-api:assets:read:x',
      'management-api:own',
      'management-api::read',
      'management-api:constructor',
      'management-api:toString',
    ]) {
      expect(scopeAllows(text, 'management-api:read'), text).toBe(false)
      expect(scopeAllows('management-api:admin', text), text).toBe(false)
    }
  })
})

describe('a rule', () => {
  const rule = {
    kind: 'token',
    scope: 'management-api:assets:write',
    roles: ['admin', 'participant'],
    owner: 'pc',
  } as const
  const participant: Principal = {
    subject: 's',
    clientId: 'c',
    role: 'participant',
    participantContextId: participantContextId('pc1'),
    scopes: ['management-api:write'],
  }

  test('passes an administrator without scope, others with role and scope', () => {
    expect(principalAllows({ ...participant, role: 'admin', scopes: [] }, rule)).toBe(true)
    expect(principalAllows(participant, rule)).toBe(true)
    expect(principalAllows({ ...participant, scopes: ['management-api:read'] }, rule)).toBe(false)
    expect(principalAllows({ ...participant, role: 'provisioner', scopes: ['management-api:admin'] }, rule)).toBe(false)
    expect(principalAllows({ ...participant, role: 'admin' }, { ...rule, roles: ['participant'] })).toBe(false)
  })

  test('lets a participant into its own context only', () => {
    expect(ownsContext(participant, rule, 'pc1')).toBe(true)
    for (const other of ['pc2', '', 'PC1', 'pc1 ']) expect(ownsContext(participant, rule, other)).toBe(false)
    expect(ownsContext({ ...participant, role: 'admin', participantContextId: null }, rule, 'pc2')).toBe(true)
  })

  test('lifts a caller without role to administrator of the API that its scope names, and of no other', () => {
    const lifted: Principal = { ...participant, scopes: ['management-api:admin'], adminOf: ['management-api'] }
    expect(principalAllows(lifted, rule) && ownsContext(lifted, rule, 'pc2')).toBe(true)
    const other = { ...rule, scope: 'identity-api:read' }
    expect(principalAllows(lifted, other) || ownsContext(lifted, other, 'pc2')).toBe(false)
    // A rule that is for participants only stays so.
    expect(ownsContext(lifted, { ...rule, roles: ['participant'] }, 'pc2')).toBe(false)
    // With a role, a scope lifts nobody.
    expect(ownsContext({ ...participant, scopes: ['management-api:admin'] }, rule, 'pc2')).toBe(false)
  })
})

describe('a participant context id', () => {
  test('has 1 to 64 letters, digits, "-" or "_"', () => {
    for (const text of ['a', 'A-b_9', 'x'.repeat(64)]) expect(participantContextId(text)).toBe(text)
    for (const text of ['', 'x'.repeat(65), 'a b', 'a/b', '../a', 'ä', 'a\n']) {
      expect(() => participantContextId(text, 'pc'), text).toThrow(
        expect.objectContaining({ code: 'request.invalid-field', field: 'pc' }),
      )
    }
  })
})

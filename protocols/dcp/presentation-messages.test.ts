import { describe, expect, it } from 'vitest'
import { codeOf } from '../trust/testing/world.ts'
import { dcpContext } from './message.ts'
import {
  buildPresentationQuery,
  buildPresentationResponse,
  parsePresentationQuery,
  parsePresentationResponse,
} from './presentation-messages.ts'
import { typeScope } from './scope.ts'
import { example, hasVectors, schemaErrors } from './testing/vectors.ts'

const scope = [typeScope('MembershipCredential')]
const query = (members: Record<string, unknown>) => ({
  '@context': [dcpContext],
  type: 'PresentationQueryMessage',
  ...members,
})

describe('PresentationQueryMessage (DCP-15 to DCP-17)', () => {
  it('is read as it was built', () => {
    expect(parsePresentationQuery(buildPresentationQuery(scope))).toEqual({
      scopes: [{ kind: 'type', type: 'MembershipCredential', context: undefined }],
    })
  })

  it('may have other contexts beside the one of DCP, or that one as a text, and members that nobody knows', () => {
    const contexts = ['https://identity.foundation/presentation-exchange/submission/v1', dcpContext]
    expect(parsePresentationQuery(query({ '@context': contexts, scope, extra: 1 })).scopes).toHaveLength(1)
    expect(parsePresentationQuery(query({ '@context': dcpContext, scope })).scopes).toHaveLength(1)
  })

  it.each([
    ['both scope and definition', { scope, presentationDefinition: { id: 'x' } }, 'dcp.message-invalid', 400],
    ['an empty definition', { presentationDefinition: {} }, 'dcp.message-invalid', 400],
    ['a null definition', { presentationDefinition: null }, 'dcp.message-invalid', 400],
    ['a definition', { presentationDefinition: { id: 'x' } }, 'dcp.presentation-definition-unsupported', 501],
    ['an empty scope', { scope: [] }, 'dcp.message-invalid', 400],
    ['no scope', {}, 'dcp.message-invalid', 400],
    ['a scope that is a text', { scope: scope[0] }, 'dcp.message-invalid', 400],
    ['a scope that is not understood', { scope: ['presentation1'] }, 'dcp.scope-invalid', 400],
    ['a hundred scopes', { scope: Array.from({ length: 100 }, () => scope[0]) }, 'dcp.message-invalid', 400],
    ['another type', { type: 'CredentialMessage', scope }, 'dcp.message-invalid', 400],
    ['another context', { '@context': ['https://example.com'], scope }, 'dcp.message-invalid', 400],
  ])('DCP-15, DCP-16, DCP-17: %s is answered with its own code and status', (_what, members, code, status) => {
    expect(() => parsePresentationQuery(query(members))).toThrow(expect.objectContaining({ code, status }))
  })

  it.each([[null], ['text'], [[]], [undefined]])('%s is no message', async (json) => {
    expect(await codeOf(() => parsePresentationQuery(json))).toBe('dcp.message-invalid')
  })
})

describe('PresentationResponseMessage', () => {
  it('is read as it was built, empty ones too', () => {
    expect(parsePresentationResponse(buildPresentationResponse(['a.b.c']))).toEqual({ presentations: ['a.b.c'] })
    expect(parsePresentationResponse(buildPresentationResponse([]))).toEqual({ presentations: [] })
  })

  it('may hold presentations with an embedded proof', () => {
    const message = { ...buildPresentationResponse([]), presentation: ['a.b.c', { type: 'VerifiablePresentation' }] }
    expect(parsePresentationResponse(message).presentations).toHaveLength(2)
  })

  it.each([[[1]], [[null]], [Array.from({ length: 17 }, () => 'a.b.c')]])('refuses %j', async (presentation) => {
    const message = { ...buildPresentationResponse([]), presentation }
    expect(await codeOf(() => parsePresentationResponse(message))).toBe('dcp.message-invalid')
  })
})

describe.runIf(hasVectors)('judged by the specification', () => {
  it('our messages satisfy its schemas', () => {
    expect(schemaErrors('presentation/presentation-query-message', buildPresentationQuery(scope))).toEqual([])
    expect(schemaErrors('presentation/presentation-response-message', buildPresentationResponse(['a.b.c']))).toEqual([])
    const submission = { id: '1', definition_id: '2', descriptor_map: [] }
    const described = buildPresentationResponse(['a.b.c'], submission)
    expect(described).toHaveProperty('presentationSubmission', submission)
    expect(schemaErrors('presentation/presentation-response-message', described)).toEqual([])
  })

  it('its schemas can tell: a message without a scope is none', () => {
    expect(schemaErrors('presentation/presentation-query-message', query({}))).not.toEqual([])
  })

  it('its example of a query by scope is understood, though its scopes follow no alias', async () => {
    const message = example('presentation/example/presentation-query-message.json')
    expect(await codeOf(() => parsePresentationQuery(message))).toBe('dcp.scope-invalid')
    expect(parsePresentationQuery({ ...message, scope }).scopes).toHaveLength(1)
  })

  it('its examples are read', async () => {
    const response = example('presentation/example/presentation-response-message-w-presentation-submission.json')
    expect(parsePresentationResponse(response).presentations).toEqual(['jwtPresentation'])
    const definition = example('presentation/example/presentation-query-message-w-presentation-definition.json')
    expect(await codeOf(() => parsePresentationQuery(definition))).toBe('dcp.presentation-definition-unsupported')
  })
})

if (!hasVectors) it.skip('not run: 4 (the schemas and examples of the specification are not here)')

import { WeftError } from '@weft/foundation/errors'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCredential, parseDidDocument, parseJwt, signJwt } from '../trust/index.ts'
import { createWorld, noon } from '../trust/testing/world.ts'
import { parsePresentation } from './parsed-presentation.ts'
import { parsePresentationDefinition } from './presentation-exchange/presentation-definition.ts'
import {
  readCredentialMessage,
  readCredentialOffer,
  readCredentialRequest,
  readPresentationQuery,
} from './received-messages.ts'
import { parseScope } from './scope.ts'
import { forgeUnsigned } from './testing/forgery.ts'

const dcp = 'https://w3id.org/dspace-dcp/v1.0/dcp.jsonld'
/** Names and texts that mean something here come up often, so that the inner checks are reached too. */
const names = [
  '@context',
  '@type',
  '@id',
  '@value',
  'type',
  'id',
  'iss',
  'holderPid',
  'issuerPid',
  'credentials',
  'scope',
  'presentationDefinition',
  'input_descriptors',
  'constraints',
  'fields',
  'path',
  'filter',
  'vc',
  'vp',
  'verifiableCredential',
  'credentialSubject',
  'issuer',
  'status',
  '__proto__',
  'constructor',
]
const words = [
  dcp,
  'https://www.w3.org/ns/credentials/v2',
  'VerifiableCredential',
  'VerifiablePresentation',
  'EnvelopedVerifiablePresentation',
  'data:application/vp+jwt,a.b.c',
  'PresentationQueryMessage',
  'CredentialRequestMessage',
  'CredentialMessage',
  'ISSUED',
  'did:web:parties.example:issuer',
  '$.type',
  '2026-03-01T12:00:00Z',
]

const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<unknown>(...words, null, true, 0, -1, noon / 1000, 1e308, ''),
    fc.string({ maxLength: 8 }),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...names), tie('json'), { maxKeys: 6 }),
  ),
}))

const message = fc
  .tuple(
    json,
    fc.constantFrom(
      'PresentationQueryMessage',
      'CredentialRequestMessage',
      'CredentialMessage',
      'CredentialOfferMessage',
    ),
  )
  .map(([value, type]) => (typeof value === 'object' ? { ...value, '@context': [dcp], type } : value))

/** Whether work ends, or with a declared error that says that the caller did something wrong. */
async function expectRefusalAtMost(work: () => unknown): Promise<void> {
  try {
    await work()
  } catch (error) {
    expect(error).toBeInstanceOf(WeftError)
    const { status } = error as WeftError
    expect(status === 501 || (status >= 400 && status < 500) || status === 502).toBe(true)
  }
}

describe('whatever comes in, the answer is a refusal at most (X-09)', () => {
  it.each([
    ['queries', readPresentationQuery],
    ['credential requests', readCredentialRequest],
    ['deliveries', readCredentialMessage],
    ['offers', readCredentialOffer],
  ])('X-09: to %s', async (_what, read) => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(json, message), (input) => expectRefusalAtMost(() => read(input))),
      { numRuns: 300 },
    )
  })

  it.each<[string, (input: unknown) => unknown]>([
    ['definitions', parsePresentationDefinition],
    ['scopes', parseScope],
    ['tokens', parseJwt],
    ['presentations', parsePresentation],
    ['DID documents', (input) => parseDidDocument(input, 'did:web:parties.example:issuer' as never)],
  ])('X-09: to %s', async (_what, read) => {
    await fc.assert(
      fc.asyncProperty(json, (input) => expectRefusalAtMost(() => read(input))),
      { numRuns: 300 },
    )
  })

  it('X-09: to credentials and presentations that are signed', async () => {
    const { key } = await createWorld().party('issuer')
    await fc.assert(
      fc.asyncProperty(json, async (value) => {
        const claims =
          typeof value === 'object' && value !== null && !Array.isArray(value) ? value : { vc: value, vp: value }
        const token = await signJwt({ ...claims }, key)
        await expectRefusalAtMost(() => parseCredential(token))
        await expectRefusalAtMost(() => parsePresentation(token))
      }),
      { numRuns: 300 },
    )
  })

  it('X-09: to headers', async () => {
    await fc.assert(
      fc.asyncProperty(json, (header) => expectRefusalAtMost(() => parseJwt(forgeUnsigned(header, {}, 'AA')))),
      { numRuns: 300 },
    )
  })
})

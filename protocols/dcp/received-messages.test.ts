import { describe, expect, it } from 'vitest'
import { codeOf } from '../trust/testing/world.ts'
import { getCredentialRequestStatus } from './client/issuer-service.ts'
import {
  readCredentialMessage,
  readCredentialOffer,
  readCredentialRequest,
  readPresentationQuery,
} from './received-messages.ts'
import { example, hasVectors } from './testing/vectors.ts'
import { createWire } from './testing/wire.ts'

const dcp = 'https://w3id.org/dspace-dcp/v1.0/'
const scope = 'org.eclipse.dspace.dcp.vc.type:MembershipCredential:read'

describe('messages in expanded JSON-LD (section 10)', () => {
  it.each([
    ['holderPid as a node', [{ '@id': 'pid-1' }], 'array'],
    ['holderPid as a value', [{ '@value': 'pid-1' }], 'object'],
  ])('a credential request as EDC hubs send it, with %s', async (_what, holderPid, shape) => {
    const message = {
      '@type': shape === 'array' ? [`${dcp}CredentialRequestMessage`] : `${dcp}CredentialRequestMessage`,
      [`${dcp}holderPid`]: holderPid,
      [`${dcp}credentials`]: [{ '@type': '@json', '@value': [{ id: 'membership' }, { id: 'data' }] }],
    }
    const request = { holderPid: 'pid-1', credentials: [{ id: 'membership' }, { id: 'data' }] }
    expect(await readCredentialRequest(message)).toEqual(request)
    expect(await readCredentialRequest([message])).toEqual(request)
  })

  it('a query by scope', async () => {
    const message = { '@type': [`${dcp}PresentationQueryMessage`], [`${dcp}scope`]: [{ '@value': scope }] }
    expect(await readPresentationQuery(message)).toEqual({
      by: 'scope',
      scopes: [{ kind: 'type', type: 'MembershipCredential', context: undefined }],
    })
  })

  it('a query by definition', async () => {
    const presentationDefinition = { id: 'definition', input_descriptors: [{ id: 'a' }] }
    const message = {
      '@type': [`${dcp}PresentationQueryMessage`],
      [`${dcp}presentationDefinition`]: [{ '@type': '@json', '@value': presentationDefinition }],
    }
    expect(await readPresentationQuery(message)).toMatchObject({ by: 'definition', definition: { id: 'definition' } })
  })

  it('a delivery', async () => {
    const credentials = [{ credentialType: 'MembershipCredential', payload: 'a.b.c', format: 'VC1_0_JWT' }]
    const message = {
      '@type': [`${dcp}CredentialMessage`],
      [`${dcp}issuerPid`]: [{ '@id': 'issuer-1' }],
      [`${dcp}holderPid`]: [{ '@id': 'holder-1' }],
      [`${dcp}status`]: [{ '@id': 'ISSUED' }],
      [`${dcp}credentials`]: [{ '@type': '@json', '@value': credentials }],
    }
    expect(await readCredentialMessage(message)).toEqual({
      status: 'ISSUED',
      issuerPid: 'issuer-1',
      holderPid: 'holder-1',
      credentials,
    })
  })

  it('an offer with the prefix of the vocabulary', async () => {
    const message = {
      '@context': { dcp, cred: 'https://www.w3.org/2018/credentials#' },
      '@type': 'dcp:CredentialOfferMessage',
      'cred:issuer': { '@id': 'did:web:issuer.example' },
      'dcp:credentials': [{ '@id': 'membership', '@type': 'dcp:CredentialObject', 'dcp:credentialType': 'M' }],
    }
    expect(await readCredentialOffer(message)).toMatchObject({
      issuer: 'did:web:issuer.example',
      credentials: [{ id: 'membership' }],
    })
  })

  it('the status of a request, in an answer to us', async () => {
    const body = {
      '@type': [`${dcp}CredentialStatus`],
      [`${dcp}issuerPid`]: [{ '@id': 'i' }],
      [`${dcp}holderPid`]: [{ '@id': 'h' }],
      [`${dcp}status`]: [{ '@id': `${dcp}ISSUED` }],
    }
    const wire = createWire(() => ({ status: 200, body }))
    const call = { send: wire.send, issuerService: 'https://issuer.example', token: 't', issuerPid: 'i' }
    expect(await getCredentialRequestStatus(call)).toEqual({ issuerPid: 'i', holderPid: 'h', status: 'ISSUED' })
  })

  it('X-08: fetches no context, and refuses a message that only an unknown one could explain', async () => {
    const message = { '@context': ['https://evil.example/context'], '@type': 'Mystery', holderPid: 'x' }
    await expect(readCredentialRequest(message)).rejects.toMatchObject({ status: 400 })
  })

  it.each([[null], ['text'], [1], [[]], [{}], [undefined]])('%j is no message', async (json) => {
    expect(await codeOf(readCredentialRequest(json))).toMatch(/^(dcp\.message-invalid|json-ld\.)/)
  })
})

describe.runIf(hasVectors)('judged by the specification', () => {
  it('its examples are read as they are', async () => {
    const request = await readCredentialRequest(example('issuance/example/credential-request-message.json'))
    const delivery = await readCredentialMessage(example('issuance/example/credential-message.json'))
    expect(request.credentials.length).toBeGreaterThan(0)
    expect(delivery.status).toBe('ISSUED')
  })
})

if (!hasVectors) it.skip('not run: 1 (the examples of the specification are not here)')

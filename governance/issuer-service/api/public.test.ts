import { parseIssuerMetadata } from '@weft/protocols/dcp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { membershipDefinition, type RunningIssuerService, runIssuerService } from '../testing/run-issuer-service.ts'

let service: RunningIssuerService
beforeAll(async () => {
  service = await runIssuerService()
  await service.issuer('issuer')
})
afterAll(() => service.stop())

describe('the DID document', () => {
  test('is at the path of the DID, with the issuer service in it, whatever the Host header says', async () => {
    const { status, headers, body } = await service.get('/issuer/did.json')
    expect(status).toBe(200)
    expect(headers.get('content-type')).toContain('application/did+json')
    const did = `did:web:${new URL(service.publicUrl).host.replace(':', '%3A')}:issuer`
    expect(body).toMatchObject({
      id: did,
      service: [{ type: 'IssuerService', serviceEndpoint: `${service.publicUrl}/issuance/v1beta/participants/issuer` }],
    })
    expect(body.verificationMethod).toHaveLength(1)
    expect(JSON.stringify(body)).not.toContain('"d"')
  })

  test('is not there for a name that nobody has', async () => {
    expect((await service.get('/nobody/did.json')).status).toBe(404)
  })
})

describe('the metadata', () => {
  test('DCP-37: is open and complete, and names the issuer by its DID', async () => {
    const path = '/issuance/v1beta/participants/issuer/metadata'
    const { status, body } = await service.get(path)
    expect(status).toBe(200)
    const metadata = parseIssuerMetadata(body)
    expect(metadata.issuer).toMatch(/^did:web:.*:issuer$/)
    expect(body.credentialsSupported).toEqual([
      {
        id: 'membership',
        type: 'CredentialObject',
        credentialType: 'MembershipCredential',
        credentialSchema: `${service.publicUrl}/issuance/v1beta/participants/issuer/schemas/membership`,
        offerReason: 'reissue',
        bindingMethods: ['did:web'],
        profile: 'vc11-sl2021/jwt',
      },
    ])
    const schema = await service.get(new URL(body.credentialsSupported[0].credentialSchema).pathname)
    expect(schema.body.properties.credentialSubject).toEqual({
      type: 'object',
      properties: { name: true, membership: { type: 'object', properties: { level: true }, required: ['level'] } },
      required: ['name', 'membership'],
    })
    expect((await service.get(path, { authorization: 'Bearer whatever' })).status).toBe(200)
    expect((await service.get('/issuance/v1beta/participants/nobody/metadata')).status).toBe(404)
  })

  test('DCP-37: lists exactly what is configured, each type in each of its profiles', async () => {
    const { context } = await service.issuer('both-profiles')
    const path = `/issuance/v1beta/participants/${context}/metadata`
    await service.admin('POST', `/participants/${context}/credentialdefinitions`, {
      ...membershipDefinition({ id: 'membership-2', format: 'VC2_0_JOSE' }),
    })
    const listed = async () =>
      parseIssuerMetadata((await service.get(path)).body).credentialsSupported.map((one) => [
        one.id,
        one.credentialType,
        one.profile,
      ])
    expect(await listed()).toEqual([
      ['membership', 'MembershipCredential', 'vc11-sl2021/jwt'],
      ['membership-2', 'MembershipCredential', 'vc20-bssl/jwt'],
    ])
    await service.admin('DELETE', `/participants/${context}/credentialdefinitions/membership`)
    expect(await listed()).toEqual([['membership-2', 'MembershipCredential', 'vc20-bssl/jwt']])
  })
})

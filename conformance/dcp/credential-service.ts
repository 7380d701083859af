import { randomUUID } from 'node:crypto'
import { createApiClient, type VaultApi } from '@weft/sdk'
import { exportJWK, generateKeyPair } from 'jose'
import { until } from '../../tools/suite/until.ts'
import { type CounterpartServer, serveCounterpart } from '../counterpart-server.ts'
import type { KitProperties } from '../kit.ts'
import type { HostedPlatform } from '../platform.ts'
import { workloadOf } from '../workload.ts'
import { didBelow, kitDid } from './kit-dids.ts'

const credentialTypes = ['MembershipCredential', 'SensitiveDataCredential']

/**
 * A holder of its own in the identity hub, with a token service account and one open request for both credentials: the
 * kit delivers them as the issuer that was asked. Until the kit runs, its port answers here as that issuer.
 */
export async function prepareCredentialService(hosted: HostedPlatform, kitUrl: string): Promise<KitProperties> {
  const { operator, platform, internalUrl } = hosted
  const participantContextId = randomUUID().replaceAll('-', '')
  const did = didBelow(platform.runtime.publicUrl, 'conformance-holder')
  await openVault(hosted, participantContextId)
  const { body: account } = await operator.identity.call('POST /participants', {
    body: {
      participantContextId,
      did,
      key: { keyId: 'key-1', usage: ['sign_token', 'sign_presentation'] },
      serviceEndpoints: [
        {
          id: 'credential-service',
          type: 'CredentialService',
          serviceEndpoint: `${platform.runtime.publicUrl}/credentials/v1/participants/${participantContextId}`,
        },
      ],
      active: true,
      provisionStsAccount: true,
    },
  })
  const holderPid = `conformance-${randomUUID()}`
  const issuer = await answerAsIssuer(kitUrl)
  try {
    await operator.identity.call('POST /participants/{participantContextId}/credentials/request', {
      path: { participantContextId },
      body: {
        issuerDid: kitDid(kitUrl, 'issuer'),
        holderPid,
        credentials: credentialTypes.map((type) => ({ id: type, type, format: 'vc11-sl2021/jwt' })),
      },
    })
    await until('the credential request being REQUESTED', 15_000, async () => {
      const path = { participantContextId, holderPid }
      const { body } = await operator.identity.call(
        'GET /participants/{participantContextId}/credentials/request/{holderPid}',
        { path },
      )
      return body.status === 'REQUESTED'
    })
  } finally {
    await issuer.close()
  }
  return {
    'dataspacetck.did.holder': did,
    'dataspacetck.sts.url': `${internalUrl}/sts`,
    'dataspacetck.sts.client.id': account.clientId,
    'dataspacetck.sts.client.secret': String(account.clientSecret),
    'dataspacetck.credentials.correlation.id': holderPid,
  }
}

/** A place for the holder's secrets, opened as the access agent does it: with a client for just that. */
async function openVault(hosted: HostedPlatform, participantContextId: string): Promise<void> {
  const { outbound, internalUrl } = hosted
  const tokens = await workloadOf(hosted, 'conformance-access', ['vault:clients:write'])
  const vault = createApiClient<VaultApi>({
    baseUrl: `${internalUrl}/vault/v1`,
    token: () => tokens.token(),
    outbound,
    timeoutMs: 10_000,
  })
  await vault.call('PUT /clients/{clientId}', {
    path: { clientId: `${participantContextId}-vault` },
    body: { participantContextId },
  })
}

/** The kit's issuer as far as a request needs it: a DID document with an issuer service that takes the request. */
async function answerAsIssuer(kitUrl: string): Promise<CounterpartServer> {
  const did = kitDid(kitUrl, 'issuer')
  const { publicKey } = await generateKeyPair('ES256', { extractable: true })
  const method = {
    id: `${did}#${randomUUID()}`,
    type: 'JsonWebKey2020',
    controller: did,
    publicKeyJwk: await exportJWK(publicKey),
  }
  const document = {
    '@context': ['https://www.w3.org/ns/did/v1'],
    id: did,
    verificationMethod: [method],
    service: [{ id: `${did}#issuer`, type: 'IssuerService', serviceEndpoint: `${kitUrl}/prepared` }],
  }
  return serveCounterpart(
    ({ path }) => {
      if (path === '/issuer/did.json') return { status: 200, body: document }
      if (path === '/prepared/credentials')
        return { status: 201, headers: { location: `${kitUrl}/prepared/requests/1` } }
      return { status: 404 }
    },
    Number(new URL(kitUrl).port),
  )
}

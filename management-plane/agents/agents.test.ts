import { Assembly, type ServiceKey, type ServiceModule } from '@weft/foundation/assembly'
import type { Database } from '@weft/foundation/database'
import { openTestDatabase } from '@weft/foundation/database-testing'
import { createOutboundClient, outboundKey } from '@weft/foundation/http'
import { createPostgresqlMessaging, type Messaging, messagingKey } from '@weft/foundation/messaging'
import { createLogger, loggerKey } from '@weft/foundation/telemetry'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { agentsModules, defaultActivityDefinitions, defaultOrchestrationTemplate } from './index.ts'
import {
  type FakeProvisionManager,
  participant,
  processingData,
  startFakeProvisionManager,
} from './testing/fake-provision-manager.ts'
import type { FakeSystem } from './testing/fake-system.ts'
import {
  type FakeIdentityHub,
  startFakeControlPlane,
  startFakeDataPlane,
  startFakeIdentityHub,
  startFakeIdentityProvider,
  startFakeIssuerService,
  startFakeVault,
} from './testing/fake-systems.ts'

const logger = createLogger({ component: 'test', level: 'silent' })

let database: Database
let messaging: Messaging
let provisioning: FakeProvisionManager
let identityProvider: FakeSystem
let vault: FakeSystem
let controlPlane: FakeSystem
let identityHub: FakeIdentityHub
let issuerService: FakeSystem
let dataPlane: FakeSystem
let fabric: Assembly
let systems: FakeSystem[] = []

beforeAll(async () => {
  database = await openTestDatabase()
  messaging = await createPostgresqlMessaging({ database, logger })
  provisioning = await startFakeProvisionManager(messaging)
  identityProvider = await startFakeIdentityProvider()
  vault = await startFakeVault()
  controlPlane = await startFakeControlPlane()
  identityHub = await startFakeIdentityHub()
  issuerService = await startFakeIssuerService()
  dataPlane = await startFakeDataPlane()
  systems = [identityProvider, vault, controlPlane, identityHub, issuerService, dataPlane]
  const workload = (clientId: string) => ({
    tokenUrl: `${identityProvider.url}/token`,
    clientId,
    clientSecret: { reveal: () => `canary-secret-of-${clientId}` },
  })
  const outbound = createOutboundClient({ allowedOrigins: systems.map(({ url }) => url), logger })
  fabric = new Assembly('fabric', [
    given(loggerKey, logger),
    given(messagingKey, messaging),
    { ...given(outboundKey, outbound), shutdown: () => outbound.close() },
    ...agentsModules({
      access: {
        workload: workload('access-agent'),
        clientsUrl: `${identityProvider.url}/clients/v1`,
        vaultUrl: `${vault.url}/vault/v1`,
      },
      controlPlane: {
        workload: workload('control-plane-agent'),
        managementUrl: `${controlPlane.url}/api/management/v5beta`,
        profiles: ['http-dsp-profile-2025-1'],
      },
      identityHub: {
        workload: workload('identity-hub-agent'),
        identityUrl: `${identityHub.url}/api/identity/v1beta`,
        credentialServiceUrl: 'https://cell.example/credentials/v1/participants/{participantContextId}',
        dataServiceUrl: 'https://cell.example/dsp/{participantContextId}/.well-known/dspace-version',
      },
      issuerRegistration: {
        workload: workload('issuer-registration-agent'),
        issuerAdminUrl: `${issuerService.url}/api/issuer/v1beta`,
        issuerContextId: 'issuer',
      },
      credentialOnboarding: {
        workload: workload('credential-onboarding-agent'),
        identityUrl: `${identityHub.url}/api/identity/v1beta`,
      },
      dataPlane: { workload: workload('data-plane-agent'), dataPlaneUrl: `${dataPlane.url}/api/data-plane/v1` },
    }),
  ])
  await fabric.start()
})

afterAll(async () => {
  await fabric?.stop()
  await provisioning?.stop()
  await messaging?.close()
  await database?.close()
  await Promise.all(systems.map((system) => system.close()))
})

beforeEach(() => {
  identityHub.issuance = { status: 'ISSUED' }
})

function given<T>(key: ServiceKey<T>, service: T): ServiceModule {
  return { name: key.name, provides: [key], init: (context) => context.provide(key, service) }
}

/** Asks for an activity; gives its result and what the system was asked meanwhile, tokens apart. */
async function run(type: string, system: FakeSystem, more = {}) {
  const before = system.calls.length
  const result = await provisioning.resultOf(await provisioning.ask(type, more))
  const calls = system.calls.slice(before).filter(({ path }) => path !== '/token')
  return { result, calls: calls.map(({ method, path, body }) => ({ call: `${method} ${path}`, body })), raw: calls }
}

const { contextId, did } = participant
const completed = (outputs = {}) => expect.objectContaining({ outcome: 'complete', outputs })

describe('the access agent', () => {
  test('makes an API client and a vault client whose ids are neither each other nor the context', async () => {
    const atVault = vault.calls.length
    const { result, calls } = await run('access', identityProvider)
    expect(calls).toEqual([
      {
        call: `PUT /clients/v1/clients/${contextId}-api`,
        body: {
          role: 'participant',
          participantContextId: contextId,
          scopes: ['management-api:write', 'identity-api:read'],
        },
      },
    ])
    expect(vault.calls.slice(atVault).map(({ method, path, body }) => [method, path, body])).toEqual([
      ['PUT', `/vault/v1/clients/${contextId}-vault`, { participantContextId: contextId }],
    ])
    const ids = {
      participantContextId: contextId,
      apiClientId: `${contextId}-api`,
      vaultClientId: `${contextId}-vault`,
    }
    expect(result).toEqual(completed(ids))
    expect(new Set(Object.values(ids)).size).toBe(3)
  })

  test('gives the same ids again', async () => {
    const first = await run('access', identityProvider)
    const second = await run('access', identityProvider)
    expect(second.result.outputs).toEqual(first.result.outputs)
    expect(second.calls).toEqual(first.calls)
  })

  test('refuses a correlation id that cannot name a context', async () => {
    const { result, calls } = await run('access', identityProvider, { correlationId: 'urn:uuid:1' })
    expect(result).toMatchObject({ outcome: 'fatal', errorCode: 'request.invalid-field' })
    expect(calls).toEqual([])
  })
})

describe('the control plane agent', () => {
  test('creates the participant context with the opaque ids, and its profiles', async () => {
    const { result, calls } = await run('control-plane', controlPlane)
    expect(calls).toEqual([
      {
        call: 'POST /api/management/v5beta/participants',
        body: {
          '@context': ['https://w3id.org/edc/connector/management/v2'],
          '@type': 'ParticipantContext',
          '@id': contextId,
          identity: did,
          properties: { tenantId: 'tenant-1', vpaId: 'vpa-1' },
          state: 'ACTIVATED',
        },
      },
      {
        call: `PUT /api/management/v5beta/participants/${contextId}/profiles`,
        body: {
          '@context': ['https://w3id.org/edc/connector/management/v2'],
          '@type': 'AssociateDataspaceProfile',
          profiles: ['http-dsp-profile-2025-1'],
        },
      },
    ])
    expect(result).toEqual(completed())
  })

  test('repeats a run that broke off in its middle', async () => {
    controlPlane.failNext({ status: 200, body: {} }, { status: 503, body: {} })
    const { result, calls } = await run('control-plane', controlPlane)
    expect(calls.map(({ call }) => call.split(' ')[0])).toEqual(['POST', 'PUT', 'POST', 'PUT'])
    expect(result).toEqual(completed())
  })

  test('a context of the same id with another content is fatal', async () => {
    controlPlane.failNext({
      status: 409,
      body: [{ message: 'It exists with another identity.', code: 'control-plane.exists' }],
    })
    const { result } = await run('control-plane', controlPlane)
    expect(result).toMatchObject({ outcome: 'fatal', errorCode: 'control-plane.exists' })
    expect(result.errorDetail).toContain('It exists with another identity.')
  })

  test('without a participant context id nothing is called', async () => {
    const { participantContextId: _, ...incomplete } = processingData
    const { result, calls } = await run('control-plane', controlPlane, { processingData: incomplete })
    expect(result).toMatchObject({ outcome: 'fatal', errorCode: 'agents.missing-input' })
    expect(calls).toEqual([])
  })
})

describe('the identity hub agent', () => {
  test('creates the context with a key that the hub makes, and the services from the templates', async () => {
    const { result, calls } = await run('identity-hub', identityHub)
    expect(calls).toEqual([
      {
        call: 'POST /api/identity/v1beta/participants',
        body: {
          participantContextId: contextId,
          did,
          active: true,
          provisionStsAccount: false,
          keys: [{ keyId: `${did}#key-1`, keyGeneratorParams: { algorithm: 'EC', curve: 'secp256r1' } }],
          serviceEndpoints: [
            {
              id: `${did}#credential-service`,
              type: 'CredentialService',
              serviceEndpoint: `https://cell.example/credentials/v1/participants/${contextId}`,
            },
            {
              id: `${did}#data-service`,
              type: 'DataService',
              serviceEndpoint: `https://cell.example/dsp/${contextId}/.well-known/dspace-version`,
            },
          ],
        },
      },
    ])
    expect(result).toEqual(completed())
  })
})

describe('the issuer registration agent', () => {
  test('registers the holder with the properties of the issuer VPA', async () => {
    const { result, calls } = await run('issuer-registration', issuerService)
    expect(calls).toEqual([
      {
        call: 'POST /api/issuer/v1beta/participants/issuer/holders',
        body: { holderId: did, did, name: 'Acme', properties: { name: 'Acme', since: '2026' } },
      },
    ])
    expect(result).toEqual(completed())
  })

  test('names a holder without a name by its DID', async () => {
    const data = { ...processingData, 'cfm.vpa.data': [] }
    const { calls } = await run('issuer-registration', issuerService, { processingData: data })
    expect(calls[0]?.body).toEqual({ holderId: did, did, name: did, properties: {} })
  })
})

describe('the credential onboarding agent', () => {
  const path = `/api/identity/v1beta/participants/${contextId}/credentials/request`

  test('requests the credentials of an issuer at once, then looks until they are issued', async () => {
    const { result, calls } = await run('credential-onboarding', identityHub)
    const [request] = calls.map(({ body }) => body as { holderPid: string })
    const holderPid = request?.holderPid ?? 'none'
    expect(calls).toEqual([
      {
        call: `POST ${path}`,
        body: {
          issuerDid: 'did:web:issuer.example',
          holderPid,
          credentials: [
            { id: 'def-1', type: 'ParticipantCredential', format: 'VC1_0_JWT' },
            { id: 'def-2', type: 'MembershipCredential', format: 'VC1_0_JWT' },
          ],
        },
      },
      { call: `GET ${path}/${holderPid}`, body: undefined },
    ])
    const credentialRequest = `/participants/${contextId}/credentials/request/${holderPid}`
    expect(result).toEqual(
      completed({
        holderPid,
        credentialRequest,
        credentialRequests: [{ issuerDid: 'did:web:issuer.example', holderPid, credentialRequest }],
      }),
    )
  })

  test('asks each issuer once, with ids of their own', async () => {
    const credential = (issuer: string) => ({ id: 'd', type: 'T', issuer, format: 'VC1_0_JWT', role: '' })
    const data = { ...processingData, 'cfm.vpa.credentials': [credential('did:web:a'), credential('did:web:b')] }
    const { result, calls } = await run('credential-onboarding', identityHub, { processingData: data })
    const posts = calls
      .filter(({ call }) => call.startsWith('POST'))
      .map(({ body }) => body as { issuerDid: string; holderPid: string })
    expect(posts.map(({ issuerDid }) => issuerDid).toSorted()).toEqual(['did:web:a', 'did:web:b'])
    expect(new Set(posts.map(({ holderPid }) => holderPid)).size).toBe(2)
    expect((result.outputs as { credentialRequests: object[] }).credentialRequests).toHaveLength(2)
  })

  test('waits while the issuer is at work', async () => {
    identityHub.issuance = { status: 'REQUESTED' }
    const looks = identityHub.calls.length + 4
    const running = run('credential-onboarding', identityHub)
    await expect.poll(() => identityHub.calls.length, { timeout: 10_000, interval: 5 }).toBeGreaterThanOrEqual(looks)
    identityHub.issuance = { status: 'ISSUED' }
    expect((await running).result).toMatchObject({ outcome: 'complete' })
  })

  test('makes a request again that got lost before it was kept', async () => {
    identityHub.failNext({ status: 503, body: {} })
    const { result, calls } = await run('credential-onboarding', identityHub)
    expect(calls.map(({ call }) => call.split(' ')[0])).toEqual(['POST', 'GET', 'POST', 'GET'])
    expect(calls[2]?.body).toEqual(calls[0]?.body)
    expect(result).toMatchObject({ outcome: 'complete' })
  })

  test('ends with the reason when the issuer refuses', async () => {
    identityHub.issuance = {
      status: 'ERROR',
      error: { code: 'identity-hub.issuer-refused', reason: 'No such holder.' },
    }
    const { result } = await run('credential-onboarding', identityHub)
    expect(result).toMatchObject({
      outcome: 'fatal',
      errorCode: 'identity-hub.issuer-refused',
      errorDetail: 'No such holder. (did:web:issuer.example)',
    })
  })

  test('has nothing to do for a participant without credentials', async () => {
    const data = { ...processingData, 'cfm.vpa.credentials': [] }
    const { result, calls } = await run('credential-onboarding', identityHub, { processingData: data })
    expect(calls).toEqual([])
    expect(result).toEqual(completed({ credentialRequests: [] }))
  })

  test('a credential without an issuer is fatal', async () => {
    const data = { ...processingData, 'cfm.vpa.credentials': [{ id: 'a', type: 'b', format: 'c' }] }
    const { result } = await run('credential-onboarding', identityHub, { processingData: data })
    expect(result).toMatchObject({ outcome: 'fatal', errorCode: 'agents.missing-input' })
  })
})

test('the data plane agent enables the participant', async () => {
  const { result, calls } = await run('data-plane', dataPlane)
  expect(calls).toEqual([{ call: `PUT /api/data-plane/v1/participants/${contextId}`, body: undefined }])
  expect(result).toEqual(completed())
})

test('each system is called with the token of its own agent, and of no other', async () => {
  const owners = new Map<FakeSystem, string[]>([
    [vault, ['access-agent']],
    [controlPlane, ['control-plane-agent']],
    [identityHub, ['identity-hub-agent', 'credential-onboarding-agent']],
    [issuerService, ['issuer-registration-agent']],
    [dataPlane, ['data-plane-agent']],
  ])
  for (const { type } of defaultActivityDefinitions) await provisioning.resultOf(await provisioning.ask(type))
  for (const [system, agents] of owners) {
    const tokens = new Set(system.calls.map(({ authorization }) => authorization))
    expect([...tokens].toSorted()).toEqual(agents.map((agent) => `Bearer token-of-${agent}`).toSorted())
  }
})

test('no secret is in any result, though two systems hand secrets out', async () => {
  for (const { type } of defaultActivityDefinitions) await provisioning.resultOf(await provisioning.ask(type))
  expect(provisioning.results.length).toBeGreaterThanOrEqual(defaultActivityDefinitions.length)
  expect(JSON.stringify(provisioning.results)).not.toContain('canary')
  expect(JSON.stringify(provisioning.results)).not.toContain('token-of-')
})

test('the default definitions name each activity once, and every VPA', () => {
  const activities = Object.values(defaultOrchestrationTemplate.activities).flat()
  expect(activities.map(({ type }) => type).toSorted()).toEqual(
    defaultActivityDefinitions.map(({ type }) => type).toSorted(),
  )
  expect([...new Set(activities.flatMap(({ vpaType }) => vpaType ?? []))].toSorted()).toEqual([
    'cfm.connector',
    'cfm.credentialservice',
    'cfm.dataplane',
    'cfm.issuer',
  ])
})

import { ApiError } from '../api-client.ts'
import type { Apis } from './clients.ts'
import { dataspaceProfile, type Platform } from './platform.ts'

/** What an operator and a governance authority set up once, before the first organisation comes. */
export interface Dataspace {
  readonly issuerDid: string
  readonly cellId: string
  /** The fabric manager's dataspace profile. */
  readonly profileId: string
}

/** The role that earns a membership credential. */
export const memberRole = 'member'

const issuerContext = 'issuer'
const managementContext = 'https://w3id.org/edc/connector/management/v2'

/** The context of the issuer that the demo's credentials come from. */
export { issuerContext, managementContext }

/** Sets up issuer, credentials, dataspace profile and cell through the APIs. What is there already is left as it is. */
export async function setUpDataspace(platform: Platform, operator: Apis): Promise<Dataspace> {
  const issuerDid = `did:web:${new URL(platform.governance.publicUrl).host.replace(':', '%3A')}:issuer`
  await storeDefinitions(platform, operator)
  await prepareIssuer(operator, issuerDid)
  await prepareRuntimeProfile(operator, issuerDid)
  const cellId = await ensureCell(operator)
  const profileId = await ensureFabricProfile(operator, issuerDid, cellId)
  return { issuerDid, cellId, profileId }
}

async function storeDefinitions({ fabric }: Platform, { orchestrations }: Apis): Promise<void> {
  for (const body of fabric.activityDefinitions) await orchestrations.call('POST /activity-definitions', { body })
  await orchestrations.call('POST /orchestration-definitions', { body: fabric.orchestrationTemplate })
}

async function prepareIssuer({ issuer }: Apis, issuerDid: string): Promise<void> {
  const path = { participantContextId: issuerContext }
  await orExists(issuer.call('POST /participants', { body: { participantContextId: issuerContext, did: issuerDid } }))
  await orExists(
    issuer.call('POST /participants/{participantContextId}/attestations', {
      path,
      body: { id: 'holder-record', attestationType: 'holder', configuration: {} },
    }),
  )
  for (const { id, credentialType, mappings } of credentialDefinitions) {
    await orExists(
      issuer.call('POST /participants/{participantContextId}/credentialdefinitions', {
        path,
        body: {
          id,
          credentialType,
          format: 'vc11-sl2021/jwt',
          attestations: ['holder-record'],
          rules: [],
          mappings,
          validity: 90 * 24 * 3600,
        },
      }),
    )
  }
}

const credentialDefinitions = [
  {
    id: 'participant-credential-def',
    credentialType: 'ParticipantCredential',
    mappings: [{ input: 'name', output: 'credentialSubject.name', required: true }],
  },
  {
    id: 'membership-credential-def',
    credentialType: 'MembershipCredential',
    mappings: [
      { input: 'name', output: 'credentialSubject.name', required: true },
      { input: 'properties.membershipType', output: 'credentialSubject.membershipType', required: true },
      { input: 'properties.since', output: 'credentialSubject.since', required: true },
    ],
  },
]

async function prepareRuntimeProfile({ management }: Apis, issuerDid: string): Promise<void> {
  await orExists(
    management.call('POST /dataspaceprofiles', {
      body: {
        '@context': [managementContext],
        '@type': 'DataspaceProfile',
        name: dataspaceProfile,
        protocol: { version: '2025-1', binding: 'HTTPS', namespace: 'https://w3id.org/dspace/2025/1/' },
        trustedIssuers: [{ '@id': issuerDid, supportedTypes: ['ParticipantCredential', 'MembershipCredential'] }],
      },
    }),
  )
  const scopes = [
    { '@id': 'participant', type: 'DEFAULT', value: 'org.eclipse.dspace.dcp.vc.type:ParticipantCredential:read' },
    {
      '@id': 'membership',
      type: 'POLICY',
      value: 'org.eclipse.dspace.dcp.vc.type:MembershipCredential:read',
      prefixMapping: 'MembershipCredential',
    },
  ] as const
  for (const scope of scopes) {
    await orExists(
      management.call('POST /dcpscopes', {
        body: { '@context': [managementContext], '@type': 'DcpScope', profile: dataspaceProfile, ...scope },
      }),
    )
  }
}

async function ensureCell({ tenants }: Apis): Promise<string> {
  const cells = await tenants.call('GET /cells', {})
  const active = cells.body.find((cell) => cell.state === 'active')
  if (active) return active.id
  const body = { state: 'active', stateTimestamp: new Date().toISOString(), properties: { name: 'first cell' } }
  return (await tenants.call('POST /cells', { body })).body.id
}

async function ensureFabricProfile({ tenants }: Apis, issuerDid: string, cellId: string): Promise<string> {
  const profiles = await tenants.call('GET /dataspace-profiles', {})
  const known = profiles.body.find((profile) => profile.properties?.name === dataspaceProfile)
  const id = known?.id ?? (await createFabricProfile(tenants, issuerDid))
  await tenants.call('POST /dataspace-profiles/{id}/deployments', { path: { id }, body: { profileId: id, cellId } })
  return id
}

async function createFabricProfile(tenants: Apis['tenants'], issuerDid: string): Promise<string> {
  const credential = (id: string, type: string) => ({ id, type, issuer: issuerDid, format: 'vc11-sl2021/jwt' })
  const created = await tenants.call('POST /dataspace-profiles', {
    body: {
      dataspaceSpec: {
        protocolStack: ['dsp-2025-1', 'dcp-1.0'],
        credentialSpecs: [
          credential('participant-credential-def', 'ParticipantCredential'),
          { ...credential('membership-credential-def', 'MembershipCredential'), role: memberRole },
        ],
      },
      artifacts: [],
      properties: { name: dataspaceProfile },
    },
  })
  return created.body.id
}

/** A set-up call that finds its work done has done it. */
async function orExists(call: Promise<unknown>): Promise<void> {
  try {
    await call
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 409)) throw error
  }
}

import { randomUUID } from 'node:crypto'
import { participantContextId } from '@weft/foundation/access'
import { type ControlPlaneUnderTest, call, type Reply } from './control-plane-under-test.ts'

export const testProfile = 'http-dsp-profile-2025-1'
export const managementContext = 'https://w3id.org/edc/connector/management/v2'
export const participantScope = 'org.eclipse.dspace.dcp.vc.type:ParticipantCredential:read'
export const membershipScope = 'org.eclipse.dspace.dcp.vc.type:MembershipCredential:read'

export interface Participant {
  readonly context: string
  readonly did: string
  readonly token: string
}

/** A body of the management API. */
export function managed(type: string, members: object): object {
  return { '@context': [managementContext], '@type': type, ...members }
}
/** The dataspace's profile, with more members where a test wants them. */
export function dataspaceProfile(plane: ControlPlaneUnderTest, more: object = {}): object {
  return managed('DataspaceProfile', {
    name: testProfile,
    protocol: { version: '2025-1', binding: 'HTTPS', namespace: 'https://w3id.org/dspace/2025/1/' },
    trustedIssuers: [{ '@id': plane.hub.issuer, supportedTypes: ['ParticipantCredential', 'MembershipCredential'] }],
    ...more,
  })
}

/** Makes the dataspace: the profile with its issuer, and the two scopes. */
export async function makeDataspace(plane: ControlPlaneUnderTest): Promise<void> {
  await done(plane.api('POST', '/dataspaceprofiles', { body: dataspaceProfile(plane) }))
  const always = managed('DcpScope', { '@id': 'participant', type: 'DEFAULT', value: participantScope })
  const policy = managed('DcpScope', {
    '@id': 'membership',
    type: 'POLICY',
    value: membershipScope,
    prefixMapping: 'MembershipCredential',
  })
  await done(plane.api('POST', '/dcpscopes', { body: always }))
  await done(plane.api('POST', '/dcpscopes', { body: policy }))
}

/** Makes a participant with vault partition, profile, data plane and credentials. */
export async function makeParticipant(
  plane: ControlPlaneUnderTest,
  name: string,
  credentials: readonly string[] = ['ParticipantCredential', 'MembershipCredential'],
  transferTypes: readonly string[] = ['HttpData-PULL', 'HttpData-PUSH'],
): Promise<Participant & { readonly indexes: readonly number[] }> {
  const context = `${name}${randomUUID().replaceAll('-', '').slice(0, 12)}`
  const did = await plane.hub.addHolder(context)
  await plane.vault.openPartition({ clientId: `${context}-vault`, participantContextId: participantContextId(context) })
  await done(
    plane.api('POST', '/participants', {
      body: managed('ParticipantContext', { '@id': context, identity: did, state: 'ACTIVATED' }),
    }),
  )
  const association = managed('AssociateDataspaceProfile', { profiles: [testProfile] })
  await done(plane.api('PUT', `/participants/${context}/profiles`, { body: association }))
  await registerPlane(plane, context, transferTypes)
  const indexes: number[] = []
  for (const type of credentials) indexes.push(await plane.hub.issue(did, type, { level: 'gold' }))
  return { context, did, token: await plane.participantToken(context), indexes }
}

/** Registers the fake data plane the way a data plane does it itself. */
async function registerPlane(
  plane: ControlPlaneUnderTest,
  context: string,
  profiles: readonly string[],
  client = 'data-plane',
): Promise<void> {
  await done(
    call(
      `${plane.signalingUrl}/api/signaling/participants/${context}/dataplanes`,
      'PUT',
      { dataplaneId: 'plane-1', endpoint: plane.plane.endpoint(context), profiles },
      await workloadToken(plane, client),
    ),
  )
}

export function workloadToken(plane: ControlPlaneUnderTest, client = 'data-plane'): Promise<string> {
  return plane.provider.token({ sub: client, client_id: client, role: 'workload', scope: 'signaling:dataflow:write' })
}

export const openPolicy = { '@type': 'Set', permission: [{ action: 'use' }] }
export const membershipPolicy = {
  '@type': 'Set',
  permission: [
    { action: 'use', constraint: [{ leftOperand: 'MembershipCredential', operator: 'eq', rightOperand: 'active' }] },
  ],
}

/** Publishes an asset under a contract policy, visible to everybody unless another access policy is given. */
export async function publish(
  plane: ControlPlaneUnderTest,
  participant: Participant,
  assetId: string,
  policies: {
    readonly contract?: object
    readonly access?: object
    readonly negotiation?: 'automatic' | 'manual'
  } = {},
): Promise<void> {
  const { token, context } = participant
  const base = `/participants/${context}`
  const asset = managed('Asset', {
    '@id': assetId,
    properties: { name: `Asset ${assetId}`, contenttype: 'text/csv' },
    dataAddress: { '@type': 'DataAddress', type: 'HttpData', baseUrl: 'https://source.example/data' },
  })
  await done(plane.api('POST', `${base}/assets`, { body: asset, token }))
  for (const [id, policy] of [
    [`${assetId}-access`, policies.access ?? openPolicy],
    [`${assetId}-contract`, policies.contract ?? membershipPolicy],
  ] as const) {
    await done(
      plane.api('POST', `${base}/policydefinitions`, {
        body: managed('PolicyDefinition', { '@id': id, policy }),
        token,
      }),
    )
  }
  const definition = managed('ContractDefinition', {
    '@id': `${assetId}-definition`,
    accessPolicyId: `${assetId}-access`,
    contractPolicyId: `${assetId}-contract`,
    ...(policies.negotiation ? { negotiation: policies.negotiation } : {}),
    assetsSelector: [
      { '@type': 'Criterion', operandLeft: 'https://w3id.org/edc/v0.0.1/ns/id', operator: '=', operandRight: assetId },
    ],
  })
  await done(plane.api('POST', `${base}/contractdefinitions`, { body: definition, token }))
}

export function dspAddress(plane: ControlPlaneUnderTest, participant: Participant): string {
  return `${plane.publicUrl}/dsp/${participant.context}/${testProfile}`
}

/** @throws Error with the answer when it is none of success */
export async function done(reply: Promise<Reply>): Promise<Reply> {
  const answer = await reply
  if (answer.status < 300) return answer
  throw new Error(`answered ${answer.status}: ${JSON.stringify(answer.body)}`)
}

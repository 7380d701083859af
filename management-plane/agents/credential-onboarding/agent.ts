import type { ServiceModule } from '@weft/foundation/assembly'
import { derivedUuid } from '@weft/protocols/trust'
import { type ApiClient, ApiError, createApiClient } from '@weft/sdk'
import { type Static, Type } from 'typebox'
import { type Activity, type Outcome, participantContext } from '../runtime/activity.ts'
import type { Agent } from '../runtime/agent.ts'
import { type ApiAccess, agentModule } from '../runtime/agent-module.ts'
import { agentErrors } from '../runtime/errors.ts'
import { baseUrl, type WithWorkload, workloadClient } from '../runtime/workload-client.ts'
import { type CredentialSpec, credentialSpecs } from './credential-specs.ts'

export const credentialOnboardingAgentSettings = Type.Object({
  workload: workloadClient,
  identityUrl: baseUrl('Identity API of the cell: http://127.0.0.1:7101/api/identity/v1beta'),
})

export type CredentialOnboardingAgentSettings = WithWorkload<Static<typeof credentialOnboardingAgentSettings>>

type IdentityApi = {
  'POST /participants/{participantContextId}/credentials/request': {
    path: { participantContextId: string }
    body: { issuerDid: string; holderPid: string; credentials: { id: string; type: string; format: string }[] }
    answer: unknown
  }
  'GET /participants/{participantContextId}/credentials/request/{holderPid}': {
    path: { participantContextId: string; holderPid: string }
    answer: { status: string; error?: { code: string; reason: string } | null }
  }
}

/** A request to one issuer; its id is derived, so that a second run asks for the same. */
interface IssuerRequest {
  readonly issuerDid: string
  readonly holderPid: string
  readonly credentials: readonly CredentialSpec[]
}

/** The first looks come soon, since issuance takes a fraction of a second; then less and less often. */
const firstLookMs = 50
const slowestLookMs = 5000

/** Has the participant's identity hub request its credentials, one request an issuer, and waits until all are issued. */
function credentialOnboardingAgent(settings: CredentialOnboardingAgentSettings, access: ApiAccess): Agent {
  const identity = createApiClient<IdentityApi>({ baseUrl: settings.identityUrl, ...access })
  return {
    activityType: 'credential-onboarding',
    deploy: async (activity): Promise<Outcome> => {
      const participantContextId = participantContext(activity)
      const requests = requestsByIssuer(activity, credentialSpecs(activity))
      const open = await Promise.all(
        requests.map((request) => lookAfter(identity, participantContextId, request, activity)),
      )
      const failed = open.find((outcome) => outcome?.kind === 'fatal')
      const waiting = open.find((outcome) => outcome !== undefined)
      return failed ?? waiting ?? { kind: 'complete', outputs: outputsOf(participantContextId, requests) }
    },
  }
}

/** Undefined when the request is fulfilled. */
async function lookAfter(
  identity: ApiClient<IdentityApi>,
  participantContextId: string,
  request: IssuerRequest,
  activity: Activity,
): Promise<Outcome | undefined> {
  const { issuerDid, holderPid, credentials } = request
  const status = activity.attempt === 1 ? undefined : await statusOf(identity, participantContextId, holderPid)
  if (status?.status === 'ISSUED') return undefined
  if (status?.status === 'ERROR') {
    const { code, title } = agentErrors['issuance-failed']
    return {
      kind: 'fatal',
      code: status.error?.code ?? code,
      message: `${status.error?.reason ?? title} (${issuerDid})`,
    }
  }
  if (!status) {
    await identity.call('POST /participants/{participantContextId}/credentials/request', {
      path: { participantContextId },
      body: { issuerDid, holderPid, credentials: credentials.map(({ id, type, format }) => ({ id, type, format })) },
    })
  }
  const afterMs = Math.min(firstLookMs * 2 ** Math.min(activity.attempt - 1, 16), slowestLookMs)
  return { kind: 'schedule', afterMs, waitingFor: `credentials of ${issuerDid}, request ${holderPid}` }
}

/** Undefined when the identity hub does not know the request: it was not made yet. */
async function statusOf(identity: ApiClient<IdentityApi>, participantContextId: string, holderPid: string) {
  try {
    const answer = await identity.call('GET /participants/{participantContextId}/credentials/request/{holderPid}', {
      path: { participantContextId, holderPid },
    })
    return answer.body
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined
    throw error
  }
}

function requestsByIssuer(activity: Activity, specs: readonly CredentialSpec[]): readonly IssuerRequest[] {
  const byIssuer = Map.groupBy(specs, ({ issuer }) => issuer)
  return [...byIssuer].map(([issuerDid, credentials]) => ({
    issuerDid,
    holderPid: derivedUuid(`${activity.orchestrationId} ${issuerDid}`),
    credentials,
  }))
}

/** Clients of the fabric find `holderPid` and `credentialRequest` of the first issuer; all of them are in the list. */
function outputsOf(participantContextId: string, requests: readonly IssuerRequest[]): Record<string, unknown> {
  const credentialRequests = requests.map(({ issuerDid, holderPid }) => ({
    issuerDid,
    holderPid,
    credentialRequest: `/participants/${participantContextId}/credentials/request/${holderPid}`,
  }))
  const [first] = credentialRequests
  if (!first) return { credentialRequests }
  return { holderPid: first.holderPid, credentialRequest: first.credentialRequest, credentialRequests }
}

/** The credential onboarding agent as a part of a process. */
export function credentialOnboardingAgentModule(settings: CredentialOnboardingAgentSettings): ServiceModule {
  return agentModule({
    name: 'credential-onboarding-agent',
    workload: settings.workload,
    makeAgent: (access) => credentialOnboardingAgent(settings, access),
  })
}

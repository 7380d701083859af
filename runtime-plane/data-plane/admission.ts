import { type ParticipantContextId, participantContextId } from '@weft/foundation/access'
import type { ServiceDatabase } from '@weft/foundation/database'
import { WeftError } from '@weft/foundation/errors'
import { type FlowAccess, provesToken, readAccessToken } from './domain/access-token.ts'
import { type DataFlow, ownsEndpoint } from './domain/data-flow.ts'
import { dataPlaneErrors } from './domain/errors.ts'
import { takesRequests } from './flow-steps.ts'
import { readFlow } from './store/data-flows.ts'
import type { TokenKeys } from './token-keys.ts'

export interface AdmissionOptions {
  readonly database: ServiceDatabase
  readonly tokenKeys: TokenKeys
  readonly clock: () => number
}

/**
 * The token of a request to a data endpoint is ours, of this flow, and not too old. What it says is trusted only after
 * the proof.
 * @throws `data-plane.token-invalid`, `data-plane.token-expired`
 */
export async function checkToken(
  options: AdmissionOptions,
  authorization: string | undefined,
  dataFlowId: string,
): Promise<{ access: FlowAccess; contextId: ParticipantContextId }> {
  const token = tokenOf(authorization)
  const access = readAccessToken(token)
  const contextId = access && contextOf(access)
  const key = contextId && (await options.tokenKeys.find(contextId))
  if (!access || !contextId || !key || !provesToken(token, key) || access.dataFlowId !== dataFlowId) {
    throw new WeftError(dataPlaneErrors['token-invalid'])
  }
  if (access.expiresAt !== 0 && access.expiresAt * 1000 <= options.clock()) {
    throw new WeftError(dataPlaneErrors['token-expired'])
  }
  return { access, contextId }
}

/** The flow of a proven token, while it takes requests and the token is of its newest generation (DPS-26). */
export async function admitFlow(
  { database }: AdmissionOptions,
  access: FlowAccess,
  contextId: ParticipantContextId,
): Promise<DataFlow> {
  const flow = await database.tenant(contextId, (tx) => readFlow(tx, access.dataFlowId))
  if (!flow || !ownsEndpoint(flow)) throw new WeftError(dataPlaneErrors['token-invalid'])
  if (!takesRequests(flow)) throw new WeftError(dataPlaneErrors['flow-not-started'])
  if (flow.generation !== access.generation) throw new WeftError(dataPlaneErrors['token-expired'])
  return flow
}

/** `Bearer <token>`; partners that run EDC send the bare value of the data address's authorization. */
function tokenOf(authorization: string | undefined): string {
  return (authorization ?? '').replace(/^Bearer +/i, '').trim()
}

function contextOf(access: FlowAccess): ParticipantContextId | undefined {
  try {
    return participantContextId(access.participantContextId)
  } catch {
    return undefined
  }
}

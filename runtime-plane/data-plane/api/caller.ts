import {
  type AccessRule,
  type ParticipantContextId,
  participantContextId,
  principalAllows,
  type TokenVerifier,
} from '@weft/foundation/access'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import { dpsErrors } from '@weft/protocols/dps'
import type { FastifyRequest } from 'fastify'
import type { ControlPlanes } from '../control-planes.ts'

export interface CallerOptions {
  readonly controlPlanes: ControlPlanes
  /** Checks the workload tokens of the deployment. */
  readonly verifier: TokenVerifier
}

const workloadRule = {
  kind: 'token',
  scope: 'signaling:dataflow:write',
  roles: ['workload'],
} as const satisfies AccessRule

/**
 * Who signals: a registered control plane by keys of its own, or a workload of the deployment. Before the body is read,
 * and alike for every context, so that nobody without a token learns which contexts there are.
 * @throws `request.unauthenticated`, `request.forbidden`
 */
export async function authenticateCaller(options: CallerOptions, request: FastifyRequest): Promise<void> {
  const token = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1]
  if (token === undefined) throw new WeftError(requestErrors.unauthenticated)
  const contextId = contextOf(request)
  const principal =
    (contextId && (await authenticateByOwnKeys(options, contextId, token))) ?? (await options.verifier.verify(token))
  if (!principalAllows(principal, workloadRule)) {
    throw new WeftError(requestErrors.forbidden, {
      message: `Signaling takes tokens of workloads with the scope "${workloadRule.scope}".`,
    })
  }
  request.principal = principal
}

/** A token that a registered control plane's keys do not prove may still be one of a workload with the same name. */
async function authenticateByOwnKeys(options: CallerOptions, contextId: ParticipantContextId, token: string) {
  try {
    return await options.controlPlanes.authenticate(contextId, token)
  } catch (error) {
    if (error instanceof WeftError && error.entry === dpsErrors['plane-token-invalid']) return undefined
    throw error
  }
}

function contextOf(request: FastifyRequest): ParticipantContextId | undefined {
  try {
    return participantContextId((request.params as { readonly participantContextId: string }).participantContextId)
  } catch {
    return undefined
  }
}

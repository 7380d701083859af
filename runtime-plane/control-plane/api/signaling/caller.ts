import { createHash } from 'node:crypto'
import {
  type AccessRule,
  type ParticipantContextId,
  type Principal,
  participantContextId,
  principalAllows,
} from '@weft/foundation/access'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import { dpsErrors } from '@weft/protocols/dps'
import type { FastifyRequest } from 'fastify'
import { decodeJwt } from 'jose'
import { keysOf, ownKeysCaller } from '../../domain/data-plane.ts'
import type { Parts } from '../../parts.ts'
import { findDataPlane } from '../../store/data-planes.ts'
import { notePlaneToken } from '../../store/used-tokens.ts'

const workloadRule = {
  kind: 'token',
  scope: 'signaling:dataflow:write',
  roles: ['workload'],
} as const satisfies AccessRule

/**
 * Who signals: a registered data plane by keys of its own, or a workload of the deployment. Before the body is read, and
 * alike for every context, so that nobody without a token learns which contexts there are.
 * @throws `request.unauthenticated`, `request.forbidden`
 */
export async function authenticateCaller(parts: Parts, request: FastifyRequest): Promise<void> {
  const token = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1]
  if (token === undefined) throw new WeftError(requestErrors.unauthenticated)
  const contextId = contextOf(request)
  const principal = (contextId && (await byOwnKeys(parts, contextId, token))) ?? (await parts.verifier.verify(token))
  if (!principalAllows(principal, workloadRule)) {
    throw new WeftError(requestErrors.forbidden, {
      message: `Signaling takes tokens of workloads with the scope "${workloadRule.scope}".`,
    })
  }
  request.principal = principal
}

/**
 * A data plane that presents a token of its own; undefined when it is none (DPS-15, DPS-16): it may still be one of a
 * workload with the same name.
 */
async function byOwnKeys(parts: Parts, contextId: ParticipantContextId, token: string): Promise<Principal | undefined> {
  const subject = claimedSubject(token)
  const plane = subject && (await parts.database.tenant(contextId, (tx) => findDataPlane(tx, subject)))
  const rule = plane ? keysOf(plane.authorization) : undefined
  if (!plane || !rule) return undefined
  try {
    const check = { rule, plane: plane.id, receiver: parts.controlPlaneId }
    const { issuer, jti, expiresAt } = await parts.planeTokens.verify(token, check)
    if (jti !== undefined) {
      const digest = createHash('sha256').update(token).digest('base64url')
      const use = { issuer, jti, digest, expiresAt }
      // DPS-17. A plane uses its token until it expires, so the same one may come again; its id in another one is forged.
      const isNew = await parts.database.tenant(contextId, (tx) => notePlaneToken(tx, use))
      if (!isNew) throw new WeftError(dpsErrors['plane-token-invalid'], { detail: 'jti used before' })
    }
  } catch (error) {
    if (error instanceof WeftError && error.entry === dpsErrors['plane-token-invalid']) return undefined
    throw error
  }
  return {
    subject: plane.id,
    clientId: ownKeysCaller(plane.id),
    role: 'workload',
    participantContextId: null,
    scopes: [workloadRule.scope],
  }
}

/** Read before anything is proven, only to find the keys that prove it. */
function claimedSubject(token: string): string | undefined {
  try {
    return decodeJwt(token).sub
  } catch {
    return undefined
  }
}

function contextOf(request: FastifyRequest): ParticipantContextId | undefined {
  try {
    return participantContextId((request.params as { readonly participantContextId: string }).participantContextId)
  } catch {
    return undefined
  }
}

import { createHash } from 'node:crypto'
import { type ParticipantContextId, participantContextId } from '@weft/foundation/access'
import { WeftError } from '@weft/foundation/errors'
import { flowDirection, oauthErrors, type RenewedToken, verifyRenewalClient } from '@weft/protocols/dps'
import type { DidResolver, TrustRules } from '@weft/protocols/trust'
import {
  accessToken,
  type FlowRenewal,
  provesToken,
  readAccessToken,
  readRefreshToken,
  refreshToken,
} from './domain/access-token.ts'
import { type DataFlow, tokenLifetimeSeconds } from './domain/data-flow.ts'
import { type FlowParts, revokeTokens } from './flow-steps.ts'
import { readFlow, updateFlow } from './store/data-flows.ts'
import { noteToken } from './store/used-tokens.ts'
import type { TokenKeys } from './token-keys.ts'

export interface RenewalRequest {
  /** From the path. */
  readonly dataFlowId: string
  readonly refreshToken: string
  /** The bearer token of the request; empty where there is none. */
  readonly clientToken: string
}

export interface RenewalOptions extends FlowParts {
  readonly tokenKeys: TokenKeys
  readonly resolver: DidResolver
  readonly trust: TrustRules
}

/**
 * The provider's side of a renewal (4.8). The checks, in order: the refresh token is ours and of this flow; the flow is
 * running; the consumer itself asks (DPS-21, DPS-22); its request is no replay (DPS-17); the refresh token is the newest.
 * One that was used before ends every token of the flow (DPS-23): somebody else has it, and nobody can tell who.
 *
 * @throws `renewal.*`
 */
export async function renewFlowToken(options: RenewalOptions, request: RenewalRequest): Promise<RenewedToken> {
  const { renewal, contextId, key } = await checkRefreshToken(options, request)
  const flow = await options.database.tenant(contextId, (tx) => readFlow(tx, renewal.dataFlowId))
  requireRunning(flow, renewal)
  const client = await verifyRenewalClient(request.clientToken, {
    consumer: flow.counterparty,
    provider: flow.participant,
    isCurrent: (token) => isAccessTokenOf(token, flow, renewal, key),
    resolver: options.resolver,
    now: options.clock(),
    rules: options.trust,
  })
  const outcome = await options.database.tenant(contextId, async (tx) => {
    const now = new Date(options.clock())
    if (client.jti !== undefined) {
      const digest = createHash('sha256').update(request.clientToken).digest('base64url')
      const expiresAt = client.expiresAt ?? new Date(now.getTime() + tokenLifetimeSeconds * 1000)
      const seen = await noteToken(tx, { issuer: flow.counterparty, jti: client.jti, digest, expiresAt }, now)
      if (seen !== 'new') return 'replayed'
    }
    const current = await readFlow(tx, flow.id, true)
    requireRunning(current, renewal)
    if (current.renewals !== renewal.renewals) {
      await revokeTokens(options, tx, current, 'a refresh token was used twice: all tokens of the flow have ended')
      return 'reused'
    }
    const next = { ...current, renewals: current.renewals + 1 }
    await updateFlow(tx, next, now)
    return next
  })
  if (outcome === 'replayed') throw new WeftError(oauthErrors['invalid-client'], { detail: 'jti used before' })
  if (outcome === 'reused') throw new WeftError(oauthErrors['invalid-grant'], { detail: 'refresh token used before' })
  const family = { ...renewal, renewals: outcome.renewals }
  const expiresAt = Math.floor(options.clock() / 1000) + tokenLifetimeSeconds
  return {
    accessToken: accessToken({ ...family, expiresAt }, key),
    expiresIn: tokenLifetimeSeconds,
    refreshToken: refreshToken(family, key),
  }
}

async function checkRefreshToken(
  { tokenKeys }: RenewalOptions,
  request: RenewalRequest,
): Promise<{ renewal: FlowRenewal; contextId: ParticipantContextId; key: Uint8Array }> {
  const renewal = readRefreshToken(request.refreshToken)
  const contextId = renewal && contextOf(renewal)
  const key = contextId && (await tokenKeys.find(contextId))
  const isOurs = renewal && key && provesToken(request.refreshToken, key) && renewal.dataFlowId === request.dataFlowId
  if (!isOurs) throw new WeftError(oauthErrors['invalid-grant'])
  return { renewal, contextId, key }
}

/** DPS-26: suspended, completed and terminated flows have no tokens, neither old nor new. */
function requireRunning(flow: DataFlow | undefined, renewal: FlowRenewal): asserts flow is DataFlow {
  const isRunning = flow?.state === 'STARTED' && flow.role === 'provider' && flowDirection(flow.profile) === 'pull'
  if (!isRunning || flow.generation !== renewal.generation) throw new WeftError(oauthErrors['invalid-grant'])
}

/** The access token that goes with the refresh token, or the newest; it may have expired, but it must be of this flow. */
function isAccessTokenOf(token: string, flow: DataFlow, renewal: FlowRenewal, key: Uint8Array): boolean {
  const access = readAccessToken(token)
  return (
    access !== undefined &&
    provesToken(token, key) &&
    access.participantContextId === flow.participantContextId &&
    access.dataFlowId === flow.id &&
    access.generation === flow.generation &&
    (access.renewals === renewal.renewals || access.renewals === flow.renewals)
  )
}

function contextOf(renewal: FlowRenewal): ParticipantContextId | undefined {
  try {
    return participantContextId(renewal.participantContextId)
  } catch {
    return undefined
  }
}

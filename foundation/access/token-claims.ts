import type { JWTPayload } from 'jose'
import { requestErrors, WeftError } from '../errors/index.ts'
import { type Principal, parseScope, type Role } from './access-rule.ts'
import { type ParticipantContextId, participantContextId } from './participant-context.ts'

const roles: readonly Role[] = ['admin', 'provisioner', 'participant', 'workload']

/**
 * Who a verified token speaks for. Two claim models are read: with `role` (and `participant_context_id`), and without,
 * where `sub` is the participant context and a scope `<prefix>:admin` lifts the caller to an administrator of that API.
 * @throws `request.unauthenticated`
 */
export function principalFrom(payload: JWTPayload): Principal {
  const subject = text(payload, 'sub')
  const scopes = scopesOf(payload)
  const clientId = optionalText(payload, 'client_id') ?? optionalText(payload, 'azp') ?? subject
  if (payload.role === undefined) {
    const adminOf = scopes.flatMap((scope) => {
      const parsed = parseScope(scope)
      return parsed && parsed.resource === '*' && parsed.action === 'admin' ? [parsed.prefix] : []
    })
    const own = adminOf.length > 0 ? contextOrNull(subject) : contextOf(subject, 'sub')
    return { subject, clientId, role: 'participant', participantContextId: own, scopes, adminOf }
  }
  const role = roles.find((known) => known === payload.role)
  if (!role) throw refused('The token has a role that is not known here.')
  const own =
    role === 'participant'
      ? contextOf(optionalText(payload, 'participant_context_id') ?? subject, 'participant_context_id')
      : null
  return { subject, clientId, role, participantContextId: own, scopes }
}

function scopesOf(payload: JWTPayload): readonly string[] {
  return (optionalText(payload, 'scope') ?? '').split(' ').filter((scope) => scope !== '')
}

function text(payload: JWTPayload, claim: string): string {
  const value = optionalText(payload, claim)
  if (value === undefined || value === '') throw refused(`The token has no claim "${claim}".`)
  return value
}

function optionalText(payload: JWTPayload, claim: string): string | undefined {
  const value = payload[claim]
  if (value !== undefined && typeof value !== 'string') throw refused(`The token's claim "${claim}" is not a text.`)
  return value
}

function contextOf(value: string, claim: string): ParticipantContextId {
  const context = contextOrNull(value)
  if (!context) throw refused(`The token's claim "${claim}" names no participant context.`)
  return context
}

function contextOrNull(value: string): ParticipantContextId | null {
  try {
    return participantContextId(value)
  } catch {
    return null
  }
}

function refused(message: string): WeftError {
  return new WeftError(requestErrors.unauthenticated, { message })
}

import type { ParticipantContextId } from './participant-context.ts'

/** admin and provisioner are the operator's, participant is an organisation's machine client, workload is one of our own services. */
export type Role = 'admin' | 'provisioner' | 'participant' | 'workload'

/** Who is calling, as a verified access token says. */
export interface Principal {
  readonly subject: string
  readonly clientId: string
  readonly role: Role
  /** Set for participants: the only context they may touch. */
  readonly participantContextId: ParticipantContextId | null
  readonly scopes: readonly string[]
  /**
   * Prefixes of the APIs whose administrator the caller is, for tokens without a role claim (their model says it by a
   * scope `<prefix>:admin`). Absent for tokens with a role: there only the role makes an administrator.
   */
  readonly adminOf?: readonly string[]
}

/** What a route demands. Every route declares one; a route without is refused when it is registered. */
export type AccessRule =
  /** Public information without a caller: did.json, version endpoint, health, OpenAPI. */
  | { readonly kind: 'open' }
  /** Authenticates by the protocol's own means, inside the handler. */
  | { readonly kind: 'protocol'; readonly protocol: 'dsp' | 'dcp' | 'dps' | 'data' | 'oauth' }
  /** A bearer token with one of the roles and, save for admin, a scope that covers `scope`. */
  | {
      readonly kind: 'token'
      readonly scope: string
      readonly roles: readonly Role[]
      /** The path parameter that names the context; a participant's token passes only for its own (others: 403 as for unknown ids). */
      readonly owner?: string
    }

const strength: Readonly<Record<string, number>> = { read: 1, write: 2, admin: 3 }

/**
 * Whether a granted scope covers a required one: `prefix:action` or `prefix:resource:action`, resource `*` or absent
 * covers all, `admin` covers `write` covers `read`. A malformed scope covers nothing.
 */
export function scopeAllows(granted: string, required: string): boolean {
  const have = parseScope(granted)
  const want = parseScope(required)
  if (!have || !want || have.prefix !== want.prefix) return false
  return (have.resource === '*' || have.resource === want.resource) && have.strength >= want.strength
}

/** The parts of a scope, or undefined when it is malformed. */
export function parseScope(
  text: string,
):
  | { readonly prefix: string; readonly resource: string; readonly action: string; readonly strength: number }
  | undefined {
  const parts = text.split(':')
  const [prefix, second, third] = parts
  if (!prefix || !second || parts.length > 3) return undefined
  const action = (third ?? second).toLowerCase()
  const rank = Object.hasOwn(strength, action) ? strength[action] : undefined
  if (rank === undefined) return undefined
  return { prefix, resource: third === undefined ? '*' : second, action, strength: rank }
}

type TokenRule = Extract<AccessRule, { kind: 'token' }>

/** Whether the caller is an administrator as far as this rule goes: by role, or by the scope of its API. */
export function actsAsAdmin(principal: Principal, rule: TokenRule): boolean {
  if (principal.role === 'admin') return true
  const prefix = parseScope(rule.scope)?.prefix
  return prefix !== undefined && principal.adminOf?.includes(prefix) === true
}

/** Whether role and scopes satisfy the rule; ownership is checked by the server, which knows the path. */
export function principalAllows(principal: Principal, rule: TokenRule): boolean {
  if (rule.roles.includes('admin') && actsAsAdmin(principal, rule)) return true
  if (principal.role === 'admin' || !rule.roles.includes(principal.role)) return false
  return principal.scopes.some((scope) => scopeAllows(scope, rule.scope))
}

/**
 * Whether the caller may touch the context that the path names: a participant only its own, others by their role.
 * Deciding needs no lookup, so that existing and unknown contexts are answered alike.
 */
export function ownsContext(principal: Principal, rule: TokenRule, context: string): boolean {
  if (principal.role !== 'participant') return true
  if (rule.roles.includes('admin') && actsAsAdmin(principal, rule)) return true
  return principal.participantContextId === context
}

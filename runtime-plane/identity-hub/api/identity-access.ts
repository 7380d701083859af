import type { AccessRule, Role } from '@weft/foundation/access'
import { requestErrors, WeftError } from '@weft/foundation/errors'

/** Participants do not make, switch or remove contexts: that is the operator's. */
export const operators: readonly Role[] = ['admin', 'provisioner', 'workload']
/** The operator's machines have no business with what a participant holds. */
export const owners: readonly Role[] = ['admin', 'participant']
export const everybody: readonly Role[] = ['admin', 'provisioner', 'participant', 'workload']

/** For routes across contexts. */
export function access(scope: string, roles: readonly Role[]): { readonly access: AccessRule } {
  return { access: { kind: 'token', scope, roles } }
}

/** For routes of one context, which a participant must own. */
export function ownAccess(scope: string, roles: readonly Role[]): { readonly access: AccessRule } {
  return { access: { kind: 'token', scope, roles, owner: 'participantContextId' } }
}

/** @throws `request.not-found` */
export function found<T>(thing: T | undefined): T {
  if (thing === undefined) throw new WeftError(requestErrors['not-found'])
  return thing
}

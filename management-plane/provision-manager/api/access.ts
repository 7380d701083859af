import type { AccessRule } from '@weft/foundation/access'

/** For looking: every GET and every query. */
export const mayRead: AccessRule = {
  kind: 'token',
  scope: 'provision-manager-api:read',
  roles: ['admin', 'provisioner'],
}

/** For changing: everything else. */
export const mayWrite: AccessRule = {
  kind: 'token',
  scope: 'provision-manager-api:write',
  roles: ['admin', 'provisioner'],
}

import { participantContextId, type Role, type TokenVerifier } from '@weft/foundation/access'
import { requestErrors, WeftError } from '@weft/foundation/errors'

/** Stands in for an identity provider: a token is `<role>.<scope>~<scope>` in base64url. */
export const fakeTokenVerifier: TokenVerifier = {
  verify: async (token) => {
    const [role, scopes = ''] = Buffer.from(token, 'base64url').toString().split('.')
    if (!role) throw new WeftError(requestErrors.unauthenticated)
    return {
      subject: role,
      clientId: role,
      role: role as Role,
      participantContextId: role === 'participant' ? participantContextId('some-context') : null,
      scopes: scopes.split('~'),
    }
  },
}

/** A token that the fake verifier takes. */
export function fakeToken(role: Role, ...scopes: readonly string[]): string {
  return Buffer.from(`${role}.${scopes.join('~')}`).toString('base64url')
}

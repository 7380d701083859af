import { createWorkloadTokens } from '@weft/foundation/access'
import type { PlatformRoute } from '../platform/all-routes.ts'
import type { TradingPlatform } from '../platform/trading-platform.ts'
import { isForm, type TokenKind } from './fuzz-request.ts'

/** The tokens that requests carry: real ones, made as our own services make them, and broken ones. */
export interface FuzzTokens {
  /** The Authorization header; undefined for none. */
  headerFor(route: PlatformRoute, kind: TokenKind): Promise<string | undefined>
}

const memberScope = 'org.eclipse.dspace.dcp.vc.type:MembershipCredential:read'

export async function createFuzzTokens(trading: TradingPlatform, stsUrl: string): Promise<FuzzTokens> {
  const { platform, administrator, consumer, provider, outbound } = trading
  const tokenUrl = `${platform.identityProvider.publicUrl}/token`
  const take = (client: { clientId: string; clientSecret: string }) =>
    createWorkloadTokens({ ...client, tokenUrl, outbound })
  const clientOf = async (clientId: string) =>
    (await administrator.identityProvider.call('POST /clients/{clientId}/secret', { path: { clientId } })).body
  await administrator.identityProvider.call('PUT /clients/{clientId}', {
    path: { clientId: 'fuzz-workload' },
    body: {
      role: 'workload',
      scopes: ['sts:tokens:write', 'signaling:dataflow:write', 'management-api:admin', 'identity-api:admin'],
    },
  })
  const admin = take(platform.admin)
  const workload = take(await clientOf('fuzz-workload'))
  const participant = take(await clientOf(`${consumer.participantContextId}-api`))

  /** A self-issued token of one participant for another (DCP 3.3). */
  const selfIssued = async (from: string, to: string, more: Record<string, string>): Promise<string> => {
    const answer = await outbound.send({
      method: 'POST',
      url: stsUrl,
      headers: { authorization: `Bearer ${await workload.token()}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', client_id: from, audience: to, ...more }),
      purpose: 'test.fuzz',
    })
    const body = answer.status === 200 ? (answer.json() as { access_token?: string }) : {}
    return body.access_token ?? 'e30.e30.e30'
  }
  const forProtocol = async (route: PlatformRoute): Promise<string> => {
    if (!route.url.includes('/presentations/query'))
      return selfIssued(consumer.did, provider.did, { bearer_access_scope: memberScope })
    // What the provider would send to the consumer's credential service after a message of the consumer.
    const carrier = await selfIssued(consumer.did, provider.did, { bearer_access_scope: memberScope })
    return selfIssued(provider.did, consumer.did, { token: tokenClaim(carrier) })
  }
  const proper = async (route: PlatformRoute): Promise<string> => {
    const { access } = route
    if (access.kind === 'token') {
      if (access.roles.includes('participant')) return participant.token()
      return access.roles.includes('admin') ? admin.token() : workload.token()
    }
    return isForm(route) ? workload.token() : forProtocol(route)
  }
  return {
    headerFor: async (route, kind) => {
      if (kind === 'none' || route.access.kind === 'open') return undefined
      if (kind === 'unsigned') return `Bearer ${unsigned(provider.did)}`
      if (kind === 'other-role') return `Bearer ${await workload.token()}`
      if (kind === 'wrong-audience') return `Bearer ${await selfIssued(consumer.did, 'did:web:elsewhere.example', {})}`
      const token = await proper(route)
      return `Bearer ${kind === 'mangled' ? token.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')) : token}`
    },
  }
}

function tokenClaim(jwt: string): string {
  const payload = JSON.parse(Buffer.from(jwt.split('.')[1] ?? 'e30', 'base64url').toString()) as { token?: string }
  return payload.token ?? 'e30.e30.e30'
}

function unsigned(did: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const now = Math.floor(Date.now() / 1000)
  return `${part({ alg: 'none', kid: `${did}#x` })}.${part({ iss: did, sub: did, aud: did, iat: now, exp: now + 60, jti: 'x' })}.`
}

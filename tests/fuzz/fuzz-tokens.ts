import { createWorkloadTokens } from '@weft/foundation/access'
import type { TradingPlatform } from '../platform/trading-platform.ts'
import { type FuzzRequest, isIssuers, issuerContext } from './fuzz-request.ts'

/** The tokens that requests carry: real ones, made as our own services make them, and broken ones. */
export interface FuzzTokens {
  /** The Authorization header; undefined for none. */
  headerFor(request: FuzzRequest): Promise<string | undefined>
}

const memberScope = ['ParticipantCredential', 'MembershipCredential']
  .map((type) => `org.eclipse.dspace.dcp.vc.type:${type}:read`)
  .join(' ')

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
  const issuer = `did:web:${new URL(platform.governance.publicUrl).host.replace(':', '%3A')}:${issuerContext}`
  const scopes = { bearer_access_scope: memberScope }
  /** From the other participant, for the one in the path. */
  const forProtocol = async ({ route, path }: FuzzRequest): Promise<string> => {
    if (isIssuers(route)) return selfIssued(consumer.did, issuer, scopes)
    const [from, to] = path.includes(consumer.participantContextId)
      ? [provider.did, consumer.did]
      : [consumer.did, provider.did]
    if (!route.url.includes('/presentations/query')) return selfIssued(from, to, scopes)
    // What the other one would send to this one's credential service after a message of this one.
    return selfIssued(from, to, { token: tokenClaim(await selfIssued(to, from, scopes)) })
  }
  const proper = async (request: FuzzRequest): Promise<string> => {
    const { route } = request
    const { access } = route
    if (access.kind === 'token') {
      if (access.roles.includes('participant')) return participant.token()
      return access.roles.includes('admin') ? admin.token() : workload.token()
    }
    return access.kind === 'protocol' && ['oauth', 'dps'].includes(access.protocol)
      ? workload.token()
      : forProtocol(request)
  }
  return {
    headerFor: async (request) => {
      const { route, token: kind } = request
      if (kind === 'none' || route.access.kind === 'open') return undefined
      if (kind === 'unsigned') return `Bearer ${unsigned(provider.did)}`
      if (kind === 'other-role') return `Bearer ${await workload.token()}`
      if (kind === 'wrong-audience') return `Bearer ${await selfIssued(consumer.did, 'did:web:elsewhere.example', {})}`
      const token = await proper(request)
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

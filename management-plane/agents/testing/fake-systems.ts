import { type FakeSystem, type ReceivedCall, startFakeSystem } from './fake-system.ts'

/** Gives tokens that name their client, and takes clients; the secret of a new one is in its answer. */
export function startFakeIdentityProvider(): Promise<FakeSystem> {
  return startFakeSystem(({ path, authorization, body }) => {
    if (path !== '/token') return { status: 201, body: { ...(body as object), clientSecret: 'canary-secret' } }
    const [clientId] = Buffer.from(authorization?.slice('Basic '.length) ?? '', 'base64')
      .toString()
      .split(':')
    return { status: 200, body: { access_token: `token-of-${clientId}`, expires_in: 600, token_type: 'Bearer' } }
  })
}

export function startFakeVault(): Promise<FakeSystem> {
  return startFakeSystem(() => ({ status: 204 }))
}

export function startFakeControlPlane(): Promise<FakeSystem> {
  return startFakeSystem(({ path }) => (path.endsWith('/profiles') ? { status: 204 } : { status: 200, body: {} }))
}

export function startFakeIssuerService(): Promise<FakeSystem> {
  return startFakeSystem(() => ({ status: 201 }))
}

export function startFakeDataPlane(): Promise<FakeSystem> {
  return startFakeSystem(() => ({ status: 204 }))
}

export interface FakeIdentityHub extends FakeSystem {
  /** What a look at a credential request shows from now on; `ISSUED` at first. */
  issuance: { status: string; error?: { code: string; reason: string } }
}

/** Takes participants and credential requests; a request is known once it was made, and has the status of `issuance`. */
export async function startFakeIdentityHub(): Promise<FakeIdentityHub> {
  const requests = new Set<string>()
  const state = { issuance: { status: 'ISSUED' } }
  const system = await startFakeSystem((call) => {
    if (!call.path.includes('/credentials/request')) return { status: 200, body: { clientSecret: 'canary-secret' } }
    if (call.method === 'POST') {
      requests.add(holderPidOf(call))
      return { status: 201 }
    }
    const known = requests.has(call.path.split('/').at(-1) ?? '')
    return known
      ? { status: 200, body: state.issuance }
      : { status: 404, body: [{ message: 'none', code: 'request.not-found' }] }
  })
  return Object.assign(state, system)
}

function holderPidOf({ body }: ReceivedCall): string {
  return typeof body === 'object' && body !== null && 'holderPid' in body ? String(body.holderPid) : ''
}

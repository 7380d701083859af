import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Principal, Role, TokenVerifier } from '@weft/foundation/access'
import { requestErrors, WeftError } from '@weft/foundation/errors'

export interface TestServer {
  readonly url: string
  close(): Promise<void>
}

/** A real HTTP server on a free port of the loopback interface. */
export async function serve(listener: RequestListener): Promise<TestServer> {
  const server: Server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A token that the fake verifier reads: who it is for, in which role, with which scopes. */
export function fakeToken(role: Role, clientId: string, ...scopes: readonly string[]): string {
  return `Bearer ${Buffer.from(JSON.stringify({ role, clientId, scopes })).toString('base64url')}`
}

/** Stands in for an identity provider's signatures: takes every token of `fakeToken` at its word. */
export const fakeTokenVerifier: TokenVerifier = {
  verify: async (token): Promise<Principal> => {
    try {
      const { role, clientId, scopes } = JSON.parse(Buffer.from(token, 'base64url').toString()) as Principal
      return { subject: clientId, clientId, role, participantContextId: null, scopes }
    } catch (cause) {
      throw new WeftError(requestErrors.unauthenticated, { cause })
    }
  },
}

export interface Registered {
  readonly method: string
  readonly path: string
  readonly authorization: string | undefined
  readonly body: unknown
}

/** Stands in for the control plane's registration endpoint and for the identity provider's token endpoint. */
export class FakeControlPlane {
  readonly registered: Registered[] = []
  /** Status of the answers to registrations and reports. */
  status = 200
  /** Makes the client tokens of the token service of an identity hub. */
  sts: (form: URLSearchParams) => Promise<string> = async () => 'of-the-participant'

  readonly listener: RequestListener = (request, response) => {
    void this.#answer(request).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(body)
    })
  }

  /** Reports about a flow, oldest first: `prepared`, `started`, `completed`, `errored`. */
  reportsOf(flowId: string): readonly { readonly report: string; readonly body: ReturnType<typeof JSON.parse> }[] {
    return this.registered.flatMap(({ path, body }) => {
      const [, id, report] = /\/transfers\/([^/]+)\/dataflow\/([a-z]+)$/.exec(path) ?? []
      return id === flowId && report !== undefined ? [{ report, body }] : []
    })
  }

  async #answer(request: IncomingMessage): Promise<{ status: number; body: string }> {
    const text = await textOf(request)
    if (request.url === '/token') {
      return { status: 200, body: JSON.stringify({ access_token: 'of-the-data-plane', expires_in: 300 }) }
    }
    if (request.url === '/sts/token') {
      const token = await this.sts(new URLSearchParams(text))
      return { status: 200, body: JSON.stringify({ access_token: token, expires_in: 300 }) }
    }
    const { authorization } = request.headers
    const body: unknown = text === '' ? undefined : JSON.parse(text)
    this.registered.push({ method: request.method ?? '', path: request.url ?? '', authorization, body })
    return { status: this.status, body: '{}' }
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

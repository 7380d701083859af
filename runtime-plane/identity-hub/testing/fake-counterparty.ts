import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  buildCredentialMessage,
  type CredentialDelivery,
  type CredentialRequest,
  createSelfIssuedToken,
  parseCredentialRequest,
} from '@weft/protocols/dcp'
import {
  buildDidDocument,
  type CredentialProfile,
  type Did,
  didWeb,
  generateSigningKey,
  issueCredential,
  type SigningKey,
  type StatusEntry,
} from '@weft/protocols/trust'

/** Stands for another party of the dataspace: publishes a DID document and signs with its own key. */
export interface FakeParty {
  readonly did: Did
  readonly key: SigningKey
  /** A self-issued token for `audience`. */
  token(audience: Did, accessToken?: string): Promise<string>
}

/** What the fake issuer answers to a credential request. */
type IssuerAnswer = { readonly status: number; readonly headers?: Readonly<Record<string, string>> }

/**
 * Stands for verifiers and for the issuer service, which cannot run inside this package: serves their DID documents,
 * records credential requests and answers them as the test says. Delivers nothing by itself.
 */
export interface FakeCounterparties {
  readonly origin: string
  party(name: string): Promise<FakeParty>
  /** Publishes any document under a name, as a customer does who hosts its own. Undefined takes it away. */
  publish(name: string, document: object | undefined): void
  /** Serves a text at a path, or 404 once it is undefined. Returns its URL. */
  serve(path: string, text: string | undefined, contentType?: string): string
  /** How often a path that is served was asked for. */
  timesAsked(path: string): number
  /** A party with an IssuerService; each request is handed to `answer` before it is answered. */
  issuer(name: string, answer?: (request: CredentialRequest) => Promise<IssuerAnswer>): Promise<FakeIssuer>
  stop(): Promise<void>
}

export interface FakeIssuer extends FakeParty {
  /** Requests that came, in order. */
  readonly requests: readonly CredentialRequest[]
  /** A signed credential of one type for a holder. */
  credential(holder: Did, type: string, changes?: CredentialChanges): Promise<string>
}

export interface CredentialChanges {
  readonly validFrom?: Date
  readonly validUntil?: Date
  readonly id?: string
  readonly profile?: CredentialProfile
  readonly status?: readonly StatusEntry[]
}

export async function startFakeCounterparties(): Promise<FakeCounterparties> {
  const documents = new Map<string, object>()
  const issuers = new Map<string, (request: CredentialRequest) => Promise<IssuerAnswer>>()

  const server = createServer((incoming, answer) => {
    respond(incoming, answer).catch(() => answer.writeHead(500).end())
  })
  const texts = new Map<string, { readonly text: string; readonly contentType: string }>()
  const asked = new Map<string, number>()
  const respond = async (incoming: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const served = texts.get(incoming.url ?? '')
    if (served) {
      asked.set(incoming.url ?? '', (asked.get(incoming.url ?? '') ?? 0) + 1)
      answer.writeHead(200, { 'content-type': served.contentType }).end(served.text)
      return
    }
    const [, name = '', resource = ''] = (incoming.url ?? '').split('/')
    const document = documents.get(name)
    const issuer = issuers.get(name)
    if (resource === 'did.json' && document) {
      answer.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document))
    } else if (resource === 'credentials' && issuer && incoming.method === 'POST') {
      const { status, headers } = await issuer(parseCredentialRequest(JSON.parse(await textOf(incoming))))
      answer.writeHead(status, headers).end()
    } else {
      answer.writeHead(404).end()
    }
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const publish = async (name: string): Promise<FakeParty> => {
    const did = didWeb(origin, name)
    const generated = await generateSigningKey()
    const key = { kid: `${did}#key-1`, privateJwk: generated.privateJwk }
    const service = { id: `${did}#issuer`, type: 'IssuerService', serviceEndpoint: `${origin}/${name}` }
    const services = issuers.has(name) ? [service] : []
    documents.set(name, buildDidDocument({ did, keys: [{ kid: key.kid, publicJwk: generated.publicJwk }], services }))
    const token = async (audience: Did, accessToken?: string): Promise<string> => {
      const issued = await createSelfIssuedToken({
        did,
        audience,
        key,
        clock: Date.now,
        ...(accessToken !== undefined && { accessToken }),
      })
      return issued.token
    }
    return { did, key, token }
  }

  return {
    origin,
    party: publish,
    publish: (name, document) => {
      if (document) documents.set(name, document)
      else documents.delete(name)
    },
    serve: (path, text, contentType = 'application/json') => {
      if (text === undefined) texts.delete(path)
      else texts.set(path, { text, contentType })
      return origin + path
    },
    timesAsked: (path) => asked.get(path) ?? 0,
    issuer: async (name, answer = accept) => {
      const requests: CredentialRequest[] = []
      issuers.set(name, async (request) => {
        requests.push(request)
        return await answer(request)
      })
      const party = await publish(name)
      return {
        ...party,
        requests,
        credential: async (holder, type, changes = {}) =>
          await issueCredential(
            {
              profile: 'vc11-sl2021/jwt',
              id: `urn:uuid:${randomUUID()}`,
              issuer: party.did,
              types: [type],
              subject: { id: holder, claims: { level: 'gold' } },
              validFrom: new Date(Date.now() - 60_000),
              validUntil: new Date(Date.now() + 3_600_000),
              ...changes,
            },
            party.key,
          ),
      }
    },
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function accept(): Promise<IssuerAnswer> {
  return { status: 201, headers: { location: `requests/${randomUUID()}` } }
}

/** Posts a credential message as an issuer would, with a fresh token. */
export async function deliver(
  issuer: FakeParty,
  holder: { readonly did: Did; readonly credentialService: string },
  delivery: CredentialDelivery,
): Promise<Response> {
  return await fetch(`${holder.credentialService}/credentials`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await issuer.token(holder.did)}`, 'content-type': 'application/json' },
    body: JSON.stringify(buildCredentialMessage(delivery)),
  })
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

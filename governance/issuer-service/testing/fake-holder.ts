import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { toWeftError } from '@weft/foundation/errors'
import {
  type CredentialDelivery,
  type CredentialOffer,
  createSelfIssuedToken,
  parseCredentialMessage,
  parseCredentialOffer,
  type VerifiedToken,
  verifyDeliveredCredential,
  verifySelfIssuedToken,
} from '@weft/protocols/dcp'
import {
  buildDidDocument,
  type Did,
  type DidResolver,
  didWeb,
  generateSigningKey,
  type Relationship,
  type SigningKey,
  signJwt,
  type VerifiableCredential,
} from '@weft/protocols/trust'

export interface ReceivedDelivery {
  readonly delivery: CredentialDelivery
  readonly sender: VerifiedToken
  /** Verified as a holder does before it stores (DCP-40). */
  readonly credentials: readonly VerifiableCredential[]
}

/**
 * Stands in for a participant with a hub: publishes a DID document, signs its tokens, and takes deliveries at its
 * credential service after the checks that a holder makes. Nothing is kept but what arrived.
 */
export class FakeHolder {
  readonly did: Did
  readonly key: SigningKey
  readonly received: ReceivedDelivery[] = []
  /** Deliveries that passed the checks, those among them that were answered with a fault too. */
  readonly attempts: ReceivedDelivery[] = []
  /** Offers that passed the checks and were answered 2xx. */
  readonly offers: CredentialOffer[] = []
  /** Status of the next answers to deliveries and offers; the last one stays. */
  answers: number[] = [200]
  /** Faults of deliveries that were refused by the checks. */
  readonly faults: unknown[] = []
  readonly origin: string
  #resolver: DidResolver | undefined
  #clock: () => number = Date.now
  readonly #close: () => Promise<void>

  private constructor(origin: string, did: Did, key: SigningKey, close: () => Promise<void>) {
    this.origin = origin
    this.did = did
    this.key = key
    this.#close = close
  }

  /** `relationships` are those that its DID document lists its key under; all of them when absent. */
  static async open(name: string, relationships?: readonly Relationship[]): Promise<FakeHolder> {
    let holder: FakeHolder | undefined
    let document = ''
    const server = createServer((request, response) => {
      if (request.url === `/${name}/did.json`) {
        response.writeHead(200, { 'content-type': 'application/json' }).end(document)
      } else if (request.url === '/credentials' && holder) {
        void holder.#take(request, response)
      } else if (request.url === '/offers' && holder) {
        void holder.#takeOffer(request, response)
      } else response.writeHead(404).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const origin = `http://localhost:${(server.address() as AddressInfo).port}`
    const did = didWeb(origin, name)
    const { privateJwk, publicJwk } = await generateSigningKey()
    const kid = `${did}#key-1`
    const services = [{ id: `${did}#cs`, type: 'CredentialService', serviceEndpoint: origin }]
    const key = { kid, publicJwk, ...(relationships === undefined ? {} : { relationships }) }
    document = JSON.stringify(buildDidDocument({ did, keys: [key], services }))
    holder = new FakeHolder(origin, did, { kid, privateJwk }, async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    })
    return holder
  }

  /** Gives the holder the means to check what arrives, and the time. */
  trust(resolver: DidResolver, clock: () => number): void {
    this.#resolver = resolver
    this.#clock = clock
  }

  /** A fresh self-issued token, with the access token in it where one is given. */
  async token(audience: Did, accessToken?: string): Promise<string> {
    const { did, key } = this
    const more = accessToken === undefined ? {} : { accessToken }
    return (await createSelfIssuedToken({ did, audience, key, clock: this.#clock, ...more })).token
  }

  /** A token with claims of any kind, signed as the holder signs, or with another key. */
  forge(claims: Readonly<Record<string, unknown>>, key: SigningKey = this.key): Promise<string> {
    const now = Math.floor(this.#clock() / 1000)
    const { did } = this
    return signJwt({ iss: did, sub: did, jti: randomUUID(), iat: now, exp: now + 300, ...claims }, key)
  }

  close(): Promise<void> {
    return this.#close()
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await this.#answer(response, async (status) => {
      const received = await this.#check(request, await bodyOf(request))
      this.attempts.push(received)
      if (status < 300) this.received.push(received)
    })
  }

  async #takeOffer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await this.#answer(response, async (status) => {
      const offer = parseCredentialOffer(await bodyOf(request))
      const sender = await this.#sender(request)
      if (sender.did !== offer.issuer) throw new Error('the offer is of somebody else')
      if (status < 300) this.offers.push(offer)
    })
  }

  async #answer(response: ServerResponse, take: (status: number) => Promise<void>): Promise<void> {
    const status = (this.answers.length > 1 ? this.answers.shift() : this.answers[0]) ?? 200
    try {
      await take(status)
      response.writeHead(status).end()
    } catch (error) {
      this.faults.push(error)
      const { status: refusal } = toWeftError(error)
      response.writeHead(refusal < 500 ? refusal : 400).end()
    }
  }

  async #sender(request: IncomingMessage): Promise<VerifiedToken> {
    if (!this.#resolver) throw new Error('the holder was given no resolver')
    const token = (request.headers.authorization ?? '').replace(/^Bearer /, '')
    const replay = { claim: async () => true }
    return verifySelfIssuedToken(token, {
      audience: this.did,
      resolver: this.#resolver,
      replay,
      clock: this.#clock,
    })
  }

  async #check(request: IncomingMessage, body: unknown): Promise<ReceivedDelivery> {
    if (!this.#resolver) throw new Error('the holder was given no resolver')
    const [resolver, clock] = [this.#resolver, this.#clock]
    const sender = await this.#sender(request)
    const delivery = parseCredentialMessage(body)
    const containers = delivery.status === 'ISSUED' ? delivery.credentials : []
    const credentials = await Promise.all(
      containers.map((container) =>
        verifyDeliveredCredential(container, { issuer: sender.did, holder: this.did, resolver, clock }),
      ),
    )
    return { delivery, sender, credentials }
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString())
}

import { randomUUID } from 'node:crypto'
import {
  buildPresentationResponse,
  chooseCredentials,
  createAccessToken,
  createPresentation,
  createSelfIssuedToken,
  parsePresentationQuery,
  verifyAccessToken,
  verifySelfIssuedToken,
} from '@weft/protocols/dcp'
import {
  buildDidDocument,
  type Clock,
  createDidResolver,
  createStatusBits,
  type Did,
  didWeb,
  encodeStatusBits,
  type GeneratedKey,
  generateSigningKey,
  issueCredential,
  issueStatusListCredential,
  parseCredential,
  type SigningKey,
  writeStatusBit,
} from '@weft/protocols/trust'
import { type FakeAnswer, type FakeRequest, type FakeServer, startFakeServer } from './fake-server.ts'

interface Holder {
  readonly did: Did
  readonly key: SigningKey
  readonly generated: GeneratedKey
  readonly credentials: string[]
  bare?: boolean
  dataService?: string
}

/** Stands in for identity hub and issuer: DID documents, token service, credential service, a status list; nothing stored. */
export interface FakeIdentityHub {
  readonly url: string
  readonly stsUrl: string
  readonly issuer: Did
  /** Makes a participant; its DID is below this hub. */
  addHolder(name: string): Promise<Did>
  /** Issues a credential, and gives back its index in the status list. */
  issue(holder: Did, type: string, claims?: Readonly<Record<string, unknown>>, by?: Did): Promise<number>
  /** Makes a second issuer, whom nobody trusts. */
  addIssuer(name: string): Promise<Did>
  revoke(index: number): void
  /** From now on the holder presents no credential of the type. */
  withhold(holder: string, type: string): void
  /** The holder's DID document lists its key under no verification relationship, as stock EDC hubs have it. */
  withoutRelationships(holder: string): void
  /** A token as the token service gives it to the participant itself. */
  tokenFor(sender: Did, audience: Did, scopes: readonly string[]): Promise<string>
  /** The holder's DID document says where it speaks DSP. */
  announce(holder: string, versionUrl: string): void
  /** How often the credential service was asked since the last call. */
  takeQueryCount(): number
  /** While true, the credential service answers 503. */
  unavailable: boolean
  close(): Promise<void>
}

/** @param clock of tokens and presentations */
export async function startFakeIdentityHub(clock: Clock = Date.now): Promise<FakeIdentityHub> {
  const holders = new Map<Did, Holder>()
  const bits = createStatusBits()
  let nextIndex = 0
  let queries = 0
  let base = ''
  const used = new Set<string>()
  const resolver = createDidResolver({
    clock,
    fetchDocument: async (url) => {
      const holder = [...holders.values()].find((one) => url.endsWith(`${nameOf(one.did)}/did.json`))
      return holder ? { status: 200, body: JSON.stringify(documentOf(holder)) } : { status: 404, body: '' }
    },
  })

  const documentOf = (holder: Holder) => ({
    ...buildDidDocument({
      did: holder.did,
      keys: [{ kid: holder.key.kid, publicJwk: holder.generated.publicJwk }],
      services: [
        {
          id: `${holder.did}#cs`,
          type: 'CredentialService',
          serviceEndpoint: `${base}/credentials/${nameOf(holder.did)}`,
        },
        ...(holder.dataService === undefined
          ? []
          : [{ id: `${holder.did}#dsp`, type: 'DataService', serviceEndpoint: holder.dataService }]),
      ],
    }),
    ...(holder.bare ? { authentication: [], assertionMethod: [], capabilityInvocation: [] } : {}),
  })

  const addHolder = async (name: string): Promise<Did> => {
    const did = didWeb(base, name)
    const generated = await generateSigningKey()
    const key = { kid: `${did}#key-1`, privateJwk: generated.privateJwk }
    holders.set(did, { did, key, generated, credentials: [] })
    return did
  }
  const holderOf = (did: Did): Holder => {
    const holder = holders.get(did)
    if (!holder) throw new Error(`${did} is not at the fake identity hub`)
    return holder
  }

  const tokenFor = async (sender: Did, audience: Did, scopes: readonly string[]): Promise<string> => {
    const { key } = holderOf(sender)
    const access =
      scopes.length === 0
        ? undefined
        : await createAccessToken({ holder: sender, verifier: audience, scopes, key, clock })
    const token = await createSelfIssuedToken({
      did: sender,
      audience,
      key,
      clock,
      ...(access === undefined ? {} : { accessToken: access.token }),
    })
    return token.token
  }

  const tokenOf = async (form: Readonly<Record<string, string>>): Promise<object> => {
    const sender = holderOf(form.client_id as Did)
    const audience = form.audience as Did
    const scopes = (form.bearer_access_scope ?? '').split(' ').filter((scope) => scope !== '')
    const token =
      form.token === undefined
        ? await tokenFor(sender.did, audience, scopes)
        : (await createSelfIssuedToken({ did: sender.did, audience, key: sender.key, clock, accessToken: form.token }))
            .token
    return { access_token: token, expires_in: 300, token_type: 'Bearer' }
  }
  const sts = async (request: FakeRequest): Promise<FakeAnswer> => {
    const { requests } = JSON.parse(request.text) as { requests: Record<string, string>[] }
    return { status: 200, body: { tokens: await Promise.all(requests.map(tokenOf)) } }
  }

  const query = async (request: FakeRequest, name: string): Promise<FakeAnswer> => {
    queries += 1
    if (hub.unavailable) return { status: 503, body: {} }
    const holder = [...holders.values()].find((one) => nameOf(one.did) === name)
    if (!holder) return { status: 404, body: {} }
    const asked = await verifySelfIssuedToken((request.headers.authorization ?? '').replace('Bearer ', ''), {
      audience: holder.did,
      resolver,
      clock,
      replay: { claim: async (use) => !used.has(use.jti) && used.add(use.jti) !== undefined },
    })
    const granted = await verifyAccessToken(asked.accessToken, {
      holder: holder.did,
      verifier: asked.did,
      clock,
      holderKey: async (kid) => (kid === holder.key.kid ? holder.generated.publicJwk : undefined),
    })
    const { scopes } = parsePresentationQuery(JSON.parse(request.text))
    const held = holder.credentials.map((text) => ({ text, ...parseCredential(text) }))
    const chosen = chooseCredentials(held, scopes, granted.scopes)
    const presentation = await createPresentation({
      holder: holder.did,
      audience: asked.did,
      credentials: chosen.map((one) => one.text),
      key: holder.key,
      clock,
    })
    return { status: 200, body: buildPresentationResponse(chosen.length === 0 ? [] : [presentation]) }
  }

  const statusList = async (): Promise<FakeAnswer> => {
    const issuer = holderOf(hub.issuer)
    const url = `${base}/statuslist/1`
    const body = await issueStatusListCredential(
      {
        kind: 'BitstringStatusList',
        url,
        issuer: issuer.did,
        purpose: 'revocation',
        bits,
        validFrom: new Date(clock() - 1000),
      },
      issuer.key,
    )
    return { status: 200, body, headers: { 'content-type': 'application/vc+jwt' } }
  }

  const server: FakeServer = await startFakeServer(async (request) => {
    const name = /^\/credentials\/([^/]+)\/presentations\/query$/.exec(request.path)?.[1]
    if (name !== undefined) return query(request, name)
    if (request.path === '/sts/tokens') return sts(request)
    if (request.path === '/statuslist/1') return statusList()
    const holder = [...holders.values()].find((one) => request.path === `/${nameOf(one.did)}/did.json`)
    return holder ? { status: 200, body: documentOf(holder) } : { status: 404, body: {} }
  })
  base = server.url
  const hub: FakeIdentityHub = {
    url: base,
    stsUrl: `${base}/sts/tokens`,
    issuer: await addHolder('issuer'),
    addHolder,
    addIssuer: addHolder,
    issue: async (did, type, claims = {}, by = hub.issuer) => {
      const holder = holderOf(did)
      const index = nextIndex
      nextIndex += 1
      const credential = await issueCredential(
        {
          profile: 'vc11-sl2021/jwt',
          id: `urn:uuid:${randomUUID()}`,
          issuer: by,
          types: [type],
          subject: { id: did, claims },
          validFrom: new Date(clock() - 60_000),
          validUntil: new Date(clock() + 86_400_000),
          status: [{ kind: 'BitstringStatusList', purpose: 'revocation', index, listUrl: `${base}/statuslist/1` }],
        },
        holderOf(by).key,
      )
      holder.credentials.push(credential)
      return index
    },
    revoke: (index) => writeStatusBit(bits, index, true),
    withhold: (did, type) => {
      const holder = holderOf(did as Did)
      const kept = holder.credentials.filter((text) => !parseCredential(text).types.includes(type))
      holder.credentials.splice(0, holder.credentials.length, ...kept)
    },
    withoutRelationships: (did) => {
      holderOf(did as Did).bare = true
    },
    announce: (did, versionUrl) => {
      holderOf(did as Did).dataService = versionUrl
    },
    tokenFor,
    takeQueryCount: () => {
      const count = queries
      queries = 0
      return count
    },
    unavailable: false,
    close: () => server.close(),
  }
  // Made once, so that the first status check of a test is not the slow one.
  await encodeStatusBits('BitstringStatusList', bits)
  return hub
}

function nameOf(did: Did): string {
  return did.slice(did.lastIndexOf(':') + 1)
}

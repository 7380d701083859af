import { parseScope, verifyAccessToken } from '@weft/protocols/dcp'
import { type Did, type PublicJwk, parseJwt, verifySignature } from '@weft/protocols/trust'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  controlPlane,
  manifestFor,
  ownerOf,
  provisioner,
  startTestHub,
  type TestHub,
  type TestParticipant,
  tokenFor,
} from '../testing/hub.ts'

const audience = 'did:web:example.com:partner' as Did
const scope = 'org.eclipse.dspace.dcp.vc.type:MembershipCredential:read'

let hub: TestHub
let participant: TestParticipant

beforeAll(async () => {
  hub = await startTestHub()
  participant = await hub.participant()
})
afterAll(async () => await hub.stop())

async function ask(form: Record<string, string>, bearer?: string): Promise<Response> {
  return await fetch(`${hub.internalUrl}/sts/token`, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: bearer === undefined ? {} : { authorization: `Bearer ${bearer}` },
  })
}

const workload = tokenFor(controlPlane)
const request = () => ({
  grant_type: 'client_credentials',
  client_id: participant.did as string,
  audience: audience as string,
})

async function publicKey(did: Did): Promise<PublicJwk> {
  const document = (await (await fetch(`${hub.publicUrl}/${did.split(':').at(-1)}/did.json`)).json()) as {
    verificationMethod: { publicKeyJwk: PublicJwk }[]
  }
  const key = document.verificationMethod[0]?.publicKeyJwk
  if (!key) throw new Error('no key is published')
  return key
}

async function tokenOf(answer: Response) {
  expect(answer.status).toBe(200)
  return parseJwt(((await answer.json()) as { access_token: string }).access_token)
}

describe('self-issued tokens', () => {
  it('DCP-02, DCP-50: iss = sub = own DID, aud = receiver, fresh jti, five minutes, signed by the published key', async () => {
    const answer = await ask(request(), workload)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const body = (await answer.clone().json()) as { expires_in: number; token_type: string }
    expect(body.token_type).toBe('Bearer')
    expect(body.expires_in).toBeGreaterThan(298)
    expect(body.expires_in).toBeLessThanOrEqual(300)
    const jwt = await tokenOf(answer)
    expect(jwt.kid).toBe(`${participant.did}#key-1`)
    expect(jwt.claims).toMatchObject({ iss: participant.did, sub: participant.did, aud: audience })
    expect(Number(jwt.claims.exp) - Number(jwt.claims.iat)).toBe(300)
    expect(jwt.claims).not.toHaveProperty('token')
    await verifySignature(jwt, await publicKey(participant.did))
    expect((await tokenOf(await ask(request(), workload))).claims.jti).not.toBe(jwt.claims.jti)
  })

  it('the client is named by its DID or by its participant context', async () => {
    const jwt = await tokenOf(await ask({ ...request(), client_id: participant.id }, workload))
    expect(jwt.claims.iss).toBe(participant.did)
  })

  it('an access token for the own credential service is embedded when scopes are asked for', async () => {
    const jwt = await tokenOf(
      await ask({ ...request(), bearer_access_scope: `${scope} ${scope.replace('Membership', 'Other')}` }, workload),
    )
    const key = await publicKey(participant.did)
    const { scopes } = await verifyAccessToken(String(jwt.claims.token), {
      holder: participant.did,
      verifier: audience,
      clock: Date.now,
      holderKey: async () => key,
    })
    expect(scopes).toEqual([parseScope(scope), parseScope(scope.replace('Membership', 'Other'))])
  })

  it('DCP-14: an access token that was received is passed on unchanged', async () => {
    const jwt = await tokenOf(await ask({ ...request(), token: 'as.it.came' }, workload))
    expect(jwt.claims.token).toBe('as.it.came')
  })
})

describe('DCP-52: who gets a token, and for what', () => {
  const refused = async (answer: Response) => {
    const { error, code } = (await answer.json()) as { error: string; code: string }
    return [answer.status, error, code]
  }

  it('a client gets tokens of its own context by its secret', async () => {
    const own = await hub.participant({ provisionStsAccount: true })
    const manifestAgain = await hub.admin(provisioner, 'GET', `/participants/${own.id}`)
    expect(JSON.stringify(await manifestAgain.json())).not.toContain('ecret')
    const names = await hub.database.tenant(own.id, (tx) =>
      tx.one<{ sts_secret_name: string }>('select sts_secret_name from identity_hub.participant'),
    )
    const secret = (await hub.vault.partition(own.id).get(names?.sts_secret_name ?? '')) ?? ''
    const form = { ...request(), client_id: own.did as string, client_secret: secret }
    expect((await tokenOf(await ask(form))).claims.iss).toBe(own.did)

    const wrong = [401, 'invalid_client', 'identity-hub.client-invalid']
    expect(await refused(await ask({ ...form, client_secret: `${secret}x` }))).toEqual(wrong)
    expect(await refused(await ask({ ...form, client_id: participant.did }))).toEqual(wrong)
    expect(await refused(await ask({ ...form, client_id: `${own.did}-unknown` }))).toEqual(wrong)
    expect(await refused(await ask({ ...form, client_id: 'no such thing' }))).toEqual(wrong)
    expect((await refused(await ask({ ...form, client_secret: '' })))[0]).toBe(400)
  })

  describe('Basic authentication (RFC 6749, section 2.3.1)', () => {
    const form = () => ({ grant_type: 'client_credentials', audience: audience as string })
    const basic = async (id: string, secret: string, fields: Record<string, string> = form()) =>
      await fetch(`${hub.internalUrl}/sts/token`, {
        method: 'POST',
        body: new URLSearchParams(fields),
        headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
      })
    const client = async () => {
      const own = await hub.participant({ provisionStsAccount: true })
      const again = { ...manifestFor(hub.publicUrl, own.id), provisionStsAccount: true }
      const account = await (await hub.admin(provisioner, 'POST', '/participants', again)).json()
      return { ...own, secret: (account as { clientSecret: string }).clientSecret }
    }

    it('DCP-52: takes id and secret, form-encoded or as they are, and the id in the form if it is the same', async () => {
      const { did, id, secret } = await client()
      for (const answer of [
        await basic(encodeURIComponent(did), secret),
        await basic(did, secret),
        await basic(id, secret),
        await basic(encodeURIComponent(did), secret, { ...form(), client_id: did }),
      ]) {
        expect((await tokenOf(answer)).claims.iss).toBe(did)
      }
    })

    it('DCP-52: refuses a wrong secret, and two ways at once', async () => {
      const { did, id, secret } = await client()
      const other = await client()
      const wrong = await basic(encodeURIComponent(did), other.secret)
      expect(wrong.headers.get('www-authenticate')).toMatch(/^Basic realm=/)
      expect(await refused(wrong)).toEqual([401, 'invalid_client', 'identity-hub.client-invalid'])
      for (const [name, value] of [
        ['client_secret', secret],
        ['client_id', other.id],
      ] as const) {
        expect((await refused(await basic(id, secret, { ...form(), [name]: value })))[0]).toBe(400)
      }
      for (const header of [
        'Basic',
        'Basic !!!',
        `Basic ${btoa('no colon')}`,
        `Basic ${btoa(':x')}`,
        `Basic ${btoa('%:x')}`,
      ]) {
        const answer = await fetch(`${hub.internalUrl}/sts/token`, {
          method: 'POST',
          body: new URLSearchParams(form()),
          headers: { authorization: header },
        })
        expect([400, 401], header).toContain(answer.status)
      }
    })

    it('DCP-52: a client that fails on and on is put off for a while; the others are not', async () => {
      const { id, secret } = await client()
      const other = await client()
      const statuses: number[] = []
      for (let time = 0; time < 21; time++) statuses.push((await basic(id, `${secret}${time}`)).status)
      expect(statuses).toEqual([...Array(20).fill(401), 429])
      const locked = await basic(id, secret)
      expect(Number(locked.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(await refused(locked)).toEqual([429, 'invalid_client', 'identity-hub.client-locked'])
      expect((await basic(other.id, other.secret)).status).toBe(200)
      expect((await ask({ ...form(), client_id: id }, workload)).status).toBe(200)
    })
  })

  it('a context without an STS account has no secret that fits', async () => {
    for (const secret of ['undefined', 'null', '0']) {
      expect((await refused(await ask({ ...request(), client_secret: secret })))[0]).toBe(401)
    }
  })

  it('other tokens than a workload token with the scope are refused', async () => {
    expect(await refused(await ask(request(), 'junk'))).toEqual([401, 'invalid_client', 'request.unauthenticated'])
    for (const caller of [
      ownerOf(participant.id, 'sts:tokens:write'),
      provisioner,
      { role: 'workload', scopes: ['sts:tokens:read'] } as const,
    ]) {
      expect(await refused(await ask(request(), tokenFor(caller)))).toEqual([
        403,
        'unauthorized_client',
        'request.forbidden',
      ])
    }
  })

  it('an inactive context gets no token, from the moment of its deactivation', async () => {
    const { id, did } = await hub.participant()
    await tokenOf(await ask({ ...request(), client_id: did }, workload))
    await hub.admin(provisioner, 'POST', `/participants/${id}/state?isActive=false`)
    expect(await refused(await ask({ ...request(), client_id: did }, workload))).toEqual([
      401,
      'invalid_client',
      'identity-hub.client-invalid',
    ])
  })

  it.each<[Record<string, string>, string]>([
    [{ grant_type: 'password' }, 'unsupported_grant_type'],
    [{ grant_type: '' }, 'invalid_request'],
    [{ audience: '' }, 'invalid_request'],
    [{ audience: 'https://example.com' }, 'invalid_request'],
    [{ client_id: '' }, 'invalid_request'],
    [{ bearer_access_scope: 'org.example.unknown:X' }, 'invalid_scope'],
    [{ bearer_access_scope: ' ' }, 'invalid_scope'],
    [{ bearer_access_scope: scope, token: 'x' }, 'invalid_request'],
    [{ token: '' }, 'invalid_request'],
  ])('%o is refused as %s', async (changes, error) => {
    expect((await refused(await ask({ ...request(), ...changes }, workload))).slice(0, 2)).toEqual([400, error])
  })

  it('a field that occurs twice and a body that is no form are refused', async () => {
    const twice = await fetch(`${hub.internalUrl}/sts/token`, {
      method: 'POST',
      headers: { authorization: `Bearer ${workload}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: `${new URLSearchParams(request())}&audience=did:web:example.com:other`,
    })
    expect(twice.status).toBe(400)
    const noForm = await fetch(`${hub.internalUrl}/sts/token`, {
      method: 'POST',
      headers: { authorization: `Bearer ${workload}`, 'content-type': 'application/json' },
      body: '[]',
    })
    expect(noForm.status).toBe(400)
  })
})

describe('tokens by the batch', () => {
  const askMany = async (body: unknown, bearer: string | undefined = workload) =>
    await fetch(`${hub.internalUrl}/sts/tokens`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: {
        'content-type': 'application/json',
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      },
    })

  it('come in the order of the requests, the refusals among them', async () => {
    const other = await hub.participant()
    const answer = await askMany({
      requests: [
        { ...request(), bearer_access_scope: scope },
        { ...request(), client_id: `${participant.did}-unknown` },
        { ...request(), audience: 'nobody' },
        { ...request(), client_id: other.did, token: 'as.it.came' },
      ],
    })
    expect(answer.status).toBe(200)
    const { tokens } = (await answer.json()) as { tokens: { access_token?: string }[] }
    expect(tokens).toMatchObject([
      { token_type: 'Bearer' },
      { status: 401, error: 'invalid_client', code: 'identity-hub.client-invalid' },
      { status: 400, error: 'invalid_request', code: 'identity-hub.audience-invalid' },
      { token_type: 'Bearer' },
    ])
    const [first, last] = [tokens[0], tokens[3]].map((one) => parseJwt(one?.access_token ?? ''))
    await verifySignature(first as ReturnType<typeof parseJwt>, await publicKey(participant.did))
    expect(last?.claims).toMatchObject({ iss: other.did, aud: audience, token: 'as.it.came' })
  })

  it('are for our own services only', async () => {
    const batch = { requests: [request()] }
    expect((await askMany(batch, tokenFor(ownerOf(participant.id)))).status).toBe(403)
    expect((await askMany(batch, tokenFor(provisioner))).status).toBe(403)
    expect((await askMany(batch, 'e30.e30.e30')).status).toBe(401)
  })

  it('are at least one and at most 64, each a form of texts', async () => {
    const wrong = [
      {},
      { requests: [] },
      { requests: Array.from({ length: 65 }, request) },
      { requests: [{ ...request(), token: 7 }] },
      { requests: [request()], more: true },
    ]
    for (const body of wrong) expect((await askMany(body)).status).toBe(400)
  })
})

import { Agent, request } from 'node:http'
import * as fc from 'fast-check'
import { type PlatformRoute, titleOf } from '../platform/all-routes.ts'
import { type Json, mutated } from './json-mutations.ts'
import { type JsonSchema, sampleOf } from './schema-samples.ts'

/** Which token a request carries; the proper one for its route is fetched when it is sent. */
type TokenKind = 'proper' | 'other-role' | 'wrong-audience' | 'mangled' | 'unsigned' | 'none'

export interface FuzzRequest {
  readonly route: PlatformRoute
  readonly path: string
  readonly token: TokenKind
  readonly contentType: string
  readonly body: string | Buffer | undefined
}

/** What requests are made from. */
export interface Material {
  readonly ownContext: string
  readonly foreignContext: string
  /** Ids of things that exist, of both participants. */
  readonly ids: readonly string[]
  /** A schema of the route's body, where its API is documented. */
  readonly bodySchemaOf: (route: PlatformRoute) => JsonSchema | undefined
  /** A message that the protocol route would take. */
  readonly messageOf: (route: PlatformRoute) => Json | undefined
}

const tokens = fc.oneof(
  { weight: 10, arbitrary: fc.constant<TokenKind>('proper') },
  { weight: 3, arbitrary: fc.constantFrom<TokenKind>('other-role', 'wrong-audience', 'mangled', 'unsigned', 'none') },
)

const hostileSegments = [
  '%00',
  '..%2f..%2fetc%2fpasswd',
  '%2e%2e',
  'x'.repeat(1500),
  '%F0%9F%92%A9',
  "'%20or%201=1--",
  '%c0%af',
  '%ff',
  '%zz',
  '9999999999999999999999',
  '__proto__',
  'constructor',
  '-1',
  '%0d%0aset-cookie:x',
]

/** One request to any route: its path, query, token and body near what the route takes. */
export function anyRequest(routes: readonly PlatformRoute[], material: Material): fc.Arbitrary<FuzzRequest> {
  return fc.oneof(...routes.map((route) => ({ weight: weightOf(route), arbitrary: requestTo(route, material) })))
}

/** Bodies have more ways to be wrong than paths, and protocol messages come from anybody. */
function weightOf(route: PlatformRoute): number {
  if (!takesBody(route)) return 1
  return route.access.kind === 'protocol' ? 8 : 3
}

function takesBody({ method }: PlatformRoute): boolean {
  return method === 'POST' || method === 'PUT' || method === 'PATCH'
}

function requestTo(route: PlatformRoute, material: Material): fc.Arbitrary<FuzzRequest> {
  return fc
    .record({
      path: pathOf(route, material),
      query: queryText,
      token: tokens,
      contentType: fc.oneof(
        { weight: 8, arbitrary: fc.constant(isForm(route) ? 'application/x-www-form-urlencoded' : 'application/json') },
        {
          weight: 1,
          arbitrary: fc.constantFrom('application/ld+json', 'text/plain', 'application/json; charset=utf-16', ''),
        },
      ),
      body: takesBody(route) ? bodyOf(route, material) : fc.constant(undefined),
    })
    .map(({ path, query, token, contentType, body }) => ({ route, path: path + query, token, contentType, body }))
}

function isForm(route: PlatformRoute): boolean {
  return route.access.kind === 'protocol' && route.access.protocol === 'oauth'
}

/** The participant context of the demo's issuer. */
export const issuerContext = 'issuer'

export function isIssuers({ url }: PlatformRoute): boolean {
  return url.startsWith('/issuance/') || url.startsWith('/api/issuer/')
}

/** Deleting or stopping the participants themselves would end the run's material. */
function endsParticipants(route: PlatformRoute): boolean {
  return (
    route.access.kind === 'token' &&
    !route.access.roles.includes('participant') &&
    route.method !== 'GET' &&
    /:participantContextId(\/(state|config|key|token|regenerate-token|deactivate|profiles))?$/.test(route.url)
  )
}

function pathOf(route: PlatformRoute, { ownContext, foreignContext, ids }: Material): fc.Arbitrary<string> {
  const hostile = fc.constantFrom(...hostileSegments)
  const known = isIssuers(route)
    ? [issuerContext]
    : route.access.kind === 'token'
      ? [ownContext, ownContext, ownContext, foreignContext]
      : [ownContext, foreignContext]
  const contexts = fc.oneof(
    { weight: endsParticipants(route) ? 0 : 8, arbitrary: fc.constantFrom(...known) },
    { weight: 1, arbitrary: fc.constant('f'.repeat(32)) },
    { weight: 1, arbitrary: hostile },
  )
  const others = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...ids).map(encodeURIComponent) },
    { weight: 2, arbitrary: hostile },
  )
  const segments = route.url.split('/').map((segment): fc.Arbitrary<string> => {
    if (segment === ':participantContextId') return contexts
    if (segment === ':profileId')
      return fc.oneof({ weight: 8, arbitrary: fc.constant('http-dsp-profile-2025-1') }, hostile)
    return segment.startsWith(':') || segment === '*' ? others : fc.constant(segment)
  })
  return fc.tuple(...segments).map((parts) => parts.join('/'))
}

const queryText = fc.oneof(
  { weight: 5, arbitrary: fc.constant('') },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom('limit', 'offset', 'isActive', 'type', 'state', 'cursor', '__proto__', 'limit[]'),
        fc.constantFrom(
          '1',
          '0',
          '-1',
          '1.5',
          '1e9',
          '0x10',
          '',
          'true',
          '99999999999999999999',
          '%00',
          '%ff',
          'x'.repeat(3000),
        ),
      )
      .map(([name, value]) => `?${name}=${value}`),
  },
  { weight: 1, arbitrary: fc.constantFrom('?', '?&&&', '?limit=1&limit=2', '?%', '?a[b][c]=1', '?=1') },
)

function bodyOf(route: PlatformRoute, material: Material): fc.Arbitrary<string | Buffer | undefined> {
  if (isForm(route)) return formText(material)
  const message = material.messageOf(route)
  const schema = material.bodySchemaOf(route)
  const sample: fc.Arbitrary<Json> =
    message === undefined ? sampleOf(schema ?? {}, material.ids) : fc.constant<Json>(message)
  const document = sample.chain((value) => mutated(value, material.ids))
  return fc.oneof(
    { weight: 12, arbitrary: document.map((value) => JSON.stringify(value)) },
    {
      weight: 1,
      arbitrary: fc.tuple(document, fc.nat(2000)).map(([value, length]) => JSON.stringify(value).slice(0, length)),
    },
    { weight: 1, arbitrary: document.map((value) => `{"@type":"x","@type":"y","a":${JSON.stringify(value)}}`) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('', 'null', '\ufeff{}', '{"a":1e999}', '['.repeat(5000), '{"__proto__":{"a":1}}'),
    },
  )
}

function formText({ ids }: Material): fc.Arbitrary<string> {
  const names = [
    'grant_type',
    'client_id',
    'client_secret',
    'audience',
    'bearer_access_scope',
    'token',
    'scope',
    'resource',
    'x',
  ]
  const values = fc.oneof(
    fc.constantFrom(
      'client_credentials',
      'authorization_code',
      'did:web:localhost',
      '',
      '\u0000',
      'a b c',
      'x'.repeat(4000),
    ),
    fc.constantFrom(...ids),
  )
  return fc
    .array(fc.tuple(fc.constantFrom(...names), values), { maxLength: 8 })
    .map((fields) => fields.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&'))
}

export interface FuzzAnswer {
  readonly status: number
  readonly text: string
  readonly milliseconds: number
}

const agent = new Agent({ keepAlive: true })
const patienceMs = 20_000
const longestRead = 100_000

/** Sends the request as it is, past every client that would put it right. Status 0: the other side hung up. */
export function send(
  { route, path, contentType, body }: FuzzRequest,
  authorization: string | undefined,
): Promise<FuzzAnswer> {
  const began = performance.now()
  const headers = {
    ...(authorization === undefined ? {} : { authorization }),
    ...(body === undefined || contentType === '' ? {} : { 'content-type': contentType }),
  }
  return new Promise((resolve, reject) => {
    const answered = (status: number, text: string) =>
      resolve({ status, text, milliseconds: performance.now() - began })
    const call = request(new URL(route.origin), { method: route.method, path, agent, headers }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        if (text.length < longestRead) text += String(chunk)
      })
      response.on('end', () => answered(response.statusCode ?? 0, text))
    })
    call.setTimeout(patienceMs, () => call.destroy(new Error(`${titleOf(route)} has not answered in ${patienceMs} ms`)))
    call.on('error', (error) => ('code' in error && error.code === 'ECONNRESET' ? answered(0, '') : reject(error)))
    call.end(body)
  })
}

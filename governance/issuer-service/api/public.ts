import type { ServiceDatabase } from '@weft/foundation/database'
import { WeftError } from '@weft/foundation/errors'
import type { ApiDefinition } from '@weft/foundation/http'
import { buildDidDocument } from '@weft/protocols/trust'
import { Type } from 'typebox'
import { issuerErrors } from '../domain/errors.ts'
import type { IssuerUrls } from '../domain/issuer.ts'
import type { StatusListForm, StatusLists } from '../status-lists.ts'
import { findIssuerByName } from '../store/issuers.ts'

export interface PublicApiOptions {
  readonly database: ServiceDatabase
  readonly statusLists: StatusLists
  readonly urls: IssuerUrls
}

/** How long a reader may keep a document, in seconds: below the ten that verifiers keep them. */
const keepFor = 5
const open = { access: { kind: 'open' } } as const
const listTypes: readonly { readonly accepted: string; readonly form: StatusListForm }[] = [
  { accepted: 'application/vc+jwt', form: 'jwt' },
  { accepted: 'application/jwt', form: 'jwt' },
  { accepted: 'application/*', form: 'jwt' },
  { accepted: '*/*', form: 'jwt' },
  { accepted: 'application/json', form: 'json' },
  { accepted: 'application/ld+json', form: 'json' },
]

/** What anybody may read of issuers: DID documents and status lists. */
export function publicApi(options: PublicApiOptions): ApiDefinition {
  return {
    name: 'issuer-public',
    title: 'Issuer documents',
    version: '1',
    prefix: '',
    documented: false,
    routes: (app) => {
      // By name below our own public URL; the Host header decides nothing.
      app.get(
        '/:name/did.json',
        { config: open, schema: { params: Type.Object({ name: Type.String({ maxLength: 64 }) }) } },
        async (request, reply) => {
          const issuer = await findIssuerByName(options.database, request.params.name)
          if (!issuer) throw new WeftError(issuerErrors['issuer-unknown'])
          const document = buildDidDocument({
            did: issuer.did,
            keys: [{ kid: issuer.keyId, publicJwk: issuer.publicJwk }],
            services: [
              {
                id: `${issuer.did}#issuer-service`,
                type: 'IssuerService',
                serviceEndpoint: options.urls.service(issuer.participantContextId),
              },
            ],
          })
          reply.header('cache-control', `public, max-age=${keepFor}`).type('application/did+json')
          return reply.send(JSON.stringify(document))
        },
      )
      app.get(
        '/statuslist/:id',
        { config: open, schema: { params: Type.Object({ id: Type.String({ maxLength: 64 }) }) } },
        async (request, reply) => {
          const form = acceptedForm(request.headers.accept)
          const text = await options.statusLists.publish(request.params.id, form)
          reply.header('cache-control', `public, max-age=${keepFor}`).header('vary', 'accept')
          return reply.type(form === 'jwt' ? 'application/vc+jwt' : 'application/json').send(text)
        },
      )
    },
  }
}

/** The form for the most wanted type of an Accept header (RFC 9110 section 12.5.1). @throws `issuer.not-acceptable` */
function acceptedForm(header: string | undefined): StatusListForm {
  const wanted = (header === undefined || header.trim() === '' ? '*/*' : header)
    .split(',')
    .map((range) => {
      const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
      const weight = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1)
      return { type, weight }
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
  for (const { type } of wanted) {
    const form = listTypes.find(({ accepted }) => accepted === type)?.form
    if (form) return form
  }
  throw new WeftError(issuerErrors['not-acceptable'], { field: 'accept' })
}

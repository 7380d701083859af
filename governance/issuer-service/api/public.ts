import type { ServiceDatabase } from '@weft/foundation/database'
import { WeftError } from '@weft/foundation/errors'
import type { ApiDefinition } from '@weft/foundation/http'
import { buildDidDocument } from '@weft/protocols/trust'
import { Type } from 'typebox'
import { issuerErrors } from '../domain/errors.ts'
import type { IssuerUrls } from '../domain/issuer.ts'
import { publishedKeys } from '../domain/signing-key.ts'
import type { StatusLists } from '../status-lists.ts'
import { findIssuerByName } from '../store/issuers.ts'
import { acceptedForm, entityTag, isKnownToReader } from './status-list-answer.ts'

export interface PublicApiOptions {
  readonly database: ServiceDatabase
  readonly statusLists: StatusLists
  readonly urls: IssuerUrls
}

/** How long a reader may keep a document, in seconds: below the ten that verifiers keep them. */
const keepFor = 5
const open = { access: { kind: 'open' } } as const

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
            keys: publishedKeys(issuer.keys),
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
          const { kind, text } = await options.statusLists.publish(request.params.id, form)
          const tag = entityTag(text)
          reply.header('cache-control', `public, max-age=${keepFor}`).header('vary', 'accept').header('etag', tag)
          if (isKnownToReader(request.headers['if-none-match'], tag)) return reply.code(304).send()
          const signedType = kind === 'BitstringStatusList' ? 'application/vc+jwt' : 'application/jwt'
          return reply.type(form === 'jwt' ? signedType : 'application/json').send(text)
        },
      )
    },
  }
}

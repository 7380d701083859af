import type { AccessRule } from '@weft/foundation/access'
import type { ServiceDatabase } from '@weft/foundation/database'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import type { ApiDefinition } from '@weft/foundation/http'
import { buildDidDocument, type Did, didWeb } from '@weft/protocols/trust'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type DidHosting, deepestDid } from '../domain/participant.ts'
import { findPublished } from '../store/participants.ts'

export interface DidDocumentsOptions {
  readonly database: ServiceDatabase
  /** Makes the DID of a path, whatever host the request names. */
  readonly publicUrl: string
  readonly clock: () => number
}

const open: { readonly access: AccessRule } = { access: { kind: 'open' } }

/** A name and a port: nothing that a URL would read as user info or as a path. */
const hostSyntax = /^[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?$/

/** Removal of a key or a context takes effect within this time at those who cache. */
const cacheControl = 'public, max-age=5'

/**
 * The did:web documents of all active participant contexts (public listener, DCP-48): those below the public URL, and
 * those of customers' domains that point here.
 */
export function didDocuments(options: DidDocumentsOptions): ApiDefinition {
  return {
    name: 'did-documents',
    title: 'DID documents',
    version: '1.0',
    prefix: '',
    documented: false,
    routes: (app) => {
      const serve = async (request: FastifyRequest, reply: FastifyReply, path: readonly string[]) => {
        const document = await publishedDocument(options, request.headers.host, path)
        reply.header('cache-control', cacheControl).header('vary', 'host')
        return await reply.type('application/did+json').send(document)
      }
      app.get('/.well-known/did.json', { config: open }, (request, reply) => serve(request, reply, []))
      for (let depth = 1; depth <= deepestDid; depth++) {
        const names = Array.from({ length: depth }, (_, at) => `segment${at}`)
        app.get(`/${names.map((name) => `:${name}`).join('/')}/did.json`, { config: open }, (request, reply) => {
          const params = request.params as Readonly<Record<string, string>>
          return serve(
            request,
            reply,
            names.map((name) => params[name] ?? ''),
          )
        })
      }
    },
  }
}

/**
 * The Host header is not to be trusted (section 3.12): it serves for one exact look-up of a domain that an operator has
 * assigned to a participant; without a hit the DID is the one of our public URL. Unknown, inactive and impossible paths
 * are answered alike. @throws `request.not-found`
 */
async function publishedDocument(
  options: DidDocumentsOptions,
  host: string | undefined,
  path: readonly string[],
): Promise<object> {
  const atHost = host !== undefined && hostSyntax.test(host) ? didAt(`https://${host}`, path) : undefined
  const ours = didAt(options.publicUrl, path)
  const document =
    (atHost !== ours && (await documentOf(options, atHost, 'domain'))) || (await documentOf(options, ours, 'platform'))
  if (!document) throw new WeftError(requestErrors['not-found'])
  return document
}

async function documentOf(
  { database, clock }: DidDocumentsOptions,
  did: Did | undefined,
  hosting: DidHosting,
): Promise<object | undefined> {
  if (did === undefined) return undefined
  const published = await database.system('identity-hub.did-document', (tx) => findPublished(tx, did, hosting, clock()))
  return published && buildDidDocument({ did, ...published })
}

function didAt(origin: string, path: readonly string[]): Did | undefined {
  try {
    return didWeb(origin, ...path)
  } catch (error) {
    if (error instanceof WeftError) return undefined
    throw error
  }
}

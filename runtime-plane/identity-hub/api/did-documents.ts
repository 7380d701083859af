import type { AccessRule } from '@weft/foundation/access'
import type { ServiceDatabase } from '@weft/foundation/database'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import type { ApiDefinition } from '@weft/foundation/http'
import { buildDidDocument, type Did, didWeb } from '@weft/protocols/trust'
import { deepestDid } from '../domain/participant.ts'
import { findPublished } from '../store/participants.ts'

export interface DidDocumentsOptions {
  readonly database: ServiceDatabase
  /** Makes the DID of a path, whatever host the request names (section 3.12: the Host header is not to be trusted). */
  readonly publicUrl: string
}

const open: { readonly access: AccessRule } = { access: { kind: 'open' } }

/** Removal of a key or a context takes effect within this time at those who cache. */
const cacheControl = 'public, max-age=5'

/** The did:web documents of all active participant contexts (public listener, DCP-48). */
export function didDocuments(options: DidDocumentsOptions): ApiDefinition {
  return {
    name: 'did-documents',
    title: 'DID documents',
    version: '1.0',
    prefix: '',
    documented: false,
    routes: (app) => {
      const answer = async (path: readonly string[]): Promise<object> => await publishedDocument(options, path)
      app.get('/.well-known/did.json', { config: open }, async (_request, reply) => {
        const document = await answer([])
        return await reply.type('application/did+json').header('cache-control', cacheControl).send(document)
      })
      for (let depth = 1; depth <= deepestDid; depth++) {
        const names = Array.from({ length: depth }, (_, at) => `segment${at}`)
        app.get(`/${names.map((name) => `:${name}`).join('/')}/did.json`, { config: open }, async (request, reply) => {
          const params = request.params as Readonly<Record<string, string>>
          const document = await answer(names.map((name) => params[name] ?? ''))
          return await reply.type('application/did+json').header('cache-control', cacheControl).send(document)
        })
      }
    },
  }
}

/** Unknown, inactive and impossible paths are answered alike. @throws `request.not-found` */
async function publishedDocument(options: DidDocumentsOptions, path: readonly string[]): Promise<object> {
  const did = didAt(options.publicUrl, path)
  const published = did && (await options.database.system('identity-hub.did-document', (tx) => findPublished(tx, did)))
  if (!did || !published) throw new WeftError(requestErrors['not-found'])
  return buildDidDocument({ did, ...published })
}

function didAt(publicUrl: string, path: readonly string[]): Did | undefined {
  try {
    return didWeb(publicUrl, ...path)
  } catch (error) {
    if (error instanceof WeftError) return undefined
    throw error
  }
}

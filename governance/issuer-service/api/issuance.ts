import { participantContextId } from '@weft/foundation/access'
import { WeftError } from '@weft/foundation/errors'
import type { ApiDefinition } from '@weft/foundation/http'
import { buildCredentialStatus, buildIssuerMetadata } from '@weft/protocols/dcp'
import { Type } from 'typebox'
import { credentialObject } from '../domain/credential-object.ts'
import { credentialSchema } from '../domain/credential-schema.ts'
import { issuerErrors } from '../domain/errors.ts'
import { requestStatus } from '../domain/issuance.ts'
import type { Issuer, IssuerUrls } from '../domain/issuer.ts'
import type { Issuers } from '../issuers.ts'
import { readIssuance } from '../store/issuances.ts'
import { listDefinitions, readDefinitions } from '../store/offerings.ts'
import { type AcceptOptions, acceptRequest } from './accept-request.ts'
import { type Sender, verifySender, withToken } from './holder-sender.ts'
import { contextParams } from './schemas.ts'

export interface IssuanceApiOptions extends AcceptOptions {
  readonly issuers: Issuers
  readonly urls: IssuerUrls
}

const schemaParams = Type.Object({ ...contextParams.properties, definitionId: Type.String({ maxLength: 512 }) })
const requestParams = Type.Object({ ...contextParams.properties, requestId: Type.String({ maxLength: 512 }) })

/** The issuance endpoints of DCP 1.0, for each issuer under its own path. */
export function issuanceApi(options: IssuanceApiOptions): ApiDefinition {
  const open = { access: { kind: 'open' } } as const
  const protocol = { access: { kind: 'protocol', protocol: 'dcp' } } as const
  return {
    name: 'issuance',
    title: 'DCP issuance',
    version: 'v1beta',
    prefix: '/issuance/v1beta/participants/:participantContextId',
    bodyLimit: 64 * 1024,
    documented: false,
    routes: (app) => {
      app.get('/metadata', { config: open, schema: { params: contextParams } }, async (request) => {
        const issuer = await options.issuers.read(participantContextId(request.params.participantContextId))
        return metadata(options, issuer)
      })
      app.get('/schemas/:definitionId', { config: open, schema: { params: schemaParams } }, async (request) => {
        const { definitionId } = request.params
        const contextId = participantContextId(request.params.participantContextId)
        const [definition] = await options.database.tenant(contextId, (tx) => readDefinitions(tx, [definitionId]))
        if (!definition) throw new WeftError(issuerErrors['definition-unknown'])
        return credentialSchema(definition, options.urls.schema(contextId, definitionId))
      })
      app.post('/credentials', { config: protocol, schema: { params: contextParams } }, async (request, reply) => {
        const issuer = await options.issuers.read(participantContextId(request.params.participantContextId))
        const sender = await verifySender(options, issuer, request.headers.authorization)
        const id = await acceptRequest(options, issuer, sender, request.body)
        reply.code(201).header('location', `${options.urls.service(issuer.participantContextId)}/requests/${id}`)
        return reply.send()
      })
      app.get('/requests/:requestId', { config: protocol, schema: { params: requestParams } }, async (request) => {
        const issuer = await options.issuers.read(participantContextId(request.params.participantContextId))
        const sender = await verifySender(options, issuer, request.headers.authorization)
        return readRequest(options, issuer, sender, request.params.requestId)
      })
    },
  }
}

/** DCP-37: every entry complete. */
async function metadata({ database, urls }: IssuanceApiOptions, issuer: Issuer): Promise<object> {
  const definitions = await database.tenant(issuer.participantContextId, listDefinitions)
  return buildIssuerMetadata({
    issuer: issuer.did,
    credentialsSupported: definitions.map((definition) => credentialObject(definition, issuer, urls, 'reissue')),
  })
}

/** DCP-36: for the requester only; to anybody else the request does not exist. */
async function readRequest(
  options: IssuanceApiOptions,
  issuer: Issuer,
  sender: Sender,
  requestId: string,
): Promise<object> {
  return withToken(options, issuer, sender, async (tx) => {
    const issuance = await readIssuance(tx, requestId)
    if (issuance?.holderDid !== sender.token.did) throw new WeftError(issuerErrors['request-unknown'])
    return buildCredentialStatus({
      issuerPid: issuance.id,
      holderPid: issuance.holderPid,
      status: requestStatus(issuance.state),
    })
  })
}

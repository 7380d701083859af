import { type AccessRule, participantContextId } from '@weft/foundation/access'
import { type App, pageOf, pageQuery } from '@weft/foundation/http'
import { Type } from 'typebox'
import type { Issuer } from '../domain/issuer.ts'
import { listIssuers } from '../store/issuers.ts'
import { type AdminApiOptions, issuerAccess } from './as-issuer.ts'
import { refusals } from './render-error.ts'
import { contextParams, issuerAnswer, issuerBody } from './schemas.ts'

/** The issuers themselves: made and listed by the operator. */
export function issuerRoutes(app: App, options: AdminApiOptions): void {
  const operator = (scope: string): { readonly access: AccessRule } => ({
    access: { kind: 'token', scope: `issuer-admin-api:${scope}`, roles: ['admin'] },
  })
  const answerOf = (issuer: Issuer) => ({
    participantContextId: issuer.participantContextId,
    did: issuer.did,
    keyId: issuer.keyId,
    issuerService: options.urls.service(issuer.participantContextId),
  })

  app.post(
    '/participants',
    {
      config: operator('participants:write'),
      schema: { summary: 'Make an issuer', body: issuerBody, response: { 201: issuerAnswer, ...refusals } },
    },
    async (request, reply) => {
      const contextId = participantContextId(request.body.participantContextId)
      const issuer = await options.issuers.create(contextId, request.body.did, request.body.algorithm)
      reply.code(201).header('location', `/api/issuer/v1beta/participants/${contextId}`)
      return answerOf(issuer)
    },
  )
  app.get(
    '/participants',
    {
      config: operator('participants:read'),
      schema: {
        summary: 'List the issuers',
        querystring: pageQuery,
        response: { 200: Type.Array(issuerAnswer), ...refusals },
      },
    },
    async (request) => (await listIssuers(options.database, pageOf(request.query))).map(answerOf),
  )
  app.get(
    '/participants/:participantContextId',
    {
      config: issuerAccess('participants:read'),
      schema: { summary: 'Read an issuer', params: contextParams, response: { 200: issuerAnswer, ...refusals } },
    },
    async (request) => answerOf(await options.issuers.read(participantContextId(request.params.participantContextId))),
  )
}

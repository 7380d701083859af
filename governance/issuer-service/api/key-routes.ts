import type { App } from '@weft/foundation/http'
import { type Static, Type } from 'typebox'
import { fragmentOf, type IssuerKey } from '../domain/signing-key.ts'
import { type AdminApiOptions, asIssuer, issuerAccess } from './as-issuer.ts'
import { refusals } from './render-error.ts'
import { contextParams, keyAnswer, keyParams, rotationBody } from './schemas.ts'

const base = '/participants/:participantContextId/keys'

/** The keys that sign credentials: they are replaced by themselves with age, and here when somebody says so (DCP-45). */
export function keyRoutes(app: App, options: AdminApiOptions): void {
  app.get(
    base,
    {
      config: issuerAccess('keys:read'),
      schema: {
        summary: 'List the signing keys of an issuer, the newest first',
        params: contextParams,
        response: { 200: Type.Array(keyAnswer), ...refusals },
      },
    },
    async (request) => {
      const contextId = await asIssuer(options, request.params, async (_tx, id) => id)
      return (await options.keys.list(contextId)).map(answerOf)
    },
  )
  app.post(
    `${base}/rotate`,
    {
      config: issuerAccess('keys:write'),
      schema: {
        summary: 'Sign with a new key from now on; what the old one signed stays good',
        params: contextParams,
        body: rotationBody,
        response: { 201: keyAnswer, ...refusals },
      },
    },
    async (request, reply) => {
      const contextId = await asIssuer(options, request.params, async (_tx, id) => id)
      const key = await options.keys.rotate(contextId, request.body?.algorithm)
      reply.code(201).header('location', `/api/issuer/v1beta/participants/${contextId}/keys`)
      return answerOf(key)
    },
  )
  app.post(
    `${base}/:keyId/revoke`,
    {
      config: issuerAccess('keys:write'),
      schema: {
        summary: 'Revoke a key: what it signed counts no more, and its holders are offered it anew; repeated is fine',
        params: keyParams,
        response: { 204: Type.Null(), ...refusals },
      },
    },
    async (request, reply) => {
      const { contextId, did } = await asIssuer(options, request.params, async (_tx, id, issuer) => ({
        contextId: id,
        did: issuer.did,
      }))
      await options.keys.revoke(contextId, `${did}#${request.params.keyId}`)
      return reply.code(204).send(null)
    },
  )
}

function answerOf({ kid, algorithm, state, createdAt, endedAt }: IssuerKey): Static<typeof keyAnswer> {
  const keyId = fragmentOf(kid)
  return { keyId, kid, algorithm, state, createdAt: createdAt.getTime(), endedAt: endedAt?.getTime() ?? null }
}

import { isDeepStrictEqual } from 'node:util'
import { databaseErrors } from '@weft/foundation/database'
import { toWeftError, WeftError } from '@weft/foundation/errors'
import type { App } from '@weft/foundation/http'
import { parseDid } from '@weft/protocols/trust'
import { type Static, Type } from 'typebox'
import { issuerErrors } from '../domain/errors.ts'
import type { Holder } from '../domain/issuance.ts'
import {
  deleteHolder,
  insertHolder,
  queryHolders,
  readHolder,
  type StoredHolder,
  updateHolder,
} from '../store/holders.ts'
import { type AdminApiOptions, asIssuer, issuerAccess } from './as-issuer.ts'
import { refusals } from './render-error.ts'
import { contextParams, holderAnswer, holderBody, holderParams, optionalQuerySpec } from './schemas.ts'

const base = '/participants/:participantContextId/holders'

/** Who may request credentials: registered by the operator's provisioning, with what the issuer knows of them. */
export function holderRoutes(app: App, options: AdminApiOptions): void {
  const mayRead = issuerAccess('holders:read', ['provisioner', 'workload'])
  const mayWrite = issuerAccess('holders:write', ['provisioner', 'workload'])

  app.post(
    base,
    {
      config: mayWrite,
      schema: {
        summary: 'Register a holder; the same content may be sent again',
        params: contextParams,
        body: holderBody,
        response: { 201: holderAnswer, ...refusals },
      },
    },
    async (request, reply) => {
      const holder = holderOf(request.body)
      const stored = await asIssuer(options, request.params, async (tx) => {
        if (await insertHolder(tx, holder, new Date(options.clock()))) return readHolder(tx, holder.holderId)
        const existing = await readHolder(tx, holder.holderId)
        if (!existing) throw new WeftError(issuerErrors['holder-conflict'], { field: 'did' })
        const { createdAt: _, ...content } = existing
        if (!isDeepStrictEqual(content, holder))
          throw new WeftError(issuerErrors['holder-conflict'], { field: 'holderId' })
        return existing
      })
      const contextId = request.params.participantContextId
      const path = `/api/issuer/v1beta/participants/${contextId}/holders/${encodeURIComponent(holder.holderId)}`
      reply.code(201).header('location', path)
      return answerOf(contextId, found(stored))
    },
  )
  app.put(
    base,
    {
      config: mayWrite,
      schema: {
        summary: 'Replace a holder',
        params: contextParams,
        body: holderBody,
        response: { 200: holderAnswer, ...refusals },
      },
    },
    async (request) => {
      const holder = holderOf(request.body)
      const stored = await asIssuer(options, request.params, async (tx) => {
        if (!(await updateHolder(tx, holder)))
          throw new WeftError(issuerErrors['holder-unknown'], { field: 'holderId' })
        return readHolder(tx, holder.holderId)
      }).catch(didTaken)
      return answerOf(request.params.participantContextId, found(stored))
    },
  )
  app.get(
    `${base}/:holderId`,
    {
      config: mayRead,
      schema: { summary: 'Read a holder', params: holderParams, response: { 200: holderAnswer, ...refusals } },
    },
    async (request) => {
      const stored = await asIssuer(options, request.params, (tx) => readHolder(tx, request.params.holderId))
      return answerOf(request.params.participantContextId, found(stored))
    },
  )
  app.delete(
    `${base}/:holderId`,
    {
      config: mayWrite,
      schema: { summary: 'Remove a holder', params: holderParams, response: { 204: Type.Null(), ...refusals } },
    },
    async (request, reply) => {
      await asIssuer(options, request.params, async (tx) => {
        if (!(await deleteHolder(tx, request.params.holderId))) throw new WeftError(issuerErrors['holder-unknown'])
      })
      return reply.code(204).send(null)
    },
  )
  app.post(
    `${base}/query`,
    {
      config: mayRead,
      schema: {
        summary: 'Query holders',
        params: contextParams,
        body: optionalQuerySpec,
        response: { 200: Type.Array(holderAnswer), ...refusals },
      },
    },
    async (request) => {
      const holders = await asIssuer(options, request.params, (tx) => queryHolders(tx, request.body ?? {}))
      return holders.map((holder) => answerOf(request.params.participantContextId, holder))
    },
  )
}

function holderOf(body: Static<typeof holderBody>): Holder {
  const did = parseDid(body.did, 'did')
  return {
    holderId: body.holderId,
    did,
    name: body.name ?? did,
    properties: body.properties ?? {},
    formatNames: body.formatNames ?? 'profile',
  }
}

function found(holder: StoredHolder | undefined): StoredHolder {
  if (!holder) throw new WeftError(issuerErrors['holder-unknown'])
  return holder
}

/** A holder's id cannot collide on replacement, so a duplicate is its DID. */
function didTaken(error: unknown): never {
  if (toWeftError(error).code !== databaseErrors.duplicate.code) throw error
  throw new WeftError(issuerErrors['holder-conflict'], { field: 'did', cause: error })
}

function answerOf(participantContextId: string, holder: StoredHolder): Static<typeof holderAnswer> {
  return {
    holderId: holder.holderId,
    participantContextId,
    did: holder.did,
    holderName: holder.name,
    anonymous: false,
    properties: { ...holder.properties },
    formatNames: holder.formatNames,
    createdAt: holder.createdAt.getTime(),
  }
}

import { isDeepStrictEqual } from 'node:util'
import { json, type Transaction } from '@weft/foundation/database'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import type { App } from '@weft/foundation/http'
import { type Static, Type } from 'typebox'
import {
  type CredentialDefinition,
  credentialDefinitionBody,
  parseCredentialDefinition,
} from '../domain/credential-definition.ts'
import { issuerErrors } from '../domain/errors.ts'
import {
  deleteDefinition,
  insertDefinition,
  queryDefinitions,
  readAttestations,
  readDefinitions,
  updateDefinition,
} from '../store/offerings.ts'
import { type AdminApiOptions, asIssuer, issuerAccess } from './as-issuer.ts'
import { refusals } from './render-error.ts'
import { contextParams, definitionAnswer, definitionBody, idParams, optionalQuerySpec } from './schemas.ts'

const base = '/participants/:participantContextId/credentialdefinitions'

/** What an issuer offers, under which rules, and with which claims. */
export function definitionRoutes(app: App, options: AdminApiOptions): void {
  app.post(
    base,
    {
      config: issuerAccess('credentialdefinitions:write'),
      schema: {
        summary: 'Create a credential definition; the same content may be sent again',
        params: contextParams,
        body: definitionBody,
        response: { 201: definitionAnswer, ...refusals },
      },
    },
    async (request, reply) => {
      const definition = parseCredentialDefinition(request.body)
      await asIssuer(options, request.params, async (tx) => {
        await requireAttestations(tx, definition)
        if (await insertDefinition(tx, definition, new Date(options.clock()))) return
        const [existing] = await readDefinitions(tx, [definition.id])
        if (!sameContent(existing, definition))
          throw new WeftError(issuerErrors['definition-conflict'], { field: 'id' })
      })
      const { participantContextId } = request.params
      const path = `/api/issuer/v1beta/participants/${participantContextId}/credentialdefinitions/${encodeURIComponent(definition.id)}`
      reply.code(201).header('location', path)
      return answerOf(participantContextId, definition)
    },
  )
  app.put(
    base,
    {
      config: issuerAccess('credentialdefinitions:write'),
      schema: {
        summary: 'Replace a credential definition',
        params: contextParams,
        body: definitionBody,
        response: { 200: definitionAnswer, ...refusals },
      },
    },
    async (request) => {
      const definition = parseCredentialDefinition(request.body)
      await asIssuer(options, request.params, async (tx) => {
        await requireAttestations(tx, definition)
        if (!(await updateDefinition(tx, definition))) throw new WeftError(issuerErrors['definition-unknown'])
      })
      return answerOf(request.params.participantContextId, definition)
    },
  )
  app.get(
    `${base}/:id`,
    {
      config: issuerAccess('credentialdefinitions:read'),
      schema: {
        summary: 'Read a credential definition',
        params: idParams,
        response: { 200: definitionAnswer, ...refusals },
      },
    },
    async (request) => {
      const [definition] = await asIssuer(options, request.params, (tx) => readDefinitions(tx, [request.params.id]))
      if (!definition) throw new WeftError(issuerErrors['definition-unknown'])
      return answerOf(request.params.participantContextId, definition)
    },
  )
  app.delete(
    `${base}/:id`,
    {
      config: issuerAccess('credentialdefinitions:write'),
      schema: {
        summary: 'Delete a credential definition',
        params: idParams,
        response: { 204: Type.Null(), ...refusals },
      },
    },
    async (request, reply) => {
      await asIssuer(options, request.params, async (tx) => {
        if (!(await deleteDefinition(tx, request.params.id))) throw new WeftError(issuerErrors['definition-unknown'])
      })
      return reply.code(204).send(null)
    },
  )
  app.post(
    `${base}/query`,
    {
      config: issuerAccess('credentialdefinitions:read'),
      schema: {
        summary: 'Query credential definitions',
        params: contextParams,
        body: optionalQuerySpec,
        response: { 200: Type.Array(definitionAnswer), ...refusals },
      },
    },
    async (request) => {
      const definitions = await asIssuer(options, request.params, (tx) => queryDefinitions(tx, request.body ?? {}))
      return definitions.map((definition) => answerOf(request.params.participantContextId, definition))
    },
  )
}

async function requireAttestations(tx: Transaction, definition: CredentialDefinition): Promise<void> {
  const known = await readAttestations(tx, definition.attestations)
  const ids = new Set(known.map((attestation) => attestation.id))
  const missing = definition.attestations.findIndex((id) => !ids.has(id))
  if (missing < 0) return
  throw new WeftError(requestErrors['invalid-field'], {
    field: `attestations/${missing}`,
    message: 'There is no attestation with this id; create it first.',
  })
}

/** Compared as they are stored, where an absent member and an undefined one are the same. */
function sameContent(stored: CredentialDefinition | undefined, given: CredentialDefinition): boolean {
  return isDeepStrictEqual(stored, JSON.parse(json(given)))
}

function answerOf(participantContextId: string, definition: CredentialDefinition): Static<typeof definitionAnswer> {
  return { ...credentialDefinitionBody(definition), participantContextId }
}

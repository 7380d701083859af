import { WeftError } from '@weft/foundation/errors'
import type { App } from '@weft/foundation/http'
import { type Static, Type } from 'typebox'
import type { CredentialDefinition } from '../domain/credential-definition.ts'
import { issuerErrors } from '../domain/errors.ts'
import { decideByHand } from '../issuance.ts'
import { type Issuance, queryIssuances, readIssuance } from '../store/issuances.ts'
import { readDefinitions } from '../store/offerings.ts'
import { type AdminApiOptions, asIssuer, issuerAccess } from './as-issuer.ts'
import { refusals } from './render-error.ts'
import { contextParams, idParams, issuanceAnswer, optionalQuerySpec, rejectionBody } from './schemas.ts'

const base = '/participants/:participantContextId/issuanceprocesses'

/** What became of holders' requests, and the word on those that wait for it. */
export function issuanceRoutes(app: App, options: AdminApiOptions): void {
  const mayRead = issuerAccess('issuanceprocesses:read', ['provisioner', 'workload'])
  const mayDecide = issuerAccess('issuanceprocesses:write')

  app.get(
    `${base}/:id`,
    {
      config: mayRead,
      schema: { summary: 'Read an issuance', params: idParams, response: { 200: issuanceAnswer, ...refusals } },
    },
    async (request) => {
      const { issuance, definitions } = await asIssuer(options, request.params, async (tx) => {
        const found = await readIssuance(tx, request.params.id)
        if (!found) throw new WeftError(issuerErrors['issuance-unknown'])
        return { issuance: found, definitions: await definitionsOf(tx, [found]) }
      })
      return answerOf(request.params.participantContextId, issuance, definitions)
    },
  )
  app.post(
    `${base}/:id/approve`,
    {
      config: mayDecide,
      schema: {
        summary: 'Approve a request that waits for it; rules and required claims still hold',
        params: idParams,
        response: { 204: Type.Null(), ...refusals },
      },
    },
    async (request, reply) => {
      await decided(options, request.params, { approved: true })
      return reply.code(204).send(null)
    },
  )
  app.post(
    `${base}/:id/reject`,
    {
      config: mayDecide,
      schema: {
        summary: 'Reject a request that waits for approval',
        params: idParams,
        body: rejectionBody,
        response: { 204: Type.Null(), ...refusals },
      },
    },
    async (request, reply) => {
      await decided(options, request.params, { approved: false, reason: request.body?.reason ?? 'no reason was given' })
      return reply.code(204).send(null)
    },
  )
  app.post(
    `${base}/query`,
    {
      config: mayRead,
      schema: {
        summary: 'Query issuances',
        params: contextParams,
        body: optionalQuerySpec,
        response: { 200: Type.Array(issuanceAnswer), ...refusals },
      },
    },
    async (request) => {
      const { issuances, definitions } = await asIssuer(options, request.params, async (tx) => {
        const found = await queryIssuances(tx, request.body ?? {})
        return { issuances: found, definitions: await definitionsOf(tx, found) }
      })
      return issuances.map((issuance) => answerOf(request.params.participantContextId, issuance, definitions))
    },
  )
}

async function decided(
  options: AdminApiOptions,
  params: { readonly participantContextId: string; readonly id: string },
  word: Parameters<typeof decideByHand>[3],
): Promise<void> {
  const issuance = await asIssuer(options, params, (tx) => decideByHand(options, tx, params.id, word))
  options.logger.info('somebody has decided about a request', {
    category: 'audit',
    action: word.approved ? 'issuance.approve' : 'issuance.reject',
    participantContextId: issuance.participantContextId,
    counterparty: issuance.holderDid,
    issuanceId: issuance.id,
  })
}

/** By id; definitions that were deleted since are absent. */
async function definitionsOf(
  tx: Parameters<typeof readDefinitions>[0],
  issuances: readonly Issuance[],
): Promise<ReadonlyMap<string, CredentialDefinition>> {
  const ids = [...new Set(issuances.flatMap((issuance) => issuance.definitionIds))]
  const definitions = await readDefinitions(tx, ids)
  return new Map(definitions.map((definition) => [definition.id, definition]))
}

function answerOf(
  participantContextId: string,
  issuance: Issuance,
  definitions: ReadonlyMap<string, CredentialDefinition>,
): Static<typeof issuanceAnswer> {
  const known = issuance.definitionIds.map((id) => definitions.get(id)).filter((definition) => definition !== undefined)
  return {
    id: issuance.id,
    participantContextId,
    holderId: issuance.holderId,
    holderPid: issuance.holderPid,
    claims: { ...issuance.claims },
    credentialDefinitions: [...issuance.definitionIds],
    credentialFormats: Object.fromEntries(known.map(({ credentialType, format }) => [credentialType, format])),
    state: issuance.state,
    errorCode: issuance.error?.code ?? null,
    errorDetail: issuance.error?.detail ?? null,
    createdAt: issuance.createdAt.getTime(),
    updatedAt: issuance.updatedAt.getTime(),
  }
}

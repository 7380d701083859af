import { WeftError } from '@weft/foundation/errors'
import type { App } from '@weft/foundation/http'
import { type Static, Type } from 'typebox'
import type { CredentialDefinition } from '../domain/credential-definition.ts'
import { issuerErrors } from '../domain/errors.ts'
import { type Issuance, queryIssuances, readIssuance } from '../store/issuances.ts'
import { readDefinitions } from '../store/offerings.ts'
import { type AdminApiOptions, asIssuer, issuerAccess } from './as-issuer.ts'
import { refusals } from './render-error.ts'
import { contextParams, idParams, issuanceAnswer, optionalQuerySpec } from './schemas.ts'

const base = '/participants/:participantContextId/issuanceprocesses'

/** What became of holders' requests; read only. */
export function issuanceRoutes(app: App, options: AdminApiOptions): void {
  const mayRead = issuerAccess('issuanceprocesses:read', ['provisioner', 'workload'])

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

import type { App } from '@weft/foundation/http'
import { Type } from 'typebox'
import type { Parts } from '../../parts.ts'
import { findAsset } from '../../store/assets.ts'
import { associatedProfiles } from '../../store/profiles.ts'
import { Context, errorAnswers, found, ItemParams, inContext, participantRoute, withActiveContext } from './wire.ts'

const ValidationAnswer = Type.Object({
  '@context': Context,
  '@type': Type.Literal('AssetValidationResult'),
  results: Type.Array(
    Type.Object({ profile: Type.String(), isValid: Type.Boolean(), errors: Type.Array(Type.String()) }),
  ),
})

/** Whether an asset keeps to what its participant's dataspaces demand of assets; where it does not, it is not offered. */
export function assetValidationRoutes(app: App, parts: Parts): void {
  app.post(
    '/participants/:participantContextId/assets/:id/validate',
    {
      config: participantRoute('assets', 'read'),
      schema: {
        summary:
          'Check an asset against the asset schema of every dataspace profile that the participant takes part in.',
        params: ItemParams,
        response: { 200: ValidationAnswer, ...errorAnswers },
      },
    },
    async (request) => {
      const { asset, profiles } = await withActiveContext(parts, request.params, async (tx) => ({
        asset: found(await findAsset(tx, request.params.id)),
        profiles: await associatedProfiles(tx),
      }))
      const results = profiles.map((profile) => {
        const errors = [...parts.directory.semanticsOf(profile)(asset.properties)]
        return { profile, isValid: errors.length === 0, errors }
      })
      return inContext({ '@type': 'AssetValidationResult' as const, results })
    },
  )
}

import { randomUUID } from 'node:crypto'
import type { ParticipantContextId } from '@weft/foundation/access'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import type { App } from '@weft/foundation/http'
import { type Static, Type } from 'typebox'
import { type Asset, checkDistinctNames, checkSourceAddress, splitSecrets } from '../../domain/asset.ts'
import { plainField } from '../../domain/criterion.ts'
import { readQuery } from '../../domain/query.ts'
import { catalogueErrors } from '../../errors.ts'
import type { Parts } from '../../parts.ts'
import { deleteAsset, findAsset, insertAsset, isAssetInUse, queryAssets, updateAsset } from '../../store/assets.ts'
import {
  Context,
  ContextParams,
  contextIdOf,
  created,
  errorAnswers,
  found,
  Id,
  IdResponse,
  ItemParams,
  idResponse,
  inContext,
  JsonObjectSchema,
  participantRoute,
  QueryBody,
  withActiveContext,
} from './wire.ts'

const DataAddressSchema = Type.Record(Type.String(), Type.Union([Type.String(), Type.Boolean(), Type.Number()]))

const DataplaneMetadataSchema = Type.Object({
  '@type': Type.Optional(Type.Literal('DataplaneMetadata')),
  labels: Type.Optional(Type.Array(Type.String(), { maxItems: 100 })),
  properties: Type.Optional(JsonObjectSchema),
  profiles: Type.Optional(Type.Array(Type.String(), { maxItems: 100 })),
})

const assetFields = {
  '@context': Context,
  '@type': Type.Literal('Asset'),
  properties: JsonObjectSchema,
  privateProperties: Type.Optional(JsonObjectSchema),
  dataplaneMetadata: Type.Optional(DataplaneMetadataSchema),
  dataAddress: Type.Optional(DataAddressSchema),
}
const AssetBody = Type.Object({ ...assetFields, '@id': Type.Optional(Id) })
const AssetAnswer = Type.Object({ ...assetFields, '@id': Type.String() })

/** What a participant can offer. The credentials of a data address go into the vault and are never shown again. */
export function assetRoutes(app: App, parts: Parts): void {
  const collection = '/participants/:participantContextId/assets'

  app.post(
    collection,
    {
      config: participantRoute('assets', 'write'),
      schema: {
        summary: 'Create an asset.',
        params: ContextParams,
        body: AssetBody,
        response: { 200: IdResponse, ...errorAnswers },
      },
    },
    async (request) => {
      const stored = await withStoredSecrets(parts, request, (asset) =>
        withActiveContext(parts, request.params, async (tx) => ({
          id: asset.id,
          createdAt: created(await insertAsset(tx, asset)),
          obsolete: null,
        })),
      )
      return idResponse(stored.id, stored.createdAt)
    },
  )

  app.put(
    collection,
    {
      config: participantRoute('assets', 'write'),
      schema: {
        summary: 'Replace an asset as a whole, its data address included.',
        params: ContextParams,
        body: AssetBody,
        response: { 204: Type.Null(), ...errorAnswers },
      },
    },
    async (request, reply) => {
      if (request.body['@id'] === undefined) {
        throw new WeftError(requestErrors['invalid-field'], { field: '@id', message: '"@id" is missing.' })
      }
      await withStoredSecrets(parts, request, (asset) =>
        withActiveContext(parts, request.params, async (tx) => ({
          obsolete: found(await updateAsset(tx, asset)).secretRef,
        })),
      )
      return reply.code(204).send(null)
    },
  )

  app.get(
    `${collection}/:id`,
    {
      config: participantRoute('assets', 'read'),
      schema: { summary: 'Read an asset.', params: ItemParams, response: { 200: AssetAnswer, ...errorAnswers } },
    },
    async (request) =>
      answerOf(found(await withActiveContext(parts, request.params, (tx) => findAsset(tx, request.params.id)))),
  )

  app.delete(
    `${collection}/:id`,
    {
      config: participantRoute('assets', 'write'),
      schema: {
        summary: 'Delete an asset that no agreement and no running negotiation refers to.',
        params: ItemParams,
        response: { 204: Type.Null(), ...errorAnswers },
      },
    },
    async (request, reply) => {
      const gone = await withActiveContext(parts, request.params, async (tx) => {
        if (await isAssetInUse(tx, request.params.id)) throw new WeftError(catalogueErrors['in-use'])
        return found(await deleteAsset(tx, request.params.id))
      })
      await forgetSecret(parts, contextIdOf(request.params), gone.secretRef)
      return reply.code(204).send(null)
    },
  )

  app.post(
    `${collection}/request`,
    {
      config: participantRoute('assets', 'read'),
      schema: {
        summary: 'Search assets.',
        params: ContextParams,
        body: QueryBody,
        response: { 200: Type.Array(AssetAnswer), ...errorAnswers },
      },
    },
    async (request) => {
      const query = readQuery(request.body)
      return (await withActiveContext(parts, request.params, (tx) => queryAssets(tx, query))).map(answerOf)
    },
  )
}

interface AssetRequest {
  readonly params: Static<typeof ContextParams>
  readonly body: Static<typeof AssetBody>
}

/**
 * Stores the secrets of an asset before its row, since the vault has transactions of its own, under a name of their own: a
 * row that is refused leaves no secret behind and touches none that is in use.
 */
async function withStoredSecrets<T extends { readonly obsolete: string | null }>(
  parts: Parts,
  { params, body }: AssetRequest,
  store: (asset: Omit<Asset, 'createdAt'>) => Promise<T>,
): Promise<T> {
  const { asset, secrets } = assetOf(body)
  const contextId = contextIdOf(params)
  if (Object.keys(secrets).length === 0) {
    const stored = await store(asset)
    await forgetSecret(parts, contextId, stored.obsolete)
    return stored
  }
  // Nothing is put into the vault for a context that is refused anyway.
  await withActiveContext(parts, params, () => Promise.resolve())
  const secretRef = `control-plane/asset/${randomUUID()}`
  await parts.vault.partition(contextId).put(secretRef, JSON.stringify(secrets))
  let obsolete: string | null = secretRef
  try {
    const stored = await store({ ...asset, secretRef })
    obsolete = stored.obsolete
    return stored
  } finally {
    await forgetSecret(parts, contextId, obsolete)
  }
}

async function forgetSecret(parts: Parts, contextId: ParticipantContextId, ref: string | null): Promise<void> {
  if (ref !== null) await parts.vault.partition(contextId).delete(ref)
}

function assetOf(body: Static<typeof AssetBody>): {
  readonly asset: Omit<Asset, 'createdAt'>
  readonly secrets: Readonly<Record<string, string>>
} {
  const { properties, privateProperties = {}, dataplaneMetadata, dataAddress } = body
  checkDistinctNames(properties, privateProperties)
  const address = dataAddress && sourceAddressOf(dataAddress)
  if (address) checkSourceAddress(address)
  const { open, secrets } = splitSecrets(address ?? {})
  return {
    asset: {
      id: body['@id'] ?? randomUUID(),
      properties,
      privateProperties,
      dataplaneMetadata: dataplaneMetadata ?? null,
      dataAddress: address ? open : null,
      secretRef: null,
    },
    secrets,
  }
}

/** Names without EDC's namespace, values as text. */
function sourceAddressOf(dataAddress: Static<typeof DataAddressSchema>): Readonly<Record<string, string>> {
  const entries = Object.entries(dataAddress).filter(([name]) => name !== '@type')
  return Object.fromEntries(entries.map(([name, value]) => [plainField(name), String(value)]))
}

function answerOf(asset: Asset): Static<typeof AssetAnswer> {
  return inContext({
    '@type': 'Asset' as const,
    '@id': asset.id,
    properties: { ...asset.properties, id: asset.id },
    privateProperties: { ...asset.privateProperties },
    ...(asset.dataplaneMetadata
      ? {
          dataplaneMetadata: {
            '@type': 'DataplaneMetadata' as const,
            ...(asset.dataplaneMetadata.labels ? { labels: [...asset.dataplaneMetadata.labels] } : {}),
            ...(asset.dataplaneMetadata.properties ? { properties: { ...asset.dataplaneMetadata.properties } } : {}),
            ...(asset.dataplaneMetadata.profiles ? { profiles: [...asset.dataplaneMetadata.profiles] } : {}),
          },
        }
      : {}),
    ...(asset.dataAddress ? { dataAddress: { '@type': 'DataAddress', ...asset.dataAddress } } : {}),
  })
}

import type { App } from '@weft/foundation/http'
import { type Static, Type } from 'typebox'
import type { Parts } from '../../parts.ts'
import { findTransfer } from '../../store/transfers.ts'
import { readAddress } from '../../transfer/addresses.ts'
import { Context, contextIdOf, errorAnswers, found, inContext, participantRoute, withActiveContext } from './wire.ts'

const TransferParams = Type.Object({ participantContextId: Type.String(), transferId: Type.String() })

const DataAddressAnswer = Type.Intersect([
  Type.Object({
    '@context': Context,
    '@type': Type.Literal('DataAddress'),
    type: Type.String(),
    endpointType: Type.String(),
    endpoint: Type.Optional(Type.String()),
    authorization: Type.Optional(Type.String()),
    authType: Type.Optional(Type.String()),
  }),
  Type.Record(Type.String(), Type.Unknown()),
])

/** A consumer's access to the data of a running transfer: kept in the vault, gone with the transfer. */
export function edrRoutes(app: App, parts: Parts): void {
  app.get(
    '/participants/:participantContextId/edrs/:transferId/dataaddress',
    {
      config: participantRoute('transfers', 'read'),
      schema: {
        summary: 'Read where and with which token the data of a transfer can be fetched.',
        params: TransferParams,
        response: { 200: DataAddressAnswer, ...errorAnswers },
      },
    },
    async (request): Promise<Static<typeof DataAddressAnswer>> => {
      const { params } = request
      const transfer = await withActiveContext(parts, params, (tx) => findTransfer(tx, params.transferId))
      const ref = transfer?.role === 'CONSUMER' && transfer.state === 'STARTED' ? transfer.addressRef : null
      const address = found(await readAddress(parts.vault, contextIdOf(params), ref))
      return inContext({
        ...address.properties,
        '@type': 'DataAddress' as const,
        type: address.endpointType,
        endpointType: address.endpointType,
        ...(address.endpoint === undefined ? {} : { endpoint: address.endpoint }),
      })
    },
  )
}

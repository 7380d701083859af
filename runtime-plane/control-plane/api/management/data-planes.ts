import { WeftError } from '@weft/foundation/errors'
import { type App, principalOf } from '@weft/foundation/http'
import { parseDpsMessage } from '@weft/protocols/dps'
import { type Static, Type } from 'typebox'
import type { DataPlane } from '../../domain/data-plane.ts'
import { catalogueErrors } from '../../errors.ts'
import type { Parts } from '../../parts.ts'
import { registerDataPlane, secretRefOf } from '../../registration.ts'
import { deleteDataPlane, findDataPlane, isDataPlaneInUse, listDataPlanes } from '../../store/data-planes.ts'
import {
  Context,
  ContextParams,
  contextIdOf,
  errorAnswers,
  found,
  ItemParams,
  inContext,
  participantRoute,
  withActiveContext,
} from './wire.ts'

/** Plain JSON, as DPS has it; `transferTypes` is the older name of `profiles`. */
const RegistrationBody = Type.Object({
  dataplaneId: Type.String({ minLength: 1, maxLength: 255 }),
  endpoint: Type.String(),
  profiles: Type.Optional(Type.Array(Type.String(), { minItems: 1, maxItems: 100 })),
  transferTypes: Type.Optional(Type.Array(Type.String(), { minItems: 1, maxItems: 100 })),
  labels: Type.Optional(Type.Array(Type.String(), { maxItems: 100 })),
  authorization: Type.Record(Type.String(), Type.Unknown(), {
    description:
      'How the data plane is called, and by which keys its own calls are known: oauth2_client_credentials, or by an operator oauth2_token_exchange.',
  }),
})

const DataPlaneAnswer = Type.Object({
  '@context': Context,
  '@type': Type.Literal('DataPlaneInstance'),
  '@id': Type.String(),
  endpoint: Type.String(),
  allowedTransferTypes: Type.Array(Type.String()),
  labels: Type.Array(Type.String()),
  state: Type.Literal('REGISTERED'),
})

/**
 * Data planes of a participant, for those that do not register themselves. They say how they are called: our own token goes
 * to data planes of the deployment only, since whoever holds it may act for any participant.
 */
export function dataPlaneRoutes(app: App, parts: Parts): void {
  const collection = '/participants/:participantContextId/dataplanes'

  app.put(
    collection,
    {
      config: participantRoute('dataplanes', 'write'),
      schema: {
        summary: 'Register a data plane, or replace its registration.',
        params: ContextParams,
        body: RegistrationBody,
        response: { 200: Type.Null(), ...errorAnswers },
      },
    },
    async (request, reply) => {
      const { transferTypes, ...body } = request.body
      const message = parseDpsMessage('DataPlaneRegistrationMessage', {
        ...body,
        profiles: body.profiles ?? transferTypes,
      })
      await withActiveContext(parts, request.params, () => Promise.resolve())
      const kind = principalOf(request).role === 'participant' ? 'participant' : 'operator'
      await registerDataPlane(parts, contextIdOf(request.params), message, { kind })
      return reply.code(200).send(null)
    },
  )

  app.get(
    collection,
    {
      config: participantRoute('dataplanes', 'read'),
      schema: {
        summary: 'List the data planes of a participant.',
        params: ContextParams,
        response: { 200: Type.Array(DataPlaneAnswer), ...errorAnswers },
      },
    },
    async (request) => (await withActiveContext(parts, request.params, listDataPlanes)).map(answerOf),
  )

  app.delete(
    `${collection}/:id`,
    {
      config: participantRoute('dataplanes', 'write'),
      schema: {
        summary: 'Remove the registration of a data plane without running transfers.',
        params: ItemParams,
        response: { 204: Type.Null(), ...errorAnswers },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const ref = await withActiveContext(parts, request.params, async (tx) => {
        const plane = found(await findDataPlane(tx, id))
        if (await isDataPlaneInUse(tx, id)) throw new WeftError(catalogueErrors['in-use'])
        await deleteDataPlane(tx, id)
        return secretRefOf(plane)
      })
      if (ref !== null) await parts.vault.partition(contextIdOf(request.params)).delete(ref)
      return reply.code(204).send(null)
    },
  )
}

function answerOf(plane: DataPlane): Static<typeof DataPlaneAnswer> {
  return inContext({
    '@type': 'DataPlaneInstance' as const,
    '@id': plane.id,
    endpoint: plane.endpoint,
    allowedTransferTypes: [...plane.profiles],
    labels: [...plane.labels],
    state: 'REGISTERED' as const,
  })
}

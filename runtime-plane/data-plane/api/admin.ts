import { participantContextId } from '@weft/foundation/access'
import type { ApiDefinition } from '@weft/foundation/http'
import { Type } from 'typebox'
import type { Participants } from '../participants.ts'

const params = Type.Object({ participantContextId: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }) })
const registration = Type.Object({
  participantContextId: Type.String(),
  dataplaneId: Type.String(),
  endpoint: Type.String(),
  profiles: Type.Array(Type.String()),
})
const problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.String(),
  detail: Type.Optional(Type.String()),
})
const refusals = { 400: problem, 401: problem, 403: problem, 502: problem } as const

/** Which participant contexts the data plane serves; called when a participant is provisioned. */
export function adminApi(participants: Participants): ApiDefinition {
  const config = {
    access: {
      kind: 'token',
      scope: 'data-plane-api:participants:write',
      roles: ['admin', 'provisioner', 'workload'],
    },
  } as const
  return {
    name: 'data-plane',
    title: 'Data plane administration',
    version: 'v1',
    prefix: '/api/data-plane/v1',
    routes: (app) => {
      app.put(
        '/participants/:participantContextId',
        {
          config,
          schema: {
            summary: 'Enable a participant context and register at its control plane; repeated is fine',
            params,
            response: { 200: registration, ...refusals },
          },
        },
        async (request) => {
          const contextId = participantContextId(request.params.participantContextId)
          const { profiles, ...rest } = await participants.enable(contextId)
          return { participantContextId: contextId, ...rest, profiles: [...profiles] }
        },
      )
      app.delete(
        '/participants/:participantContextId',
        {
          config,
          schema: {
            summary: 'Remove a participant context: its registration, flows and tokens; repeated is fine',
            params,
            response: { 204: Type.Null(), ...refusals },
          },
        },
        async (request, reply) => {
          await participants.disable(participantContextId(request.params.participantContextId))
          return reply.code(204).send(null)
        },
      )
    },
  }
}

import { Type } from 'typebox'
import { type AccessRule, participantContextId } from '../access/index.ts'
import type { ApiDefinition } from '../http/index.ts'
import type { VaultAdministration } from './port.ts'

const access = {
  kind: 'token',
  scope: 'vault:clients:write',
  roles: ['workload'],
} as const satisfies AccessRule

const params = Type.Object({ clientId: Type.String({ pattern: '^[A-Za-z0-9._-]{1,128}$' }) })
const body = Type.Object(
  { participantContextId: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }) },
  { additionalProperties: false },
)
const empty = Type.Null({ description: 'Nothing.' })

/**
 * Vault clients, for the internal listener: `PUT {prefix}/clients/{clientId}` opens a participant context's partition,
 * `DELETE` closes it with everything in it. Both may be repeated.
 */
export function vaultApi(options: { readonly vault: VaultAdministration; readonly prefix?: string }): ApiDefinition {
  const { vault } = options
  return {
    name: 'vault',
    title: 'Vault clients',
    version: '1.0',
    prefix: options.prefix ?? '/vault/v1',
    routes(app) {
      app.put(
        '/clients/:clientId',
        {
          config: { access },
          schema: { summary: 'Opens the partition of a participant context.', params, body, response: { 204: empty } },
        },
        async (request, reply) => {
          await vault.openPartition({
            clientId: request.params.clientId,
            participantContextId: participantContextId(request.body.participantContextId),
          })
          return reply.code(204).send(null)
        },
      )
      app.delete(
        '/clients/:clientId',
        {
          config: { access },
          schema: { summary: 'Closes a partition and deletes its secrets.', params, response: { 204: empty } },
        },
        async (request, reply) => {
          await vault.closePartition(request.params.clientId)
          return reply.code(204).send(null)
        },
      )
    },
  }
}

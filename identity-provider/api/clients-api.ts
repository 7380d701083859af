import type { AccessRule, Role } from '@weft/foundation/access'
import type { ServiceDatabase, Transaction } from '@weft/foundation/database'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import { type ApiDefinition, linkHeader, pageOf, pageQuery, principalOf } from '@weft/foundation/http'
import type { Logger } from '@weft/foundation/telemetry'
import { type Static, Type } from 'typebox'
import { type Client, clientFrom, mayManage, sameClient } from '../domain/client.ts'
import { hashOf, newClientSecret } from '../domain/client-secret.ts'
import { identityProviderErrors } from '../errors.ts'
import {
  addClient,
  findClient,
  idsCollide,
  listClients,
  removeClient,
  type StoredClient,
  setSecretHash,
  withClients,
} from '../store/client-store.ts'
import { clientBody, clientPath, clientSecretView, clientView } from './clients-schemas.ts'

const rule = (action: 'read' | 'write'): { readonly access: AccessRule } => ({
  access: { kind: 'token', scope: `idp:clients:${action}`, roles: ['admin', 'workload'] },
})
const allRoles: readonly Role[] = ['admin', 'provisioner', 'participant', 'workload']

/** Administration of OAuth2 clients: for operators, and for the agent that makes participants' clients. */
export function clientsApi(database: ServiceDatabase, logger: Logger): ApiDefinition {
  return {
    name: 'identity-provider',
    title: 'Clients of the identity provider',
    version: '1.0.0',
    prefix: '/clients/v1',
    routes: (app) => {
      const at = '/clients/:clientId'
      app.put(
        at,
        {
          config: rule('write'),
          schema: {
            description:
              'Makes a client; again with the same content changes nothing. It gets tokens once it has a secret.',
            params: clientPath,
            body: clientBody,
            response: { 200: clientView, 201: clientView },
          },
        },
        async (request, reply) => {
          const caller = principalOf(request)
          const wanted = clientFrom({ clientId: request.params.clientId, ...request.body })
          if (!mayManage(caller.role, wanted)) {
            throw new WeftError(requestErrors.forbidden, {
              message: 'Only an administrator makes clients of this role.',
            })
          }
          const { client, made } = await withClients(database, 'put-client', (tx) => putClient(tx, wanted))
          if (made) audit('client.create', client)
          return reply.code(made ? 201 : 200).send(viewOf(client))
        },
      )
      app.get(
        '/clients',
        {
          config: rule('read'),
          schema: {
            description: 'A page of clients in the order of their ids; the Link header leads to the next one.',
            querystring: pageQuery,
            response: { 200: Type.Array(clientView) },
          },
        },
        async (request, reply) => {
          const page = pageOf(request.query)
          const roles = allRoles.filter((role) => mayManage(principalOf(request).role, { role }))
          const clients = await withClients(database, 'list-clients', (tx) => listClients(tx, { ...page, roles }))
          const link = linkHeader(request.url, page, { more: clients.length > page.limit })
          if (link !== undefined) reply.header('link', link)
          return clients.slice(0, page.limit).map(viewOf)
        },
      )
      app.get(
        at,
        { config: rule('read'), schema: { params: clientPath, response: { 200: clientView } } },
        async (request) => {
          const { clientId } = request.params
          const { role } = principalOf(request)
          return viewOf(await withClients(database, 'get-client', (tx) => managedClient(tx, clientId, role)))
        },
      )
      app.delete(
        at,
        { config: rule('write'), schema: { params: clientPath, response: { 204: Type.Null() } } },
        async (request, reply) => {
          const { clientId } = request.params
          const { role } = principalOf(request)
          const client = await withClients(database, 'delete-client', async (tx) => {
            const found = changeable(await managedClient(tx, clientId, role))
            await removeClient(tx, clientId)
            return found
          })
          audit('client.delete', client)
          return reply.code(204).send(null)
        },
      )
      app.post(
        `${at}/secret`,
        {
          config: rule('write'),
          schema: {
            description: 'Makes a new secret in place of the old one. It is shown in this answer and never again.',
            params: clientPath,
            response: { 200: clientSecretView },
          },
        },
        async (request) => {
          const { clientId } = request.params
          const { role } = principalOf(request)
          const clientSecret = newClientSecret()
          const client = await withClients(database, 'set-secret', async (tx) => {
            const found = changeable(await managedClient(tx, clientId, role))
            await setSecretHash(tx, clientId, hashOf(clientId, clientSecret))
            return found
          })
          audit('client.new-secret', client)
          return { clientId, clientSecret }
        },
      )
    },
  }

  function audit(action: string, client: Client): void {
    logger.info('a client was changed', {
      category: 'audit',
      action,
      clientId: client.clientId,
      ...(client.participantContextId === null ? {} : { participantContextId: client.participantContextId }),
    })
  }
}

async function putClient(
  tx: Transaction,
  wanted: Client,
): Promise<{ readonly client: StoredClient; readonly made: boolean }> {
  const existing = await findClient(tx, wanted.clientId)
  if (existing) return { client: sameOrConflict(existing, wanted), made: false }
  if (await idsCollide(tx, wanted))
    throw new WeftError(identityProviderErrors['client-id-is-context'], { field: 'clientId' })
  const made = await addClient(tx, wanted)
  const client = await findClient(tx, wanted.clientId)
  if (!client) throw new Error('a client that was just added is there')
  return { client: sameOrConflict(client, wanted), made }
}

function sameOrConflict(existing: StoredClient, wanted: Client): StoredClient {
  if (!sameClient(existing, wanted)) throw new WeftError(identityProviderErrors['client-exists'])
  return existing
}

/** A client that the caller may manage; others are unknown to it. */
async function managedClient(tx: Transaction, clientId: string, caller: Role): Promise<StoredClient> {
  const client = await findClient(tx, clientId)
  if (!client || !mayManage(caller, client)) throw new WeftError(identityProviderErrors['client-unknown'])
  return client
}

function changeable(client: StoredClient): StoredClient {
  if (client.ofSettings) throw new WeftError(identityProviderErrors['client-of-settings'])
  return client
}

function viewOf(client: StoredClient): Static<typeof clientView> {
  return {
    clientId: client.clientId,
    role: client.role,
    ...(client.participantContextId === null ? {} : { participantContextId: client.participantContextId }),
    scopes: [...client.scopes],
    hasSecret: client.secretHash !== null,
  }
}

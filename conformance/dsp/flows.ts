import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { type CounterpartServer, type ReceivedRequest, serveCounterpart } from '../counterpart-server.ts'
import type { FlowConduct } from './scripts.ts'

/** The transfer type of the flows below; no other data plane of the participant has it. */
export const kitTransferType = 'Conformance-PULL'

/** The kit registers its handler for the start only after it has seen the answer to its request. */
const beforeStartMs = 300

/**
 * A data plane that moves nothing: it says at once that a flow runs, or that it will and never does. It registers like any
 * other, and is called with tokens of its own token endpoint.
 * @param conductOf what it does for an agreement
 */
export function serveFlows(conductOf: (agreementId: string) => FlowConduct): Promise<CounterpartServer> {
  return serveCounterpart(async ({ method, path, body }) => {
    if (path === '/token')
      return { status: 200, body: { access_token: randomUUID(), token_type: 'Bearer', expires_in: 600 } }
    if (method !== 'POST') return { status: 404 }
    if (path === '/dataflows/prepare') return { status: 200, body: statusOf(body, 'PREPARED') }
    if (path.endsWith('/resume')) return { status: 200, body: { ...resumed(path), dataAddress: address } }
    if (path !== '/dataflows/start') return { status: 200, body: {} }
    await pause(beforeStartMs)
    if (conductOf(memberOf(body, 'agreementId')) === 'never ready')
      return { status: 202, body: statusOf(body, 'STARTING') }
    return { status: 200, body: { ...statusOf(body, 'STARTED'), dataAddress: address } }
  })
}

const address = {
  '@type': 'DataAddress',
  endpointType: 'https://w3id.org/idsa/v4.1/HTTP',
  endpoint: 'https://data.example/flow',
  endpointProperties: [{ '@type': 'EndpointProperty', name: 'authorization', value: 'none' }],
}

function statusOf(body: ReceivedRequest['body'], state: string) {
  return { messageId: randomUUID(), dataFlowId: memberOf(body, 'processId'), state }
}

function resumed(path: string) {
  return { messageId: randomUUID(), dataFlowId: path.split('/').at(-2), state: 'STARTED' }
}

function memberOf(body: unknown, name: string): string {
  return String((body as Readonly<Record<string, unknown>>)[name])
}

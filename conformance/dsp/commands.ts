import type { Organisation } from '@weft/sdk/demo'
import { managementContext } from '@weft/sdk/demo'
import type { WatchedProcess } from './conductor.ts'
import type { NegotiationCommand, TransferCommand } from './scripts.ts'

const newest = {
  '@context': [managementContext],
  '@type': 'QuerySpec',
  sortField: 'createdAt',
  sortOrder: 'DESC',
  limit: 50,
} as const
const final: readonly string[] = ['FINALIZED', 'COMPLETED', 'TERMINATED']

/** What the conductor sees and does of negotiations: the management API as the participant's own client has it. */
export function negotiationDesk({ apis: { management }, participantContextId }: Organisation) {
  const at = { participantContextId }
  const terms = { permission: [{ action: 'use' }] }
  return {
    watch: async (): Promise<readonly WatchedProcess[]> => {
      const { body } = await management.call('POST /participants/{participantContextId}/contractnegotiations/request', {
        path: at,
        body: newest,
      })
      return body
        .filter(({ state }) => !final.includes(state))
        .map((one) => ({ id: one['@id'], state: one.state, key: one.assetId }))
    },
    command: async ({ id, key }: WatchedProcess, command: NegotiationCommand): Promise<void> => {
      const path = { ...at, id }
      const policy = { '@type': 'Offer', '@id': `offer-of-${id}`, target: key, ...terms } as const
      const base = 'POST /participants/{participantContextId}/contractnegotiations/{id}' as const
      switch (command) {
        case 'offer':
        case 'request':
          await management.call(`${base}/${command}`, { path, body: { '@context': [managementContext], policy } })
          return
        case 'terminate':
          await management.call(`${base}/terminate`, {
            path,
            body: { '@context': [managementContext], '@type': 'TerminateNegotiation', reason: 'the script says so' },
          })
          return
        default:
          await management.call(`${base}/${command}`, { path })
      }
    },
  }
}

/** The same for transfers. */
export function transferDesk({ apis: { management }, participantContextId }: Organisation) {
  const at = { participantContextId }
  return {
    watch: async (): Promise<readonly WatchedProcess[]> => {
      const { body } = await management.call('POST /participants/{participantContextId}/transferprocesses/request', {
        path: at,
        body: newest,
      })
      return body
        .filter(({ state }) => !final.includes(state))
        .map((one) => ({ id: one['@id'], state: one.state, key: one.agreementId }))
    },
    command: async ({ id }: WatchedProcess, command: TransferCommand): Promise<void> => {
      const path = { ...at, id }
      const base = 'POST /participants/{participantContextId}/transferprocesses/{id}' as const
      const reason = { '@context': [managementContext], reason: 'the script says so' }
      switch (command) {
        case 'suspend':
          await management.call(`${base}/suspend`, { path, body: { ...reason, '@type': 'SuspendTransfer' } })
          return
        case 'terminate':
          await management.call(`${base}/terminate`, { path, body: { ...reason, '@type': 'TerminateTransfer' } })
          return
        default:
          await management.call(`${base}/${command}`, { path })
      }
    },
  }
}

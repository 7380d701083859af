import { participantContextId } from '@weft/foundation/access'
import type { ServiceDatabase, Transaction } from '@weft/foundation/database'
import { expect, it } from 'vitest'
import type { DataspaceDirectory } from './dataspace-directory.ts'
import { createOwnContexts } from './own-contexts.ts'

/** Answers every read with a context of that id, and counts the reads. */
function fakeStore(answer: (id: string) => { state?: string; profiles?: string[] } | undefined = () => ({})) {
  const reads: string[] = []
  const database: ServiceDatabase = {
    schema: 'control_plane',
    tenant: () => Promise.reject(new Error('a cache of contexts reads each at once')),
    tenantAtOnce: (contextId, work) => {
      reads.push(contextId)
      const { state = 'ACTIVATED', profiles = ['profile'] } = answer(contextId) ?? {}
      const row = {
        participant_context_id: contextId,
        identity: `did:web:${contextId}.example`,
        properties: {},
        state,
        created_at: new Date(0),
        profiles,
      }
      const rows = answer(contextId) === undefined ? [] : [row]
      const tx = { contextId, one: async () => rows[0], rows: async () => rows, run: async () => rows.length }
      return work(tx as Transaction)
    },
    system: () => Promise.reject(new Error('a cache of contexts crosses none')),
    listen: () => Promise.reject(new Error('a cache of contexts listens to nothing')),
  }
  const directory = {
    profile: (name: string) => ({ name }),
    scopesOf: () => ({}),
  } as unknown as DataspaceDirectory
  return { reads, contexts: createOwnContexts(database, directory) }
}

const alice = participantContextId('alice')

it('reads a context once for many messages, also when they come at the same time', async () => {
  const { reads, contexts } = fakeStore()
  const [first, second] = await Promise.all([contexts.active(alice, 'profile'), contexts.active(alice, 'profile')])
  expect(first?.context.identity).toBe('did:web:alice.example')
  expect(second).toEqual(first)
  await contexts.active(alice, 'profile')
  expect(reads).toEqual(['alice'])
})

it('reads a context anew once it is told to forget it', async () => {
  let state = 'ACTIVATED'
  const { contexts } = fakeStore(() => ({ state }))
  expect(await contexts.active(alice, 'profile')).toBeDefined()
  state = 'DEACTIVATED'
  expect(await contexts.active(alice, 'profile')).toBeDefined()
  contexts.forget(alice)
  expect(await contexts.active(alice, 'profile')).toBeUndefined()
})

it('takes no refusal from memory: a context that another replica has just activated is there at once', async () => {
  let answer: { state?: string; profiles?: string[] } | undefined
  const { contexts } = fakeStore(() => answer)
  expect(await contexts.active(alice, 'profile')).toBeUndefined()
  answer = { state: 'CREATED' }
  expect(await contexts.active(alice, 'profile')).toBeUndefined()
  answer = { profiles: [] }
  expect(await contexts.active(alice, 'profile')).toBeUndefined()
  answer = {}
  expect(await contexts.active(alice, 'profile')).toBeDefined()
})

it('keeps a bounded number of contexts, and none that is unknown', async () => {
  const { reads, contexts } = fakeStore((id) => (id.startsWith('unknown') ? undefined : {}))
  await contexts.active(alice, 'profile')
  for (let n = 0; n < 3000; n += 1) await contexts.active(participantContextId(`unknown-${n}`), 'profile')
  await contexts.active(alice, 'profile')
  expect(reads.filter((id) => id === 'alice')).toHaveLength(1)
  for (let n = 0; n < 2000; n += 1) await contexts.active(participantContextId(`known-${n}`), 'profile')
  await contexts.active(alice, 'profile')
  expect(reads.filter((id) => id === 'alice')).toHaveLength(2)
})

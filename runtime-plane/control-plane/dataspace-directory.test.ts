import type { ServiceDatabase, Transaction } from '@weft/foundation/database'
import { createLogger } from '@weft/foundation/telemetry'
import { expect, it } from 'vitest'
import { createDataspaceDirectory } from './dataspace-directory.ts'

/** A database whose reads of dataspaces are answered when the test says so, and which the test lets notify. */
function fakeStore() {
  const reads: ((names: readonly string[]) => void)[] = []
  let notify = (): void => undefined
  const system = (purpose: string, work: (tx: Transaction) => Promise<unknown>): Promise<unknown> =>
    purpose === 'control-plane.read-dataspaces'
      ? new Promise((resolve) => {
          reads.push((names) => resolve({ profiles: names.map((name) => ({ name })), scopes: [] }))
        })
      : work({ run: async () => 1 } as unknown as Transaction)
  const database = {
    schema: 'control_plane',
    system,
    listen: async (_channel: string, handler: (payload: string) => void) => {
      notify = () => handler('')
      return async () => undefined
    },
  } as unknown as ServiceDatabase
  return { database, reads, notify: () => notify() }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

it('keeps what a change has led to when a slower read that began before it ends after it', async () => {
  const { database, reads, notify } = fakeStore()
  const directory = createDataspaceDirectory(database, createLogger({ component: 'test', level: 'silent' }))
  const started = directory.start()
  await turn()
  reads[0]?.([])
  await started
  notify()
  const changed = directory.change('test.change', async () => undefined)
  await turn()
  expect(reads).toHaveLength(3)
  reads[2]?.(['new'])
  await changed
  expect(directory.profile('new')).toBeDefined()
  reads[1]?.([])
  await turn()
  expect(directory.profile('new')).toBeDefined()
})

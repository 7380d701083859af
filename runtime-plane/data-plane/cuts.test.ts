import { randomUUID } from 'node:crypto'
import { get, type IncomingMessage } from 'node:http'
import { participantContextId } from '@weft/foundation/access'
import { overEachEngine } from '@weft/foundation/database-testing'
import { createLogger } from '@weft/foundation/telemetry'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listenForCuts } from './cuts.ts'
import { OpenStreams } from './domain/open-streams.ts'
import { migrations, schema } from './store/migrations.ts'
import { serve, type TestServer } from './testing/fake-surroundings.ts'
import { messages, type RunningDataPlane, runDataPlane, tokenOf, until } from './testing/run-data-plane.ts'

overEachEngine('cutting streams', (engine) => {
  let source: TestServer
  let plane: RunningDataPlane
  let provider: string
  beforeAll(async () => {
    source = await serve((_request, response) => void response.write('begin'))
    plane = await runDataPlane({ engine, sources: [source] })
    provider = await plane.participant()
  })
  afterAll(async () => {
    await plane.stop()
    await source.close()
  })

  const start = async () => {
    const answer = await plane.signal(provider, '/dataflows/start', messages.start(source.url))
    return { id: String(answer.body.dataFlowId), token: tokenOf(answer) }
  }

  test('a stream is cut whichever replica gets the signal', async () => {
    const replica = await runDataPlane({ sources: [source], replicaOf: plane })
    const { id, token } = await start()
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}` }
      get(`${replica.url('public')}/data/${id}`, { headers, agent: false }, resolve).on('error', reject)
    })
    const broken = new Promise((resolve) => response.once('error', resolve))
    response.resume()
    await plane.signal(provider, `/dataflows/${id}/suspend`, { messageId: randomUUID() })
    await broken
    await replica.stop()
  })

  test('after a lost connection to the database the streams of flows that ended meanwhile are cut, and no others', async () => {
    const [running, resumed, ended] = [await start(), await start(), await start()]
    for (const flow of [resumed, ended]) {
      await plane.signal(provider, `/dataflows/${flow.id}/suspend`, { messageId: randomUUID() })
    }
    await plane.signal(provider, `/dataflows/${resumed.id}/resume`, { messageId: randomUUID() })

    const database = await plane.database.forService(schema, migrations)
    let notify: ((payload: string) => void) | undefined
    const streams = new OpenStreams()
    const stop = await listenForCuts({
      // Only the notification is made up: the one that comes after a reconnect names no flow.
      database: {
        ...database,
        listen: async (_channel, handler) => {
          notify = handler
          return async () => undefined
        },
      },
      streams,
      logger: createLogger({ component: 'test', level: 'silent' }),
    })
    const cuts: string[] = []
    for (const [name, flow, generation] of [
      ['running', running, 0],
      ['of the old token', resumed, 0],
      ['of the new token', resumed, 2],
      ['ended', ended, 0],
      ['gone', { id: 'gone' }, 0],
    ] as const) {
      streams.enter(participantContextId(provider), flow.id, generation, () => cuts.push(name))
    }
    notify?.('')
    await until(() => cuts.length === 3, 'three streams are cut')
    expect(cuts.sort()).toEqual(['ended', 'gone', 'of the old token'])
    await stop()
  })
})

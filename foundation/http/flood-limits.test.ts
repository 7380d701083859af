import { afterEach, describe, expect, test, vi } from 'vitest'
import type { TokenVerifier } from '../access/index.ts'
import { requestErrors, WeftError } from '../errors/index.ts'
import { createLogger } from '../telemetry/index.ts'
import { defaultFloodLimits, type FloodLimits } from './flood-limits.ts'
import { createListeners, type RunningListeners, registerApi } from './index.ts'

const logger = createLogger({ component: 'test', level: 'silent' })
const verifier: TokenVerifier = {
  verify: async () => {
    throw new WeftError(requestErrors.unauthenticated)
  },
}
let listeners: RunningListeners
let release: (() => void)[] = []

/** A lane looks again when its running requests have become long ones, which takes half a second on a busy machine. */
const patiently = { timeout: 10_000 }

afterEach(async () => {
  vi.restoreAllMocks()
  for (const end of release) end()
  release = []
  await listeners.close()
})

/** A listener with a quick and a slow protocol endpoint of each participant, and one that takes a token. */
async function listen(limits: Partial<FloodLimits>): Promise<string> {
  const floodLimits = { ...defaultFloodLimits, holdMs: 0, ...limits }
  listeners = createListeners({
    deployment: 'test',
    host: '127.0.0.1',
    ports: { public: 0 },
    logger,
    verifier,
    floodLimits,
  })
  const access = { kind: 'protocol', protocol: 'dsp' } as const
  for (const name of ['dsp', 'other']) {
    registerApi(listeners.app('public'), {
      name,
      title: name,
      version: '1',
      prefix: `/${name}`,
      documented: false,
      routes: (app) => {
        app.get('/:participantContextId/quick', { config: { access } }, async () => 'done')
        app.get('/:participantContextId/refused', { config: { access } }, async () => {
          throw new WeftError(requestErrors.unauthenticated)
        })
        app.get('/:participantContextId/slow', { config: { access } }, async () => {
          await new Promise<void>((resolve) => release.push(resolve))
          return 'done'
        })
        const token = { kind: 'token', scope: 'x:read', roles: ['admin'] } as const
        app.get('/:participantContextId/owned', { config: { access: token } }, async () => 'done')
      },
    })
  }
  await listeners.open()
  return listeners.url('public')
}

async function statuses(url: string, times: number, headers: Record<string, string> = {}): Promise<number[]> {
  const found: number[] = []
  for (let time = 0; time < times; time++) found.push((await fetch(url, { headers })).status)
  return found
}

describe('a flood', () => {
  test('for one participant is told 429 and when to come back; others, and its other APIs, go on', async () => {
    // The clock stands still, so that nothing comes back into the bucket however long the requests take.
    vi.spyOn(performance, 'now').mockReturnValue(performance.now())
    const url = await listen({ messages: { perSecond: 0.5, burst: 3 } })
    expect(await statuses(`${url}/dsp/a/quick`, 4)).toEqual([200, 200, 200, 429])
    const refused = await fetch(`${url}/dsp/a/quick`)
    expect(await refused.json()).toMatchObject({ code: 'http.too-many-requests', status: 429 })
    expect(Number(refused.headers.get('retry-after'))).toBe(2)
    expect(await statuses(`${url}/dsp/b/quick`, 1)).toEqual([200])
    expect(await statuses(`${url}/other/a/quick`, 1)).toEqual([200])
  })

  test('of slow requests fills the lane of its participant only; a place is free again when an answer is over', async () => {
    const url = await listen({
      running: { messages: 2, calls: 2 },
      lanes: { waiting: 1, waitingInAll: 10, patienceMs: 60_000 },
    })
    // Each has a connection of its own: nobody can say which of them are the ones that come too late.
    const answered: Response[] = []
    const crowd = [1, 2, 3, 4, 5].map(() => fetch(`${url}/dsp/a/slow`).then((answer) => answered.push(answer)))
    await vi.waitFor(() => expect([release.length, answered.length]).toEqual([2, 2]), patiently)
    expect(answered.map(({ status, headers }) => [status, headers.get('retry-after')])).toEqual([
      [429, '1'],
      [429, '1'],
    ])
    expect(await statuses(`${url}/dsp/b/quick`, 1)).toEqual([200])
    release.shift()?.()
    await vi.waitFor(() => expect(release.length).toBe(2), patiently)
    for (const end of release) end()
    await Promise.all(crowd)
    expect(answered.map(({ status }) => status)).toEqual([429, 429, 200, 200, 200])
  })

  test('of requests whose senders hang up has no more places for it: work that goes on keeps its place', async () => {
    const url = await listen({
      running: { messages: 1, calls: 1 },
      lanes: { waiting: 5, waitingInAll: 10, patienceMs: 60_000 },
    })
    const gone = [1, 2, 3].map(() => new AbortController())
    const crowd = gone.map(({ signal }) => fetch(`${url}/dsp/a/slow`, { signal }).catch(() => undefined))
    await vi.waitFor(() => expect(release.length).toBe(1), patiently)
    for (const controller of gone) controller.abort()
    await Promise.all(crowd)
    const next = fetch(`${url}/dsp/a/quick`)
    expect(await statuses(`${url}/dsp/b/quick`, 3)).toEqual([200, 200, 200])
    expect(release.length).toBe(1)
    release[0]?.()
    expect((await next).status).toBe(200)
    // Those that waited and hung up were never worked on.
    expect(release.length).toBe(1)
  })

  test('gets its refusals late, so that who waits for them sends less', async () => {
    const url = await listen({ messages: { perSecond: 0.001, burst: 1 }, holdMs: 300 })
    await fetch(`${url}/dsp/a/quick`)
    const began = performance.now()
    expect(await statuses(`${url}/dsp/a/quick`, 1)).toEqual([429])
    expect(performance.now() - began).toBeGreaterThan(290)
  })

  test('without a token takes nothing from the participant whose path it has', async () => {
    const url = await listen({ messages: { perSecond: 0.001, burst: 1 } })
    expect(await statuses(`${url}/dsp/a/owned`, 3)).toEqual([401, 401, 401])
    expect(await statuses(`${url}/dsp/a/quick`, 2)).toEqual([200, 429])
  })

  test('of refused messages from one public address ends in 429 for that address, before anything is looked at', async () => {
    const url = await listen({ refusals: { perSecond: 0.001, burst: 2 } })
    const proxied = (address: string) => ({ 'x-forwarded-for': address })
    expect(await statuses(`${url}/dsp/a/refused`, 2, proxied('93.184.216.34'))).toEqual([401, 401])
    await vi.waitFor(async () => {
      expect(await statuses(`${url}/dsp/b/quick`, 1, proxied('93.184.216.34'))).toEqual([429])
    }, patiently)
    expect(await statuses(`${url}/dsp/b/quick`, 1, proxied('8.8.8.8'))).toEqual([200])
    expect(await statuses(`${url}/dsp/a/refused`, 4)).toEqual([401, 401, 401, 401])
  })
})

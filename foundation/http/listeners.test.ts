import { connect, createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { requestErrors, WeftError } from '../errors/index.ts'
import { createLogger } from '../telemetry/index.ts'
import { addReadinessCheck, createListeners, type RunningListeners, registerApi } from './index.ts'

const logger = createLogger({ component: 'test', level: 'silent' })
const base = { deployment: 'test', host: '127.0.0.1', logger }

describe('the observability listener', () => {
  let listeners: RunningListeners
  let ready = true
  beforeAll(async () => {
    listeners = createListeners({ ...base, ports: { observability: 0 } })
    addReadinessCheck(listeners, 'mood', async () => {
      if (!ready) throw new WeftError(requestErrors.unavailable, { message: 'secret mood' })
    })
    await listeners.open()
  })
  afterAll(() => listeners.close())

  test('tells health and readiness without a token, and only codes of what fails', async () => {
    const at = listeners.url('observability')
    expect(await (await fetch(`${at}/health`)).json()).toEqual({ status: 'up', deployment: 'test' })
    expect(await (await fetch(`${at}/ready`)).json()).toEqual({
      status: 'ready',
      deployment: 'test',
      checks: { mood: { status: 'up' } },
    })
    ready = false
    const response = await fetch(`${at}/ready`)
    ready = true
    expect(response.status).toBe(503)
    expect(await response.json()).toEqual({
      status: 'not-ready',
      deployment: 'test',
      checks: { mood: { status: 'down', code: 'request.unavailable' } },
    })
  })
})

const plain = {
  name: 'plain',
  title: 'Plain',
  version: '1.0.0',
  prefix: '/plain',
  documented: false,
  renderError: (error: WeftError) => ({ contentType: 'text/plain', body: `Oops: ${error.code}` }),
}

describe('opening and closing', () => {
  /** Listeners with one route that answers when it is told to. */
  const held = (graceMs: number, maxConcurrent = 1000) => {
    const arrived = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    const some = createListeners({ ...base, ports: { public: 0 }, graceMs, maxConcurrent })
    registerApi(some.app('public'), {
      ...plain,
      routes: (app) =>
        app.get('/held', { config: { access: { kind: 'open' } } }, async () => {
          arrived.resolve()
          await release.promise
          return 'released'
        }),
    })
    return { some, arrived: arrived.promise, release: () => release.resolve() }
  }

  test('a busy port is told with listener, port and the process that holds it', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as { port: number }
    const some = createListeners({ ...base, deployment: 'runtime', ports: { signaling: port } })
    const who = process.platform === 'linux' ? `process ${process.pid} ` : 'another process'
    await expect(some.open()).rejects.toMatchObject({
      code: 'http.port-in-use',
      message: expect.stringContaining(
        `The signaling listener of runtime cannot open port ${port} on 127.0.0.1: it is in use by ${who}`,
      ),
    })
    await some.close()
    await new Promise((resolve) => other.close(resolve))
  })

  test('a running request ends before the port is closed, new ones are refused', async () => {
    const { some, arrived, release } = held(5000)
    await some.open()
    const url = some.url('public')
    const running = fetch(`${url}/plain/held`)
    await arrived
    const closed = some.close()
    await expect(fetch(`${url}/plain/held`)).rejects.toThrow()
    release()
    expect(await (await running).text()).toBe('released')
    await closed
  })

  test('what does not end within the grace is cut', async () => {
    const { some, arrived, release } = held(50)
    await some.open()
    const running = fetch(`${some.url('public')}/plain/held`).then(
      () => 'answered',
      () => 'cut',
    )
    await arrived
    await some.close()
    expect(await running).toBe('cut')
    release()
  })

  test('a kept connection takes no further request once closing began', async () => {
    const { some, arrived, release } = held(5000)
    await some.open()
    const { port, hostname } = new URL(some.url('public'))
    const socket = connect(Number(port), hostname)
    let received = ''
    socket.on('data', (data) => (received += data))
    const ended = new Promise((resolve) => socket.once('close', resolve))
    // The second request waits on the same connection behind the first.
    socket.write('GET /plain/held HTTP/1.1\r\nhost: x\r\n\r\nGET /plain/held HTTP/1.1\r\nhost: x\r\n\r\n')
    await arrived
    const closed = some.close()
    release()
    await ended
    await closed
    const [first, ...rest] = received.match(/^HTTP\/1\.1 \d+/gm) ?? []
    expect(first).toBe('HTTP/1.1 200')
    for (const status of rest) expect(status).toBe('HTTP/1.1 503')
  })

  test('more requests at a time than the limit are told to come back, and room is given again', async () => {
    const { some, arrived, release } = held(5000, 1)
    await some.open()
    const url = `${some.url('public')}/plain/held`
    const running = fetch(url)
    await arrived
    const refused = await fetch(url)
    expect(refused.status).toBe(503)
    expect(refused.headers.get('retry-after')).toBe('1')
    expect(await refused.text()).toBe('Oops: http.busy')
    release()
    await (await running).text()
    expect(await (await fetch(url)).text()).toBe('released')
    await some.close()
  })

  test('a listener that the assembly does not have is an error that says so', () => {
    const some = createListeners({ ...base, ports: { admin: 0 } })
    expect(() => some.app('public')).toThrow('test has no public listener')
    expect(() => some.url('admin')).toThrow('not open')
  })
})

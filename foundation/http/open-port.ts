import { createServer } from 'node:net'
import { WeftError } from '../errors/index.ts'
import { httpErrors } from './errors.ts'
import type { App, ListenerName } from './port.ts'
import { portHolder } from './port-holder.ts'

export interface PortToOpen {
  readonly deployment: string
  readonly listener: ListenerName
  readonly host: string
  readonly port: number
}

/** Opens a port and returns its URL. @throws `http.port-in-use` with who holds it, `http.port-refused` */
export async function openPort(app: App, wanted: PortToOpen): Promise<string> {
  try {
    await app.listen({ host: wanted.host, port: wanted.port })
  } catch (error) {
    throw await explain(error, wanted)
  }
  const address = app.server.address()
  if (typeof address !== 'object' || address === null) throw new Error('a TCP listener has an address')
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `http://${host}:${address.port}`
}

async function explain(error: unknown, wanted: PortToOpen): Promise<unknown> {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const what = `The ${wanted.listener} listener of ${wanted.deployment} cannot open port ${wanted.port} on ${wanted.host}`
  if (code === 'EADDRINUSE') {
    const holder = await portHolder(wanted.port)
    const who = holder ? `process ${holder.pid} (${holder.command})` : 'another process'
    return new WeftError(httpErrors['port-in-use'], { message: `${what}: it is in use by ${who}.`, cause: error })
  }
  if (code === 'EACCES') {
    return new WeftError(httpErrors['port-refused'], { message: `${what}: this process may not.`, cause: error })
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new WeftError(httpErrors['port-refused'], { message: `${what}: no such address here.`, cause: error })
  }
  return error
}

/** Whether nothing listens on a port of loopback at this moment. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}

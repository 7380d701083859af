import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, it } from 'vitest'
import { batchingSocket } from './batching-socket.ts'

it('holds back what is written in one turn, and lets it go together in the order of writing', async () => {
  const heard: Buffer[] = []
  const server = createServer((peer) => peer.on('data', (chunk: Buffer) => heard.push(chunk))).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = batchingSocket()
  socket.connect((server.address() as AddressInfo).port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write('begin;')
  socket.cork()
  socket.write('statement;')
  socket.uncork()
  expect(socket.writableLength).toBe('begin;statement;'.length)
  await new Promise((resolve) => setImmediate(resolve))
  expect(socket.writableLength).toBe(0)
  socket.end('commit')
  await once(socket, 'close')
  expect(Buffer.concat(heard).toString()).toBe('begin;statement;commit')
  server.close()
})

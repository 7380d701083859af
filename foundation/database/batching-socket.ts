import { Socket } from 'node:net'

/**
 * A socket that hands to the system at once what is written in one turn of the event loop: statements that are started
 * together leave in one call of the system, which takes longer than most of what it carries. TLS has its own way to the wire.
 */
export function batchingSocket(): Socket {
  const socket = new Socket()
  // Connecting gives a socket its `write` back.
  return socket.once('connect', () => batchWrites(socket))
}

function batchWrites(socket: Socket): void {
  const { write } = socket
  let isHeldBack = false
  socket.write = (...chunk: unknown[]) => {
    if (!isHeldBack) {
      isHeldBack = true
      socket.cork()
      process.nextTick(() => {
        isHeldBack = false
        socket.uncork()
      })
    }
    return Reflect.apply(write, socket, chunk)
  }
}

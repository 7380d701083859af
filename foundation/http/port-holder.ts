import { readdir, readFile, readlink } from 'node:fs/promises'

export interface PortHolder {
  readonly pid: number
  readonly command: string
}

/** State LISTEN in /proc/net/tcp. */
const listening = '0A'

/** Which process listens on a TCP port, where /proc tells; undefined when it cannot be known. */
export async function portHolder(port: number): Promise<PortHolder | undefined> {
  const inodes = await inodesOf(port)
  if (inodes.size === 0) return undefined
  for (const entry of await readdir('/proc').catch(() => [])) {
    const pid = Number(entry)
    if (!Number.isInteger(pid)) continue
    if (await holds(pid, inodes)) {
      const command = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'unknown')
      return { pid, command: command.trim() }
    }
  }
  return undefined
}

async function inodesOf(port: number): Promise<Set<string>> {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const found = new Set<string>()
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const text = await readFile(table, 'utf8').catch(() => '')
    for (const line of text.split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/)
      if (local.endsWith(`:${hex}`) && state === listening && inode) found.add(`socket:[${inode}]`)
    }
  }
  return found
}

/** Descriptors of other users' processes cannot be read: those stay unknown. */
async function holds(pid: number, inodes: ReadonlySet<string>): Promise<boolean> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => [])
  for (const descriptor of descriptors) {
    const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '')
    if (inodes.has(target)) return true
  }
  return false
}

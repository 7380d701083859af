import { randomBytes, randomUUID } from 'node:crypto'
import { chmod, link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { WeftError } from '../errors/index.ts'
import { secretErrors } from './errors.ts'

const keyBytes = 32
const othersMayRead = 0o077

/**
 * Reads the key under which the local vault encrypts: 32 bytes as base64url in a file of mode 0600, made when it is
 * missing. Choose a path outside of the state folder, so that a copy of the state is no copy of the secrets.
 * @throws `secrets.key-unusable` when others may read the file, or it holds something else.
 */
export async function loadVaultKey(path: string): Promise<Uint8Array> {
  const text = await readFile(path, 'utf8').catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    await makeKey(path)
    return readFile(path, 'utf8')
  })
  // Windows has no such modes: there the folder's own protection counts.
  if (process.platform !== 'win32' && ((await stat(path)).mode & othersMayRead) !== 0) {
    throw unusable(`The vault key ${path} can be read by others. Restrict it: chmod 600`)
  }
  const key = Buffer.from(text.trim(), 'base64url')
  if (key.length !== keyBytes) throw unusable(`The vault key ${path} is not 32 bytes in base64url.`)
  return key
}

/** Appears whole or not at all, and never replaces a key that another process made at the same time. */
async function makeKey(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomUUID()}`
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(`${randomBytes(keyBytes).toString('base64url')}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  // The process's umask may have taken rights away from us.
  await chmod(draft, 0o600)
  try {
    await link(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await unlink(draft)
  }
}

function unusable(message: string): WeftError {
  return new WeftError(secretErrors['key-unusable'], { message })
}

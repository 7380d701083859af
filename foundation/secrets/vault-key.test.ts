import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadVaultKey } from './index.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-key-'))
})
afterEach(() => rm(folder, { recursive: true }))

const unusable = { code: 'secrets.key-unusable' }

it('makes a key that only its owner can read, and returns the same one later', async () => {
  const path = join(folder, 'keys', 'vault.key')
  const key = await loadVaultKey(path)
  expect(key).toHaveLength(32)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect((await stat(join(folder, 'keys'))).mode & 0o777).toBe(0o700)
  expect(await loadVaultKey(path)).toEqual(key)
})

it('gives everybody the same key when several start at once', async () => {
  const path = join(folder, 'vault.key')
  const keys = await Promise.all(Array.from({ length: 8 }, () => loadVaultKey(path)))
  for (const key of keys) expect(key).toEqual(keys[0])
  expect(await readdir(folder)).toEqual(['vault.key'])
})

it.each([0o640, 0o604, 0o620, 0o644])('refuses a key file of mode %o', async (mode) => {
  const path = join(folder, 'vault.key')
  await loadVaultKey(path)
  await chmod(path, mode)
  await expect(loadVaultKey(path)).rejects.toMatchObject(unusable)
})

it.each(['', 'too short', 'A'.repeat(60)])('refuses a file that holds "%s"', async (text) => {
  const path = join(folder, 'vault.key')
  await writeFile(path, text, { mode: 0o600 })
  await expect(loadVaultKey(path)).rejects.toMatchObject(unusable)
})

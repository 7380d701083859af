import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { endedAfter } from '../tools/suite/bounded.ts'

const ended = { encoding: 'utf8', ...endedAfter(120_000) } as const

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weft-demo-test-'))
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** Runs the demo as a user does, and reads the last line that it prints. */
function runDemo(...options: string[]): Record<string, unknown> {
  const output = execFileSync('node', ['all-in-one/weft.mjs', 'demo', '--json', ...options], ended)
  return JSON.parse(output.trim().split('\n').at(-1) ?? '') as Record<string, unknown>
}

describe('npm run demo', () => {
  it.each([
    ['1 byte', 1],
    ['5 MB', 5_000_000],
  ])('moves a file of %s, and shows what is refused', (_, bytes) => {
    const file = join(folder, `${bytes}.bin`)
    writeFileSync(file, Buffer.alloc(bytes, 7))
    const result = runDemo('--file', file)
    const { sent, received } = result.sha256 as { sent: string; received: string }
    expect(result).toMatchObject({
      ok: true,
      bytes,
      refused: {
        noCredential: 'policy.not-satisfied',
        revoked: expect.any(String),
        afterTermination: expect.any(String),
      },
      fabricManagerDown: true,
    })
    expect(received).toBe(sent)
    expect(result.steps).toContainEqual({ name: 'trade without the fabric manager', ms: expect.any(Number) })
  })

  it('moves its own sample when no file is named', () => {
    expect(runDemo()).toMatchObject({ ok: true, fabricManagerDown: true })
  })

  it('says which step failed, with a code, and exits with 1', () => {
    const run = spawnSync('node', ['all-in-one/weft.mjs', 'demo', '--json', '--file', join(folder, 'missing')], ended)
    expect(run.status).toBe(1)
    expect(JSON.parse(run.stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
      ok: false,
      failedStep: expect.any(String),
      code: expect.any(String),
    })
  })
})

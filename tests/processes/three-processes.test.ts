import { type ChildProcess, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freeBasePort, loopbackDeployment, platformOf } from '@weft/all-in-one'
import { createOutboundClient } from '@weft/foundation/http'
import { createLogger } from '@weft/foundation/telemetry'
import { originsOf, runDemo, serveFile, silentAudience } from '@weft/sdk/demo'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { endedAfter } from '../../tools/suite/bounded.ts'
import { end, type Processes, processesOn } from '../../tools/suite/service-processes.ts'

const serverUrl = process.env.WEFT_TEST_DATABASE_URL
if (!serverUrl && process.env.CI)
  throw new Error('WEFT_TEST_DATABASE_URL is not set: this suite needs a PostgreSQL server')

describe.skipIf(!serverUrl)('three processes on PostgreSQL, and an identity provider', () => {
  let folder: string
  let basePort: number
  let processes: Processes

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'weft-processes-'))
    basePort = await freeBasePort()
    processes = processesOn(serverUrl ?? '', folder, basePort)
  })

  afterAll(async () => {
    await processes?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('do the main job, the runtime as two that share its ports, the fabric manager ended by SIGKILL', async () => {
    const file = join(folder, 'shared.bin')
    writeFileSync(file, Buffer.alloc(300_000, 3))
    const source = await serveFile(file)
    const others: ChildProcess[] = [
      await processes.start('identity-provider'),
      await processes.start('governance'),
      await processes.start('runtime', { allowedOrigins: [source.origin], processes: 2 }),
    ]
    const fabric = await processes.start('fabric')
    const platform = platformOf(loopbackDeployment(basePort), processes.secretOf)
    const outbound = createOutboundClient({
      allowedOrigins: originsOf(platform),
      logger: createLogger({ component: 'test', level: 'silent' }),
    })
    const result = await runDemo({
      platform,
      source,
      target: join(folder, 'received.bin'),
      outbound,
      run: 'processes',
      audience: silentAudience,
      stopFabricManager: async () => {
        await end(fabric, 'SIGKILL')
      },
    })
    await outbound.close()
    await source.close()
    expect(result).toMatchObject({
      ok: true,
      bytes: 300_000,
      sha256: { sent: source.sha256, received: source.sha256 },
      refused: {
        noCredential: 'policy.not-satisfied',
        // Whoever reads the status list first: the holder's hub withholds it (DCP-20), or the verifier refuses it (DCP-28).
        revoked: expect.stringMatching(/^(policy\.not-satisfied|dcp\.credential-revoked)$/),
        afterTermination: 'data-plane.flow-not-started',
      },
      fabricManagerDown: true,
    })
    expect(fabric.signalCode).toBe('SIGKILL')
    expect(await Promise.all(others.map((child) => end(child, 'SIGTERM')))).toEqual([0, 0, 0])
  })

  it('replace a process of several that dies, and end all of them together', async () => {
    const other = processesOn(serverUrl ?? '', join(folder, 'several'), await freeBasePort())
    try {
      const governance = await other.start('governance', { processes: 2 })
      const workers = () =>
        readFileSync(`/proc/${governance.pid}/task/${governance.pid}/children`, 'utf8').split(' ').filter(Boolean)
      await vi.waitFor(() => expect(workers()).toHaveLength(2), { timeout: 20_000 })
      const [first = '', second = ''] = workers()
      process.kill(Number(first), 'SIGKILL')
      await vi.waitFor(
        () => {
          expect(workers()).toHaveLength(2)
          expect(workers()).not.toContain(first)
          expect(workers()).toContain(second)
        },
        { timeout: 20_000 },
      )
      expect(await end(governance, 'SIGTERM')).toBe(0)
    } finally {
      await other.stop()
    }
  })

  it('refuse to start without the secret of a client of their own, in one sentence', () => {
    const secrets = join(folder, 'none.json')
    writeFileSync(secrets, '{}')
    const refused = spawnSync(process.execPath, ['all-in-one/weft.mjs', 'service', 'fabric'], {
      encoding: 'utf8',
      ...endedAfter(60_000),
      env: {
        ...process.env,
        WEFT_DATABASE_URL: serverUrl,
        WEFT_BASE_PORT: String(basePort),
        WEFT_CLIENT_SECRETS_FILE: secrets,
      },
    })
    expect(refused.status).toBe(1)
    expect(refused.stderr.trim().split('\n')).toEqual([expect.stringContaining('access-agent')])
  })
})

describe('npm run service', () => {
  it('names the services that there are when it is asked for another', () => {
    const refused = spawnSync(process.execPath, ['all-in-one/weft.mjs', 'service', 'everything'], {
      encoding: 'utf8',
      ...endedAfter(60_000),
    })
    expect(refused.status).toBe(1)
    expect(refused.stderr).toContain('runtime, governance, fabric')
  })
})

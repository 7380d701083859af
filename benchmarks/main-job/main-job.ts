import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freeBasePort, platformAt } from '@weft/all-in-one'
import { createOutboundClient } from '@weft/foundation/http'
import { createLogger } from '@weft/foundation/telemetry'
import { originsOf } from '@weft/sdk/demo'
import { atMost, type BenchResult, type Figure, median, onThisMachine, reported } from '../result.ts'
import { measureDownload } from './download.ts'
import { measureOnboarding } from './onboarding.ts'
import { cpuMs, residentMiB, startPlatformProcess } from './platform-process.ts'
import { measureTrade } from './trade.ts'

const starts = 5
const idleSeconds = 30

/** The collector tidies up for some seconds after work; what is measured is a platform at rest. */
const settleMs = 20_000

/** The main job, measured from outside on a platform with embedded defaults. Ends by itself; about two minutes. */
export function measureMainJob(): Promise<BenchResult> {
  return onThisMachine('main-job', starts, 'PGlite', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'weft-bench-'))
    try {
      return [...(await measureStarts(folder)), ...(await measureRunning(folder))]
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
}

async function measureStarts(folder: string): Promise<Figure[]> {
  const first: number[] = []
  const later: number[] = []
  for (let run = 0; run < starts; run += 1) {
    const state = join(folder, `start-${run}`)
    const basePort = await freeBasePort()
    for (const times of [first, later]) {
      const platform = await startPlatformProcess(state, basePort, [])
      times.push(platform.readyMs)
      await platform.stop()
    }
  }
  return [
    atMost('first start to ready', 's', median(first) / 1000, 6),
    atMost('later start to ready', 's', median(later) / 1000, 2),
  ]
}

async function measureRunning(folder: string): Promise<Figure[]> {
  const state = join(folder, 'running')
  const process = await startPlatformProcess(state, await freeBasePort(), ['http://localhost:7151'])
  const platform = await platformAt(state)
  const outbound = createOutboundClient({
    allowedOrigins: originsOf(platform),
    logger: createLogger({ component: 'bench', level: 'silent' }),
  })
  try {
    const onboarded = await measureOnboarding(platform, outbound)
    const traded = await measureTrade(onboarded, outbound)
    const downloaded = await measureDownload(onboarded, () => residentMiB(process.pid), outbound)
    return [
      ...onboarded.figures,
      ...traded,
      ...downloaded,
      await measureIdle(process.pid),
      reported('resident memory at the end', 'MiB', residentMiB(process.pid)),
    ]
  } finally {
    await outbound.close()
    await process.stop()
  }
}

async function measureIdle(pid: number): Promise<Figure> {
  await pause(settleMs)
  const before = cpuMs(pid)
  await pause(idleSeconds * 1000)
  return atMost('idle, of one core', '%', ((cpuMs(pid) - before) / (idleSeconds * 1000)) * 100, 1)
}

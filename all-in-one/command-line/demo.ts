import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { WeftError } from '@weft/foundation/errors'
import { StepFailure, serveFile, silentAudience, terminalAudience, writeSampleFile } from '@weft/sdk/demo'
import { startAllInOne } from '../all-in-one.ts'
import { freeBasePort } from '../free-ports.ts'
import { demonstrate } from './demonstrate.ts'

/** `weft demo`: the main job on temporary state, then the end. With `--json` the last line of standard output is the result. */
export async function demo(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      file: { type: 'string' },
      json: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
    },
  })
  const folder = mkdtempSync(join(tmpdir(), 'weft-demo-'))
  const say = values.json ? () => {} : console.log
  try {
    const result = await runOnTemporaryState(folder, values.file, values.json, say)
    if (values.json) console.log(JSON.stringify(result))
    else say(`\n${result.bytes} bytes arrived as they were sent (SHA-256 ${result.sha256.received}).`)
    return 0
  } catch (error) {
    const failure = describeFailure(error)
    if (values.json) console.log(JSON.stringify(failure))
    else console.error(`\n✗ ${failure.failedStep}: ${failure.message} (${failure.code})`)
    return 1
  } finally {
    if (values.keep) say(`State, log and the downloaded file are kept in ${folder}.`)
    else {
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

async function runOnTemporaryState(
  folder: string,
  file: string | undefined,
  json: boolean,
  say: (line: string) => void,
) {
  const path = file === undefined ? join(folder, 'parts-footprint-2026-06.csv') : resolve(file)
  if (file === undefined) await writeSampleFile(path)
  const source = await serveFile(path)
  try {
    const began = performance.now()
    const platform = await startAllInOne({
      state: join(folder, 'state'),
      basePort: await freeBasePort(),
      defaultBasePort: 0,
      log: 'file',
      allowedOrigins: [source.origin],
    })
    const started = { name: 'start the platform', ms: Math.round(performance.now() - began) }
    say(`The platform started in ${started.ms} ms. ${source.name}, ${source.bytes} bytes, is about to change hands.\n`)
    try {
      const audience = json ? silentAudience : terminalAudience(say)
      const {
        file: _,
        steps,
        ...result
      } = await demonstrate({
        platform,
        stopFabricManager: () => platform.stopFabricManager(),
        source,
        folder: join(folder, 'downloads'),
        run: 'once',
        audience,
      })
      return { ...result, steps: [started, ...steps] }
    } finally {
      await platform.stop()
    }
  } finally {
    await source.close()
  }
}

/** What `--json` prints of a failure. */
function describeFailure(error: unknown): { ok: false; failedStep: string; code: string; message: string } {
  if (error instanceof StepFailure)
    return { ok: false, failedStep: error.step, code: error.code, message: error.message }
  const code = error instanceof WeftError ? error.code : 'demo.unexpected'
  return {
    ok: false,
    failedStep: 'start the platform',
    code,
    message: error instanceof Error ? error.message : String(error),
  }
}

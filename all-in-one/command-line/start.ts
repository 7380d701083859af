import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { StepFailure, serveFile, terminalAudience, writeSampleFile } from '@weft/sdk/demo'
import { type AllInOne, startAllInOne } from '../all-in-one.ts'
import { demonstrate } from './demonstrate.ts'
import { endSignal } from './end-signal.ts'

const defaultPort = 7100

/** The demo's file server of a first start: its origin is one of those that the data plane may fetch from inside. */
const demoSourcePort = 7150

/** `weft start`: everything on loopback, state in `./data`. On empty state the demo runs; then all stays up until Ctrl-C. */
export async function start(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      state: { type: 'string', default: 'data' },
      port: { type: 'string' },
      demo: { type: 'boolean', default: true },
      json: { type: 'boolean', default: false },
      'allow-origin': { type: 'string', multiple: true, default: [] },
    },
    allowNegative: true,
  })
  const ended = endSignal()
  const platform = await startAllInOne({
    state: values.state,
    basePort: values.port === undefined ? undefined : Number(values.port),
    defaultBasePort: defaultPort,
    log: values.json ? 'standard-error' : 'file',
    allowedOrigins: [...values['allow-origin'], ...(values.demo ? [`http://localhost:${demoSourcePort}`] : [])],
  })
  try {
    if (values.json) console.log(JSON.stringify({ ready: true, basePort: platform.basePort }))
    else announce(platform, values.state)
    if (platform.firstStart && values.demo) await showDemo(platform, values.state)
    if (!values.json) console.log('\nEverything is running. Ctrl-C stops it.')
    await ended
  } finally {
    await platform.stop()
  }
  if (!values.json) console.log('Stopped.')
  return 0
}

function announce(platform: AllInOne, state: string): void {
  console.log(`Weft keeps its state in ./${state} and listens on:\n`)
  for (const { what, url } of platform.listening) console.log(`  ${what.padEnd(44)} ${url}`)
}

/** The demo on a first start, live. The fabric manager is started again afterwards, so that everything is running. */
async function showDemo(platform: AllInOne, state: string): Promise<void> {
  console.log('\nThis is the first start: two organisations join, agree on a contract, and a file changes hands.\n')
  const shared = join(state, 'shared')
  mkdirSync(shared, { recursive: true })
  const file = join(shared, 'parts-footprint-2026-06.csv')
  await writeSampleFile(file)
  const source = await serveFile(file, demoSourcePort)
  try {
    const audience = terminalAudience(console.log)
    const result = await demonstrate({
      platform,
      stopFabricManager: () => platform.stopFabricManager(),
      source,
      folder: join(state, 'downloads'),
      run: 'first-start',
      audience,
    })
    console.log(`\nThe consumer's copy is in ${result.file}, ${result.bytes} bytes, with the provider's digest.`)
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error
    console.error(`\n✗ ${error.step}: ${error.message} (${error.code})\n  The log is ${join(state, 'weft.log')}.`)
  } finally {
    await source.close()
    await platform.startFabricManager()
    console.log('The fabric manager is running again.')
  }
}

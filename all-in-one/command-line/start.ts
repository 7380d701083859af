import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type FileSource, serveFile, terminalAudience, writeSampleFile } from '@weft/sdk'
import { startAllInOne } from '../all-in-one.ts'
import { demonstrate } from './demonstrate.ts'
import { endSignal } from './end-signal.ts'

const defaultPort = 7100

/** `weft start`: everything on loopback, state in `./data`. On empty state the demo runs; then all stays up until Ctrl-C. */
export async function start(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      state: { type: 'string', default: 'data' },
      port: { type: 'string' },
      demo: { type: 'boolean', default: true },
      json: { type: 'boolean', default: false },
    },
    allowNegative: true,
  })
  const ended = endSignal()
  const platform = await startAllInOne({
    state: values.state,
    basePort: values.port === undefined ? undefined : Number(values.port),
    defaultBasePort: defaultPort,
    log: values.json ? 'standard-error' : 'file',
  })
  try {
    if (values.json) console.log(JSON.stringify({ ready: true, basePort: platform.basePort }))
    else announce(platform.listening, values.state)
    if (platform.firstStart && values.demo) await showFirstDemo(platform, values.state)
    if (!values.json) console.log('\nEverything is running. Ctrl-C stops it.')
    await ended
  } finally {
    await platform.stop()
  }
  if (!values.json) console.log('Stopped.')
  return 0
}

function announce(listening: readonly { readonly what: string; readonly url: string }[], state: string): void {
  console.log(`Weft keeps its state in ./${state} and listens on:\n`)
  for (const { what, url } of listening) console.log(`  ${what.padEnd(44)} ${url}`)
}

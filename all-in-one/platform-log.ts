import { existsSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createLogger, type Logger } from '@weft/foundation/telemetry'
import { pino } from 'pino'

/** Where log lines go: `weft.log` in the state folder, standard error, or nowhere. */
export type LogTarget = 'file' | 'standard-error' | 'standard-output' | 'nowhere'

const largestLogBytes = 20 * 1024 * 1024

/** The log of a platform. A file that has grown large is set aside at start, one generation is kept. */
export function platformLogger(target: LogTarget, state: string): Logger {
  switch (target) {
    case 'nowhere':
      return createLogger({ component: 'weft', level: 'silent' })
    case 'standard-error':
      return createLogger({ component: 'weft', destination: pino.destination({ dest: 2, sync: true }) })
    case 'standard-output':
      return createLogger({ component: 'weft', destination: pino.destination({ dest: 1, sync: false }) })
    case 'file': {
      const file = join(state, 'weft.log')
      if (existsSync(file) && statSync(file).size > largestLogBytes) renameSync(file, `${file}.1`)
      return createLogger({ component: 'weft', destination: pino.destination({ dest: file, sync: false }) })
    }
  }
}

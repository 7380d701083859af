import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { WeftError } from '@weft/foundation/errors'
import { allInOneErrors } from './errors.ts'

export interface DeploymentRecord {
  readonly basePort: number
  readonly firstStart: boolean
}

/**
 * Keeps with the state which addresses it was made with: they are inside DIDs, agreements and status lists, so the same
 * state cannot be served from others.
 * @throws `all-in-one.other-address` when the state was made with another base port than the one asked for
 */
export function recordDeployment(state: string, asked: number | undefined, initial: number): DeploymentRecord {
  const file = join(state, 'deployment.json')
  if (!existsSync(file)) {
    const basePort = asked ?? initial
    writeFileSync(file, `${JSON.stringify({ basePort, created: new Date().toISOString() }, null, 2)}\n`)
    return { basePort, firstStart: true }
  }
  const basePort = readBasePort(file)
  if (asked !== undefined && asked !== basePort) {
    throw new WeftError(allInOneErrors['other-address'], {
      message: `The state in ${state} was made for the ports from ${basePort} on; its DIDs and agreements name them. Start it without --port, or use another state folder.`,
    })
  }
  return { basePort, firstStart: false }
}

function readBasePort(file: string): number {
  const record: unknown = JSON.parse(readFileSync(file, 'utf8'))
  const basePort = typeof record === 'object' && record !== null && 'basePort' in record ? record.basePort : undefined
  if (typeof basePort !== 'number') throw new WeftError(allInOneErrors['record-unreadable'], { field: file })
  return basePort
}

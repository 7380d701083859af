import { subscribe } from 'node:diagnostics_channel'
import { type AllInOne, startAllInOne } from '@weft/all-in-one'
import type { FromPlatform, ToPlatform } from './process-messages.ts'
import { settled } from './settling.ts'

/*
 * The whole platform as a process that a test can kill. Arguments: state folder, base port, allowed origin, and
 * `without-fabric` when its fabric manager is to be down from the start.
 */
const [state = '', basePort = '', allowedOrigin = '', fabric = ''] = process.argv.slice(2)

const platform = await startAllInOne({
  state,
  basePort: Number(basePort),
  defaultBasePort: 0,
  log: 'file',
  allowedOrigins: [allowedOrigin],
})
if (fabric === 'without-fabric') await platform.stopFabricManager()
process.on('message', (message) => void follow(platform, message as ToPlatform))
// An orphan would hold its ports for ever.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
tell({ kind: 'ready' })

async function follow(running: AllInOne, message: ToPlatform): Promise<void> {
  switch (message.kind) {
    case 'arm':
      endBetweenAnswerAndCommit(message.nth)
      return
    case 'stop-fabric':
      await running.stopFabricManager()
      tell({ kind: 'fabric-stopped' })
      return
    case 'start-fabric':
      await running.startFabricManager()
      tell({ kind: 'fabric-started' })
      return
    case 'settle':
      await settled(running)
      tell({ kind: 'settled' })
      return
    case 'stop':
      await running.stop()
      process.disconnect()
      process.exit(0)
  }
}

/** The client publishes before its caller goes on, so what was done outside is not recorded yet when this process ends. */
function endBetweenAnswerAndCommit(nth: number): void {
  let answered = 0
  subscribe('weft:outbound:answered', () => {
    answered += 1
    if (answered === nth) process.kill(process.pid, 'SIGKILL')
  })
}

function tell(message: FromPlatform): void {
  process.send?.(message)
}

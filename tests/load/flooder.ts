import { Agent, request } from 'node:http'

/** What a flood consists of; the argument of this process, as JSON. */
export interface Flood {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Requests under way at a time. */
  readonly atATime: number
  readonly durationMs: number
}

/** What this process prints at its end: how often which status came, and how many 429 named a time to come back. */
export interface FloodResult {
  readonly statuses: Readonly<Record<string, number>>
  readonly retryAfters: number
}

const flood = JSON.parse(process.argv[2] ?? '') as Flood
const agent = new Agent({ keepAlive: true, maxSockets: flood.atATime })
const statuses: Record<string, number> = {}
let retryAfters = 0

function send(): Promise<void> {
  return new Promise((resolve) => {
    const note = (status: string) => {
      statuses[status] = (statuses[status] ?? 0) + 1
      resolve()
    }
    const call = request(flood.url, { method: 'POST', agent, headers: flood.headers }, (response) => {
      if (response.headers['retry-after'] !== undefined) retryAfters++
      response.resume().on('close', () => note(String(response.statusCode)))
    })
    call.on('error', () => note('none'))
    call.end(flood.body)
  })
}

const end = performance.now() + flood.durationMs
await Promise.all(
  Array.from({ length: flood.atATime }, async () => {
    while (performance.now() < end) await send()
  }),
)
agent.destroy()
console.log(JSON.stringify({ statuses, retryAfters } satisfies FloodResult))

import { Type } from 'typebox'
import { toWeftError } from '../errors/index.ts'
import type { Listeners } from './port.ts'
import { type Server, serversBehind } from './server-registry.ts'

/** A check that has not ended by then counts as failed. */
const checkDeadlineMs = 2000

const open = { access: { kind: 'open' } } as const

/** `/health`: the process runs. `/ready`: every named check passes (200) or the answer (503) names those that do not. */
export function addHealthRoutes(server: Server, deployment: string): void {
  const health = Type.Object({ status: Type.Literal('up'), deployment: Type.String() })
  server.app.get('/health', { config: open, schema: { response: { 200: health } } }, async () => ({
    status: 'up' as const,
    deployment,
  }))
  server.app.get('/ready', { config: open }, async (_request, reply) => {
    const results = await Promise.all([...server.checks].map(async ([name, check]) => [name, await outcomeOf(check)]))
    const checks = Object.fromEntries(results) as Record<string, Outcome>
    const ready = Object.values(checks).every((check) => check.status === 'up')
    if (!ready) server.logger.warn('not ready', { checks })
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not-ready', deployment, checks })
  })
}

/**
 * Adds a named condition of readiness, such as a database's ping; it rejects while it is not met. Without an
 * observability listener nobody asks for it.
 */
export function addReadinessCheck(listeners: Listeners, name: string, check: () => Promise<void>): void {
  const server = serversBehind(listeners).get('observability')
  if (!server) return
  if (server.checks.has(name)) throw new Error(`there are two readiness checks named ${name}`)
  server.checks.set(name, check)
}

type Outcome = { readonly status: 'up' } | { readonly status: 'down'; readonly code: string }

/** Only the code of a failure is shown: this listener asks nobody who they are. */
async function outcomeOf(check: () => Promise<void>): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<Outcome>((resolve) => {
    timer = setTimeout(() => resolve({ status: 'down', code: 'deadline' }), checkDeadlineMs)
  })
  try {
    return await Promise.race([check().then((): Outcome => ({ status: 'up' })), deadline])
  } catch (error) {
    return { status: 'down', code: toWeftError(error).code }
  } finally {
    clearTimeout(timer)
  }
}

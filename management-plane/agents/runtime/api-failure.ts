import { toWeftError, WeftError } from '@weft/foundation/errors'
import { ApiError } from '@weft/sdk'
import type { Outcome } from './activity.ts'
import { agentErrors } from './errors.ts'

/**
 * What a failed call means for its activity. A refusal (4xx) will be the same next time and ends it with the answer's own
 * code; a fault of the other side, of the network or of ours may pass.
 */
export function outcomeOfFailure(thrown: unknown): Outcome {
  if (thrown instanceof ApiError) {
    const { status, message } = thrown
    return { kind: mayPass(status) ? 'retry' : 'fatal', code: thrown.code ?? agentErrors.refused.code, message }
  }
  const error = toWeftError(thrown)
  const kind = error.entry.retryable || !(thrown instanceof WeftError) ? 'retry' : 'fatal'
  return { kind, code: error.code, message: error.message }
}

/** 408 and 429 ask to come back; every 5xx but "not implemented" may be gone then. */
function mayPass(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501)
}

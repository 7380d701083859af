import { types } from 'node:util'
import { createContext, Script } from 'node:vm'

/** The context is only there to be called from: work runs where it was written. */
const context = createContext({ work: undefined }) as { work: (() => void) | undefined }
const call = new Script('work()')

/**
 * Runs synchronous work that somebody else's data may make long, such as a regular expression, and breaks it off.
 * @returns false when it took longer; what it changed until then stays changed
 * @throws what the work throws
 */
export function endsWithin(milliseconds: number, work: () => void): boolean {
  context.work = work
  try {
    call.runInContext(context, { timeout: milliseconds })
    return true
  } catch (error) {
    // It is an error of the context's own realm.
    if (types.isNativeError(error) && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return false
    throw error
  } finally {
    context.work = undefined
  }
}

import { WeftError } from '../errors/index.ts'

const maxCauses = 5

/** What a log line says of a thrown value: code, message, private detail and the chain of causes; the stack only for what nobody declared. */
export function describeError(thrown: unknown, depth = 0): unknown {
  if (!(thrown instanceof Error)) return { message: String(thrown) }
  const cause = thrown.cause === undefined || depth >= maxCauses ? undefined : describeError(thrown.cause, depth + 1)
  if (thrown instanceof WeftError) {
    return { code: thrown.code, message: thrown.message, field: thrown.field, detail: thrown.detail, cause }
  }
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined
  const errors =
    thrown instanceof AggregateError && depth < maxCauses
      ? thrown.errors.map((one: unknown) => describeError(one, depth + 1))
      : undefined
  return { name: thrown.name, code, message: thrown.message, stack: thrown.stack, errors, cause }
}

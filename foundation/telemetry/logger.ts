import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino'
import { type ServiceKey, serviceKey } from '../assembly/index.ts'
import { correlationId } from './correlation.ts'
import { describeError } from './error-fields.ts'
import { redact, redactText } from './redaction.ts'

/** What a line is about: our own doings, the audit trail, or one of the protocols. */
export type LogCategory = 'application' | 'audit' | 'dsp' | 'dps' | 'dcp'
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** What a line says besides its message. Values are redacted; an `error` is written with its code, detail and causes. */
export interface LogFields {
  /** Default `application`. */
  readonly category?: LogCategory
  readonly vpaId?: string
  readonly tenantId?: string
  readonly participantContextId?: string
  /** What was done or tried: `negotiation.agree`. */
  readonly action?: string
  /** DID of the other side. */
  readonly counterparty?: string
  readonly contractId?: string
  readonly error?: unknown
  readonly [name: string]: unknown
}

export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** A logger whose lines carry these fields too; a `component` among them names a part. */
  child(fields: LogFields): Logger
}

export interface LoggerOptions {
  readonly component: string
  /** Default `info`. */
  readonly level?: LogLevel
  /** Where lines go; standard output when absent. */
  readonly destination?: DestinationStream
}

export const loggerKey: ServiceKey<Logger> = serviceKey('logger')

/** A logger that writes one JSON object a line: severity, component, time (RFC 3339), correlation id, category, fields, message. */
export function createLogger(options: LoggerOptions): Logger {
  const destination = options.destination ?? process.stdout
  const base = pino(
    {
      level: options.level ?? 'info',
      base: null,
      messageKey: 'message',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ severity: label.toUpperCase() }) },
    },
    destination,
  )
  return loggerOver(base, { component: options.component, category: 'application' })
}

function loggerOver(base: PinoLogger, bound: LogFields): Logger {
  const write = (level: 'debug' | 'info' | 'warn' | 'error', message: string, fields: LogFields = {}): void => {
    if (!base.isLevelEnabled(level)) return
    base[level](lineOf(bound, fields), redactText(message))
  }
  return {
    debug: (message, fields) => write('debug', message, fields),
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    error: (message, fields) => write('error', message, fields),
    child: (fields) => loggerOver(base, { ...bound, ...fields }),
  }
}

/** Names that the line itself writes: a field of that name gets a `_` so that no line has a name twice. */
const reserved = new Set(['severity', 'time', 'message'])

function lineOf(bound: LogFields, fields: LogFields): object {
  const { error, ...rest } = { ...bound, ...fields }
  const line: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(rest)) line[reserved.has(name) ? `${name}_` : name] = value
  line.correlationId ??= correlationId()
  const safe = redact(line) as Record<string, unknown>
  if (error !== undefined) safe.error = redact(describeError(error))
  return safe
}

export { correlationId, newCorrelationId, withCorrelation } from './correlation.ts'
export {
  createLogger,
  type LogCategory,
  type LogFields,
  type Logger,
  type LoggerOptions,
  type LogLevel,
  loggerKey,
} from './logger.ts'
export { redact } from './redaction.ts'

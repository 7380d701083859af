import type { WeftError } from '@weft/foundation/errors'
import type { JsonObject } from '../policy/index.ts'
import { buildDspMessage } from './message-build.ts'
import type { DspErrorMessage } from './messages.ts'

/** The schema demands both pids even where one is not known yet (2.5): this one stands for it. */
const unknownPid = 'urn:uuid:00000000-0000-0000-0000-000000000000'

/** What a refused request was about. */
type ErrorFamily = 'versions' | 'catalog' | 'negotiation' | 'transfer'

export interface KnownPidsOfError {
  readonly providerPid?: string | undefined
  readonly consumerPid?: string | undefined
}

/**
 * The typed body of a refusal (DSP-08, DSP-43): `code` is the error's code, `reason` its public text. The error's private
 * detail stays here.
 */
export function renderDspError(process: ErrorFamily, error: WeftError, pids: KnownPidsOfError = {}): JsonObject {
  return buildDspMessage(errorMessage(process, error, pids))
}

function errorMessage(process: ErrorFamily, error: WeftError, pids: KnownPidsOfError): DspErrorMessage {
  const explained = { code: error.code, reason: [error.message] }
  if (process === 'versions') return { type: 'VersionsError', ...explained }
  if (process === 'catalog') return { type: 'CatalogError', ...explained }
  const { providerPid = unknownPid, consumerPid = unknownPid } = pids
  const type = process === 'negotiation' ? 'ContractNegotiationError' : 'TransferError'
  return { type, providerPid, consumerPid, ...explained }
}

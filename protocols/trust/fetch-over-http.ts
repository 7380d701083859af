import type { OutboundClient } from '@weft/foundation/http'
import type { FetchDocument } from './ports.ts'

export interface FetchOptions {
  /** Label of counters and log lines: `trust.did`, `trust.status-list`. */
  readonly purpose: string
  /** Largest document; default 2 MiB, the longest status list that is still taken. */
  readonly maxBytes?: number
  /** Whole exchange; default 5,000. */
  readonly timeoutMs?: number
}

/** Fetches documents through the guarded outbound client. */
export function fetchDocumentOver(send: OutboundClient['send'], options: FetchOptions): FetchDocument {
  const { purpose, maxBytes = 2 * 1024 * 1024, timeoutMs = 5_000 } = options
  return async (url, accept) => {
    const answer = await send({ method: 'GET', url, headers: { accept }, purpose, maxBytes, timeoutMs })
    return { status: answer.status, body: answer.text() }
  }
}

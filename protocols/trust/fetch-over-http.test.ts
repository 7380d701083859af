import type { OutboundClient, OutboundRequest } from '@weft/foundation/http'
import { expect, it } from 'vitest'
import { fetchDocumentOver } from './fetch-over-http.ts'

it('asks the outbound client for one document, with bounds on time and size (X-04)', async () => {
  const sent: OutboundRequest[] = []
  const send: OutboundClient['send'] = async (request) => {
    sent.push(request)
    return { status: 404, headers: {}, body: Buffer.from('gone'), text: () => 'gone', json: () => undefined }
  }
  const fetchDocument = fetchDocumentOver(send, { purpose: 'trust.did', maxBytes: 1_000 })
  expect(await fetchDocument('https://example.com/did.json', 'application/json')).toEqual({ status: 404, body: 'gone' })
  expect(sent).toEqual([
    {
      method: 'GET',
      url: 'https://example.com/did.json',
      headers: { accept: 'application/json' },
      purpose: 'trust.did',
      maxBytes: 1_000,
      timeoutMs: 5_000,
    },
  ])
})

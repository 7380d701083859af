import { expect, test } from 'vitest'
import { consumerHeaders, sourceRequestHeaders } from './headers.ts'

test('the source sees what chooses the representation and its own headers, never the token of the consumer', () => {
  const headers = sourceRequestHeaders(
    { authorization: 'Bearer w1.x.y', cookie: 'a=b', range: 'bytes=5-', 'if-none-match': '"1"', host: 'public' },
    { authorization: 'Basic of-the-source' },
  )
  expect(headers).toEqual({
    range: 'bytes=5-',
    'if-none-match': '"1"',
    authorization: 'Basic of-the-source',
    'accept-encoding': 'identity',
  })
})

test('hop-by-hop headers, those that Connection names, and those of the origin are dropped (RFC 9110, 7.6.1)', () => {
  const headers = consumerHeaders({
    connection: 'keep-alive, X-Private',
    'keep-alive': 'timeout=5',
    'transfer-encoding': 'chunked',
    'x-private': '1',
    'set-cookie': ['a=b'],
    'content-type': 'text/csv',
    'content-length': '5',
    etag: '"1"',
  })
  expect(headers).toEqual({ 'content-type': 'text/csv', 'content-length': '5', etag: '"1"' })
})

import { type FakeAnswer, type FakeRequest, startFakeServer } from './fake-server.ts'

/** Stands in for a counterparty's DSP endpoint: keeps what it receives and answers as the test says; 200 when it says nothing. */
export interface FakePeer {
  readonly url: string
  readonly received: readonly FakeRequest[]
  answer: (request: FakeRequest) => Promise<FakeAnswer>
  close(): Promise<void>
}

export async function startFakePeer(): Promise<FakePeer> {
  const received: FakeRequest[] = []
  const server = await startFakeServer((request) => {
    received.push(request)
    return peer.answer(request)
  })
  const peer: FakePeer = {
    url: server.url,
    received,
    answer: async () => ({ status: 200 }),
    close: () => server.close(),
  }
  return peer
}

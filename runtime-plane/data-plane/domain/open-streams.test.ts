import { expect, test } from 'vitest'
import { OpenStreams } from './open-streams.ts'

test('a cut reaches every stream of the flow and no other', () => {
  const streams = new OpenStreams()
  const cuts: string[] = []
  streams.enter('a', 'f', 0, () => cuts.push('a/f 1'))
  streams.enter('a', 'f', 0, () => cuts.push('a/f 2'))
  streams.enter('a', 'g', 0, () => cuts.push('a/g'))
  streams.enter('b', 'f', 0, () => cuts.push('b/f'))
  streams.cut('a', 'f', 1)
  expect(cuts).toEqual(['a/f 1', 'a/f 2'])
})

test('streams that left are forgotten, and their flow with the last of them', () => {
  const streams = new OpenStreams()
  let cuts = 0
  const leaveFirst = streams.enter('a', 'f', 0, () => cuts++)
  const leaveSecond = streams.enter('a', 'f', 0, () => cuts++)
  leaveFirst()
  expect(streams.flows()).toEqual([{ participantContextId: 'a', dataFlowId: 'f' }])
  leaveSecond()
  expect(streams.flows()).toEqual([])
  streams.cut('a', 'f', 1)
  expect(cuts).toBe(0)
})

test('a stream may leave while it is being cut', () => {
  const streams = new OpenStreams()
  const leave = streams.enter('a', 'f', 0, () => leave())
  streams.cutAll()
  expect(streams.flows()).toEqual([])
})

test('a cut that arrives late leaves streams of the newer token alone', () => {
  const streams = new OpenStreams()
  const cuts: number[] = []
  streams.enter('a', 'f', 0, () => cuts.push(0))
  streams.enter('a', 'f', 2, () => cuts.push(2))
  streams.cut('a', 'f', 1)
  expect(cuts).toEqual([0])
})

import { expect, test } from 'vitest'
import { OpenStreams } from './open-streams.ts'

test('a cut reaches every stream of the flow and no other', () => {
  const streams = new OpenStreams()
  const cuts: string[] = []
  streams.enter('a', 'f', () => cuts.push('a/f 1'))
  streams.enter('a', 'f', () => cuts.push('a/f 2'))
  streams.enter('a', 'g', () => cuts.push('a/g'))
  streams.enter('b', 'f', () => cuts.push('b/f'))
  streams.cut('a', 'f')
  expect(cuts).toEqual(['a/f 1', 'a/f 2'])
})

test('streams that left are forgotten, and their flow with the last of them', () => {
  const streams = new OpenStreams()
  let cuts = 0
  const leaveFirst = streams.enter('a', 'f', () => cuts++)
  const leaveSecond = streams.enter('a', 'f', () => cuts++)
  leaveFirst()
  expect(streams.flows()).toEqual([{ participantContextId: 'a', dataFlowId: 'f' }])
  leaveSecond()
  expect(streams.flows()).toEqual([])
  streams.cut('a', 'f')
  expect(cuts).toBe(0)
})

test('a stream may leave while it is being cut', () => {
  const streams = new OpenStreams()
  const leave = streams.enter('a', 'f', () => leave())
  streams.cutAll()
  expect(streams.flows()).toEqual([])
})

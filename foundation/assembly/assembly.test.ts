import { describe, expect, test } from 'vitest'
import { Assembly, type ServiceModule, serviceKey } from './index.ts'

const clock = serviceKey<() => number>('clock')
const store = serviceKey<{ readonly name: string }>('store')

/** A module that writes its phases into `log`. */
function recording(name: string, log: string[], more: Partial<ServiceModule> = {}): ServiceModule {
  const note = (phase: string) => () => void log.push(`${name}.${phase}`)
  return {
    name,
    prepare: note('prepare'),
    start: note('start'),
    finalize: note('finalize'),
    shutdown: note('shutdown'),
    ...more,
    init: async (context) => {
      log.push(`${name}.init`)
      await more.init?.(context)
    },
  }
}

const provider = (log: string[]): ServiceModule =>
  recording('provider', log, { provides: [clock], init: (context) => context.provide(clock, () => 42) })

describe('an assembly', () => {
  test('runs each phase over all modules, providers first, and stops in reverse order', async () => {
    const log: string[] = []
    const consumer = recording('consumer', log, { requires: [clock] })
    const assembly = new Assembly('test', [consumer, provider(log)])
    await assembly.start()
    expect(assembly.service(clock)()).toBe(42)
    await assembly.stop()
    expect(log).toEqual([
      'provider.init',
      'consumer.init',
      'provider.prepare',
      'consumer.prepare',
      'provider.start',
      'consumer.start',
      'consumer.finalize',
      'provider.finalize',
      'consumer.shutdown',
      'provider.shutdown',
    ])
  })

  test('refuses a requirement that nobody provides, two providers, and cycles', () => {
    expect(() => new Assembly('test', [{ name: 'lonely', requires: [clock] }])).toThrow('lonely requires clock')
    const twice = [
      { name: 'one', provides: [clock] },
      { name: 'two', provides: [clock] },
    ]
    expect(() => new Assembly('test', twice)).toThrow('clock is provided by one and by two')
    const cycle = [
      { name: 'hen', provides: [clock], requires: [store] },
      { name: 'egg', provides: [store], requires: [clock] },
    ]
    expect(() => new Assembly('test', cycle)).toThrow('hen -> egg -> hen')
  })

  test('refuses what a module did not declare', async () => {
    const providing = { name: 'sneaky', init: (context) => context.provide(clock, () => 1) } satisfies ServiceModule
    await expect(new Assembly('test', [providing]).start()).rejects.toThrow('sneaky does not declare')
    const taking = { name: 'greedy', init: (context) => void context.require(clock) } satisfies ServiceModule
    await expect(new Assembly('test', [provider([]), taking]).start()).rejects.toThrow('greedy does not declare')
  })

  test('takes down what was begun when a module fails, then throws its error', async () => {
    const log: string[] = []
    const failing = recording('failing', log, {
      requires: [clock],
      init: () => {
        throw new Error('no disk')
      },
    })
    await expect(new Assembly('test', [provider(log), failing, recording('never', log)]).start()).rejects.toThrow(
      'no disk',
    )
    expect(log).toEqual([
      'provider.init',
      'failing.init',
      'failing.finalize',
      'provider.finalize',
      'failing.shutdown',
      'provider.shutdown',
    ])
  })

  test('gives every module its turn when stopping one fails, and reports it', async () => {
    const log: string[] = []
    const failing = recording('failing', log, {
      requires: [clock],
      finalize: () => {
        throw new Error('stuck')
      },
    })
    const assembly = new Assembly('test', [provider(log), failing])
    await assembly.start()
    await expect(assembly.stop()).rejects.toThrow('stopping failed')
    expect(log.slice(-3)).toEqual(['provider.finalize', 'failing.shutdown', 'provider.shutdown'])
  })

  test('says who is missing when a service is asked for too early', () => {
    expect(() => new Assembly('early', [provider([])]).service(clock)).toThrow('nobody provides clock yet')
  })
})

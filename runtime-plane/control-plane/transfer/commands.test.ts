import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { waitFor } from '../testing/journeys.ts'
import { done } from '../testing/participants.ts'
import { type Command, type Pair, type Side, startTrade, type Trade } from '../testing/transfers.ts'

let trade: Trade

beforeAll(async () => {
  trade = await startTrade()
})

beforeEach(() => {
  trade.plane.plane.later = false
})

afterAll(() => trade.plane.stop())

const commands: readonly Command[] = ['suspend', 'resume', 'complete', 'terminate']
const sides: readonly Side[] = ['consumer', 'provider']
const otherOf = (side: Side): Side => (side === 'consumer' ? 'provider' : 'consumer')

/** What the table of DSP 2.8 allows a participant, and who may resume by DPS-19. */
const table = {
  'not started': ['terminate'],
  running: ['suspend', 'complete', 'terminate'],
  'suspended by this side': ['resume', 'terminate'],
  'suspended by the other side': ['terminate'],
  completed: [],
  terminated: [],
} as const satisfies Readonly<Record<string, readonly Command[]>>

type Place = keyof typeof table

/** Brings a new transfer there, as the side sees it. */
async function bring(side: Side, place: Place): Promise<Pair> {
  if (place === 'not started') {
    trade.plane.plane.later = 'start'
    const pair = await trade.requested()
    await trade.reaches('provider', pair, 'STARTUP_REQUESTED')
    await trade.reaches('consumer', pair, 'REQUESTED')
    return pair
  }
  const pair = await trade.started()
  if (place === 'running') return pair
  const by = place === 'suspended by this side' ? side : otherOf(side)
  const [command, state] =
    ({ completed: ['complete', 'COMPLETED'], terminated: ['terminate', 'TERMINATED'] } as const)[place as string] ??
    (['suspend', 'SUSPENDED'] as const)
  await done(trade.command(by, pair, command))
  for (const one of sides) await trade.reaches(one, pair, state)
  return pair
}

const stateAfter: Readonly<Record<Command, string>> = {
  suspend: 'SUSPENDED',
  resume: 'STARTED',
  complete: 'COMPLETED',
  terminate: 'TERMINATED',
}

const cases = sides.flatMap((side) =>
  (Object.keys(table) as Place[]).flatMap((place) =>
    commands.map((command) => ({
      side,
      place,
      command,
      allowed: (table[place] as readonly Command[]).includes(command),
    })),
  ),
)

describe('a command about a transfer', () => {
  it.each(cases.filter(({ allowed }) => allowed))(
    'DSP-40: the $side may $command what is $place, and both sides end in the same state',
    async ({ side, place, command }) => {
      const pair = await bring(side, place)
      expect((await trade.command(side, pair, command)).status).toBe(204)
      for (const one of sides) await trade.reaches(one, pair, stateAfter[command])
    },
  )

  it.each(sides.flatMap((side) => (Object.keys(table) as Place[]).map((place) => ({ side, place }))))(
    'DSP-40: the $side is refused everything else on what is $place, which changes nothing',
    async ({ side, place }) => {
      const pair = await bring(side, place)
      const before = await trade.steps(side, pair)
      for (const { command } of cases.filter((one) => one.side === side && one.place === place && !one.allowed)) {
        const answer = await trade.command(side, pair, command)
        expect([command, answer.status]).toEqual([command, 409])
        expect(answer.body[0]).toMatchObject({ code: 'management.wrong-state' })
      }
      expect(await trade.steps(side, pair)).toEqual(before)
    },
  )

  it('X-01: about a foreign or unknown transfer is answered alike', async () => {
    const pair = await trade.started()
    for (const command of commands) {
      for (const id of [pair.provider, 'none']) {
        expect((await trade.command('consumer', { ...pair, consumer: id }, command)).status).toBe(404)
      }
    }
  })
})

describe('a completion by command', () => {
  it.each(sides)('DPS-11: of the %s reaches both data planes', async (side) => {
    const pair = await trade.started()
    await done(trade.command(side, pair, 'complete'))
    await trade.reaches(otherOf(side), pair, 'COMPLETED')
    await waitFor('both data planes to hear of it', async () =>
      sides.every((one) => trade.plane.plane.flow(pair[one])?.state === 'COMPLETED'),
    )
  })
})

describe('the reason of a command', () => {
  it.each(sides)('DSP-40: of the %s is shown on both sides, and told to both data planes', async (side) => {
    const pair = await trade.started()
    await done(trade.command(side, pair, 'suspend'))
    const suspended = { errorCode: 'termination.suspended', errorDetail: 'Because.' }
    expect(await trade.reaches(side, pair, 'SUSPENDED')).toMatchObject({ ...suspended, errorSide: 'US' })
    expect(await trade.reaches(otherOf(side), pair, 'SUSPENDED')).toMatchObject({
      ...suspended,
      errorSide: 'COUNTERPARTY',
    })
    await done(trade.command(side, pair, 'terminate'))
    const ended = { errorCode: 'termination.requested', errorDetail: 'Because.' }
    expect(await trade.reaches(side, pair, 'TERMINATED')).toMatchObject({ ...ended, errorSide: 'US' })
    expect(await trade.reaches(otherOf(side), pair, 'TERMINATED')).toMatchObject({
      ...ended,
      errorSide: 'COUNTERPARTY',
    })
    for (const one of sides) {
      const reasons = () =>
        trade.plane.plane.signals
          .filter((it) => it.flowId === pair[one] && ['suspend', 'terminate'].includes(it.signal))
          .map(({ signal, body }) => [signal, body.reason])
      await waitFor('the data plane to hear of both', async () => reasons().length === 2)
      expect(reasons()).toEqual([
        ['suspend', 'Because.'],
        ['terminate', 'Because.'],
      ])
    }
  })
})

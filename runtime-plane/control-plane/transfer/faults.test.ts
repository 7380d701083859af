import { afterEach, describe, expect, it } from 'vitest'
import {
  type Body,
  type ControlPlaneUnderTest,
  startControlPlane,
  type TestOptions,
} from '../testing/control-plane-under-test.ts'
import { type CrashPoint, crashAt } from '../testing/crash.ts'
import { counterpart, negotiate, processIn, requestTransfer, waitFor } from '../testing/journeys.ts'
import { done, makeDataspace, makeParticipant, managed, type Participant, publish } from '../testing/participants.ts'

let plane: ControlPlaneUnderTest

afterEach(() => plane.stop())

async function start(
  options: TestOptions,
): Promise<{ provider: Participant; consumer: Participant; contract: string }> {
  plane = await startControlPlane(options)
  await makeDataspace(plane)
  const provider = await makeParticipant(plane, 'provider')
  const consumer = await makeParticipant(plane, 'consumer')
  await publish(plane, provider, 'asset-1')
  const negotiation = await negotiate(plane, consumer, provider, 'asset-1')
  return { provider, consumer, contract: String(negotiation.contractAgreementId) }
}

const around = (purposes: readonly string[]): readonly CrashPoint[] =>
  purposes.flatMap((purpose) => [
    { purpose, when: 'before the call' as const },
    { purpose, when: 'after the call' as const },
  ])

/** Ids of the messages of a purpose, DSP's or DPS's. */
const idsOf = (bodies: readonly unknown[]): readonly unknown[] =>
  bodies.map((body) => (body as Body)['@id'] ?? (body as Body).messageId)

const dataOf = async (consumer: Participant, id: string): Promise<number> => {
  const path = `/participants/${consumer.context}/edrs/${id}/dataaddress`
  const edr = (await plane.api('GET', path, { token: consumer.token })).body
  return (await fetch(String(edr.endpoint), { headers: { authorization: `Bearer ${edr.authorization}` } })).status
}

describe('an instance that dies while a transfer starts', () => {
  it.each(
    around(['dps.prepare', 'dsp.TransferRequestMessage', 'dps.start', 'dsp.TransferStartMessage', 'dps.started']),
  )('goes on with the same ids when it dies $when of $purpose, and the data flows', async (point) => {
    const crash = crashAt(point)
    const { provider, consumer, contract } = await start({ intercept: crash.intercept })
    const id = await requestTransfer(plane, consumer, provider, contract)
    await crash.reached
    await plane.drop()
    await plane.restart({ intercept: crash.intercept })
    await processIn(plane, consumer, 'transferprocesses', id, ['STARTED'])
    const theirs = String((await counterpart(plane, provider, 'transferprocesses', id))['@id'])
    await processIn(plane, provider, 'transferprocesses', theirs, ['STARTED'])
    expect(await dataOf(consumer, id)).toBe(200)
    expect(crash.bodies.length).toBeGreaterThanOrEqual(2)
    expect(new Set(idsOf(crash.bodies)).size).toBe(1)
  })
})

describe('an instance that dies while a transfer ends', () => {
  it.each(around(['dps.terminate', 'dsp.TransferTerminationMessage']))(
    'ends it on both sides all the same when it dies $when of $purpose',
    async (point) => {
      const crash = crashAt(point)
      const { provider, consumer, contract } = await start({ intercept: crash.intercept })
      const id = await requestTransfer(plane, consumer, provider, contract)
      await processIn(plane, consumer, 'transferprocesses', id, ['STARTED'])
      const path = `/participants/${consumer.context}/transferprocesses/${id}/terminate`
      await done(plane.api('POST', path, { body: managed('TerminateTransfer', {}), token: consumer.token }))
      await crash.reached
      await plane.drop()
      await plane.restart({ intercept: crash.intercept })
      await processIn(plane, consumer, 'transferprocesses', id, ['TERMINATED'])
      const theirs = String((await counterpart(plane, provider, 'transferprocesses', id))['@id'])
      await processIn(plane, provider, 'transferprocesses', theirs, ['TERMINATED'])
      await waitFor('both data planes to stop', async () =>
        [id, theirs].every((flow) => plane.plane.flow(flow)?.state === 'TERMINATED'),
      )
    },
  )
})

describe('an instance that dies while a transfer is completed or resumed', () => {
  const act = (participant: Participant, id: string, command: 'complete' | 'suspend' | 'resume') =>
    done(
      plane.api('POST', `/participants/${participant.context}/transferprocesses/${id}/${command}`, {
        token: participant.token,
        ...(command === 'suspend' ? { body: managed('SuspendTransfer', {}) } : {}),
      }),
    )

  it.each(around(['dps.completed', 'dsp.TransferCompletionMessage']))(
    'completes it on both sides when it dies $when of $purpose',
    async (point) => {
      const crash = crashAt(point)
      const { provider, consumer, contract } = await start({ intercept: crash.intercept })
      const id = await requestTransfer(plane, consumer, provider, contract)
      await processIn(plane, consumer, 'transferprocesses', id, ['STARTED'])
      await act(consumer, id, 'complete')
      await crash.reached
      await plane.drop()
      await plane.restart({ intercept: crash.intercept })
      await processIn(plane, consumer, 'transferprocesses', id, ['COMPLETED'])
      const theirs = String((await counterpart(plane, provider, 'transferprocesses', id))['@id'])
      await processIn(plane, provider, 'transferprocesses', theirs, ['COMPLETED'])
      await waitFor('both data planes to stop', async () =>
        [id, theirs].every((flow) => ['COMPLETED', 'TERMINATED'].includes(String(plane.plane.flow(flow)?.state))),
      )
    },
  )

  it.each(around(['dps.suspend', 'dps.resume']))(
    'lets the data flow again when it dies $when of $purpose',
    async (point) => {
      const crash = crashAt(point)
      const { provider, consumer, contract } = await start({ intercept: crash.intercept })
      const id = await requestTransfer(plane, consumer, provider, contract)
      await processIn(plane, consumer, 'transferprocesses', id, ['STARTED'])
      const theirs = String((await counterpart(plane, provider, 'transferprocesses', id))['@id'])
      const again = async () => {
        await crash.reached
        await plane.drop()
        await plane.restart({ intercept: crash.intercept })
      }
      await act(consumer, id, 'suspend')
      if (point.purpose === 'dps.suspend') await again()
      await processIn(plane, consumer, 'transferprocesses', id, ['SUSPENDED'])
      await processIn(plane, provider, 'transferprocesses', theirs, ['SUSPENDED'])
      await act(consumer, id, 'resume')
      if (point.purpose === 'dps.resume') await again()
      await processIn(plane, consumer, 'transferprocesses', id, ['STARTED'])
      await processIn(plane, provider, 'transferprocesses', theirs, ['STARTED'])
      expect(await dataOf(consumer, id)).toBe(200)
    },
  )
})

describe('a side that stays silent', () => {
  it('meets a deadline: a data plane that never reports ends the transfer, with the reason', async () => {
    const { provider, consumer, contract } = await start({ deadlines: { negotiationMs: 60_000, transferMs: 50 } })
    plane.plane.later = true
    const id = await requestTransfer(plane, consumer, provider, contract)
    const ended = await processIn(plane, consumer, 'transferprocesses', id, ['TERMINATED'])
    expect(ended).toMatchObject({ errorCode: 'termination.no-answer', errorSide: 'US' })
    expect(plane.plane.flow(id)?.state).toBe('TERMINATED')
  })
})

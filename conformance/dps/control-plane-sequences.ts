import type { Conduct, ControlPlanePeer } from './control-plane-peer.ts'
import type { Sequence } from './sequence.ts'

/** To STARTED as a consumer: the data plane is prepared before the provider is asked. */
async function consumerStarted(peer: ControlPlanePeer, conduct: Conduct): Promise<string> {
  const id = await peer.trigger(conduct)
  await peer.expectCall(id, 'prepare')
  if (conduct === 'async') await peer.report(id, 'prepared')
  await peer.expectMessage(id, 'request')
  await peer.expectState(id, 'REQUESTED')
  await peer.send(id, 'start')
  await peer.expectCall(id, 'started')
  await peer.expectState(id, 'STARTED')
  return id
}

/** To STARTED as a provider: the data plane is started before the consumer hears of it. */
async function providerStarted(peer: ControlPlanePeer, conduct: Conduct): Promise<string> {
  const id = await peer.request(conduct)
  await peer.expectCall(id, 'start')
  if (conduct === 'async') await peer.report(id, 'started')
  await peer.expectMessage(id, 'start')
  await peer.expectState(id, 'STARTED')
  return id
}

async function completed(peer: ControlPlanePeer, id: string): Promise<void> {
  await peer.send(id, 'completion')
  await peer.expectCall(id, 'completed')
  await peer.expectState(id, 'COMPLETED')
}

async function terminated(peer: ControlPlanePeer, id: string): Promise<void> {
  await peer.send(id, 'termination')
  await peer.expectCall(id, 'terminate')
  await peer.expectState(id, 'TERMINATED')
}

async function suspended(peer: ControlPlanePeer, id: string): Promise<void> {
  await peer.send(id, 'suspension')
  await peer.expectCall(id, 'suspend')
  await peer.expectState(id, 'SUSPENDED')
}

/** A start of the counterparty after its suspension is a resumption for the data plane, not a second start. */
async function resumed(peer: ControlPlanePeer, id: string): Promise<void> {
  await peer.send(id, 'start')
  await peer.expectCall(id, 'resume')
  await peer.expectState(id, 'STARTED')
}

function sequences(
  group: 'CP_C' | 'CP_P',
  started: (peer: ControlPlanePeer, conduct: Conduct) => Promise<string>,
): readonly Sequence<ControlPlanePeer>[] {
  const sequence = (id: string, conduct: Conduct, steps: (peer: ControlPlanePeer, id: string) => Promise<void>) => ({
    id: `${group}:${id}`,
    run: async (peer: ControlPlanePeer) => steps(peer, await started(peer, conduct)),
  })
  return [
    sequence('01-01', 'sync', completed),
    sequence('01-02', 'sync', terminated),
    sequence('02-01', 'sync', async (peer, id) => {
      await suspended(peer, id)
      await resumed(peer, id)
      await completed(peer, id)
    }),
    sequence('02-02', 'sync', async (peer, id) => {
      await suspended(peer, id)
      await terminated(peer, id)
    }),
    sequence('03-01', 'async', completed),
  ]
}

/** The ten sequences of a control plane: five as consumer, five as provider. */
export const controlPlaneSequences = {
  consumer: sequences('CP_C', consumerStarted),
  provider: sequences('CP_P', providerStarted),
}

import type { CounterpartServer } from '../counterpart-server.ts'
import type { KitTest } from '../kit.ts'
import { type HostedPlatform, hostPlatform } from '../platform.ts'
import { claimedIdentity } from './claimed-identity.ts'
import { agreementPeer, setUpControlPlane } from './control-plane-composition.ts'
import { type ControlPlaneUnderTest, serveControlPlanePeer } from './control-plane-peer.ts'
import { controlPlaneSequences } from './control-plane-sequences.ts'
import { setUpDataPlane } from './data-plane-composition.ts'
import { type DataPlaneUnderTest, serveDataPlanePeer } from './data-plane-peer.ts'
import { dataPlaneSequences } from './data-plane-sequences.ts'
import { kitTransport } from './kit-transport.ts'
import { runOfficialDpsKit } from './official-kit.ts'
import type { Sequence } from './sequence.ts'

/** Everything that the sequences need, running. */
export interface PreparedSuite {
  readonly run: (id: string) => Promise<KitTest>
  readonly ids: readonly string[]
  readonly stop: () => Promise<void>
}

/** Wires that may stand between the suite and the platform; the plain servers when absent. */
export interface Wires {
  /** Before what the control plane calls: data plane and counterparty of the suite. */
  readonly toPlane: (plane: CounterpartServer) => Promise<CounterpartServer>
  /** Before what the data plane reports to. */
  readonly toControlPlane: (controlPlane: CounterpartServer) => Promise<CounterpartServer>
  /** Before the data plane under test. */
  readonly toDataPlane: (url: string) => Promise<string>
}

const plainWires: Wires = {
  toPlane: async (plane) => plane,
  toControlPlane: async (controlPlane) => controlPlane,
  toDataPlane: async (url) => url,
}

/** Runs the 38 sequences of Data Plane Signaling against control plane and data plane of one platform. */
export async function runDpsSuite(folder: string): Promise<readonly KitTest[]> {
  if (process.env.TCK_CLASSPATH !== undefined) return runOfficialDpsKit(folder)
  const suite = await prepareDpsSuite(folder)
  const tests: KitTest[] = []
  try {
    for (const id of suite.ids) {
      const test = await suite.run(id)
      console.error(`${test.status.toUpperCase().padEnd(7)} ${id}${test.message === '' ? '' : `  ${test.message}`}`)
      tests.push(test)
    }
    return tests
  } finally {
    await suite.stop()
  }
}

/** Starts the platform and everybody around it. */
export async function prepareDpsSuite(folder: string, wires: Wires = plainWires): Promise<PreparedSuite> {
  const plane = await serveControlPlanePeer()
  const control = await serveDataPlanePeer()
  const agreements = await agreementPeer()
  const planeEntrance = await wires.toPlane(plane.server)
  const controlEntrance = await wires.toControlPlane(control.server)
  const origins = [plane.server, control.server, agreements, planeEntrance, controlEntrance].map(({ url }) => url)
  const hosted = await hostPlatform(folder, [...new Set(origins)], {
    controlPlane: { identity: claimedIdentity },
    dataPlane: { transports: (http) => [kitTransport(http)] },
  })
  const controlPlane = await setUpControlPlane(hosted, agreements, {
    url: planeEntrance.url,
    tokenUrl: `${planeEntrance.url}/token`,
    transferType: 'ConformancePlane-PULL',
  })
  const dataPlane = await setUpDataPlane(hosted, controlEntrance)
  const target = { ...dataPlane, url: await wires.toDataPlane(dataPlane.url) }
  const runs = runsOf(controlPlane.target, target, plane, control)
  return {
    ids: [...runs.keys()],
    run: (id) => runOne(id, runs.get(id)),
    stop: async () => {
      await controlPlane.stop()
      await stopAll(hosted, [plane.server, control.server, agreements])
    },
  }
}

async function stopAll(hosted: HostedPlatform, servers: readonly Pick<CounterpartServer, 'close'>[]): Promise<void> {
  await hosted.stop()
  for (const server of servers) await server.close()
}

function runsOf(
  controlPlane: ControlPlaneUnderTest,
  dataPlane: DataPlaneUnderTest,
  plane: Awaited<ReturnType<typeof serveControlPlanePeer>>,
  control: Awaited<ReturnType<typeof serveDataPlanePeer>>,
): ReadonlyMap<string, () => Promise<void>> {
  const runs = new Map<string, () => Promise<void>>()
  const add = <Peer>(sequences: readonly Sequence<Peer>[], peer: () => Peer): void => {
    for (const sequence of sequences) runs.set(sequence.id, () => sequence.run(peer()))
  }
  add(controlPlaneSequences.consumer, () => plane.peerFor(controlPlane, 'consumer'))
  add(controlPlaneSequences.provider, () => plane.peerFor(controlPlane, 'provider'))
  add(dataPlaneSequences, () => control.peerFor(dataPlane))
  return runs
}

async function runOne(id: string, run: (() => Promise<void>) | undefined): Promise<KitTest> {
  if (!run) throw new Error(`there is no sequence ${id}`)
  try {
    await run()
    return { id, status: 'passed', message: '' }
  } catch (error) {
    return { id, status: 'failed', message: error instanceof Error ? error.message : String(error) }
  }
}

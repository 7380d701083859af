import type { ListenerName } from '@weft/foundation/http'

/** The four assemblies that a deployment consists of. */
export type AssemblyName = 'runtime' | 'governance' | 'fabric' | 'identity-provider'

export const assemblyNames: readonly AssemblyName[] = ['identity-provider', 'runtime', 'governance', 'fabric']

type Ports = Partial<Readonly<Record<ListenerName, number>>>

/** Where everything of one deployment listens, and by which public URLs the world knows it. */
export interface Deployment {
  readonly host: string
  readonly ports: Readonly<Record<AssemblyName, Ports>>
  /** Makes the participants' DIDs, DSP addresses, callbacks and data addresses. */
  readonly runtimePublicUrl: string
  /** Makes the issuers' DIDs and status lists. */
  readonly governancePublicUrl: string
  /** The token issuer. */
  readonly identityProviderUrl: string
}

/** Distances from the base port: an assembly has a row of ten, a kind of traffic its place in the row. */
const rows: Readonly<Record<AssemblyName, number>> = { runtime: 0, governance: 10, fabric: 20, 'identity-provider': 30 }
const places: Readonly<Record<ListenerName, number>> = {
  public: 0,
  admin: 1,
  signaling: 2,
  internal: 3,
  observability: 4,
}

const listenersOf: Readonly<Record<AssemblyName, readonly ListenerName[]>> = {
  runtime: ['public', 'admin', 'signaling', 'internal', 'observability'],
  governance: ['public', 'admin', 'observability'],
  fabric: ['admin', 'observability'],
  'identity-provider': ['public', 'admin', 'observability'],
}

/** How many ports after the base port a deployment may take. */
export const portSpan = 40

/** A deployment on one machine's loopback, all ports counted from one. */
export function loopbackDeployment(basePort: number): Deployment {
  const portsOf = (assembly: AssemblyName): Ports =>
    Object.fromEntries(listenersOf[assembly].map((name) => [name, portOf(basePort, assembly, name)]))
  const publicUrl = (assembly: AssemblyName) => `http://localhost:${portOf(basePort, assembly, 'public')}`
  return {
    host: '127.0.0.1',
    ports: {
      runtime: portsOf('runtime'),
      governance: portsOf('governance'),
      fabric: portsOf('fabric'),
      'identity-provider': portsOf('identity-provider'),
    },
    runtimePublicUrl: publicUrl('runtime'),
    governancePublicUrl: publicUrl('governance'),
    identityProviderUrl: publicUrl('identity-provider'),
  }
}

function portOf(basePort: number, assembly: AssemblyName, listener: ListenerName): number {
  return basePort + rows[assembly] + places[listener]
}

/** `http://127.0.0.1:7101`: where one of our services calls another. */
export function serviceUrl(deployment: Deployment, assembly: AssemblyName, listener: ListenerName): string {
  const port = deployment.ports[assembly][listener]
  if (port === undefined) throw new Error(`${assembly} has no ${listener} listener`)
  return `http://${deployment.host}:${port}`
}

/** What partners are given as addresses too: anybody's message may name these, although they are on loopback here. */
export function publicOrigins(deployment: Deployment): string[] {
  return [
    serviceUrl(deployment, 'runtime', 'public'),
    serviceUrl(deployment, 'governance', 'public'),
    deployment.runtimePublicUrl,
    deployment.governancePublicUrl,
  ]
}

/** Where our services reach each other and the identity provider; no address that somebody else names may be one of these. */
export function internalOrigins(deployment: Deployment): string[] {
  const services = assemblyNames.flatMap((assembly) =>
    listenersOf[assembly].map((listener) => serviceUrl(deployment, assembly, listener)),
  )
  const open = new Set(publicOrigins(deployment))
  return [...services, deployment.identityProviderUrl].filter((origin) => !open.has(origin))
}

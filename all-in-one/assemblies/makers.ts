import type { Assembly } from '@weft/foundation/assembly'
import type { AssemblyName } from '../deployment.ts'
import { fabricAssembly } from './fabric.ts'
import { governanceAssembly } from './governance.ts'
import { identityProviderAssembly } from './identity-provider.ts'
import { runtimeAssembly } from './runtime.ts'
import type { Surroundings } from './shared.ts'

const makers: Readonly<Record<AssemblyName, (surroundings: Surroundings) => Promise<Assembly>>> = {
  'identity-provider': identityProviderAssembly,
  runtime: runtimeAssembly,
  governance: governanceAssembly,
  fabric: fabricAssembly,
}

/** Makes an assembly and starts it. What fails to start is taken down before the error is thrown. */
export async function startAssembly(name: AssemblyName, surroundings: Surroundings): Promise<Assembly> {
  const assembly = await makers[name](surroundings)
  await assembly.start()
  return assembly
}

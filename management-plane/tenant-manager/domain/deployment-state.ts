/** States of cells, VPAs and dataspace deployments; lower case on the wire. */
export const deploymentStates = [
  'initial',
  'pending',
  'active',
  'disposing',
  'disposed',
  'locked',
  'offline',
  'error',
] as const

export type DeploymentState = (typeof deploymentStates)[number]

/** Reads a state in any case; undefined for what is none. */
export function deploymentState(text: string): DeploymentState | undefined {
  const lower = text.toLowerCase()
  return deploymentStates.find((state) => state === lower)
}

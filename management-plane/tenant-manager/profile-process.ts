import { participantContextId } from '@weft/foundation/access'
import type { ProcessRef } from '@weft/foundation/processes'
import type { ManifestId } from './domain/ids.ts'

/** Deployments run before there is a participant context, so their history is kept under a context of the fabric's own. */
const fabric = participantContextId('fabric')

/** The process of one deployment, for history, outbox and tasks. */
export function deploymentProcess(manifestId: ManifestId): ProcessRef {
  return { participantContextId: fabric, processType: 'deployment', processId: manifestId }
}

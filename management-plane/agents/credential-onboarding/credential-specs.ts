import { WeftError } from '@weft/foundation/errors'
import { type Activity, isJsonObject } from '../runtime/activity.ts'
import { agentErrors } from '../runtime/errors.ts'

/** A credential that the participant needs, as the tenant manager chose it. */
export interface CredentialSpec {
  readonly id: string
  readonly type: string
  readonly issuer: string
  readonly format: string
}

/** The credentials of the manifest; none is fine. @throws `agents.missing-input` for one without id, type, issuer or format */
export function credentialSpecs(activity: Activity): readonly CredentialSpec[] {
  const list = activity.data['cfm.vpa.credentials']
  if (!Array.isArray(list)) return []
  return list.map((spec: unknown) => {
    if (isJsonObject(spec)) {
      const { id, type, issuer, format } = spec
      if (isText(id) && isText(type) && isText(issuer) && isText(format)) return { id, type, issuer, format }
    }
    const message = 'Each of "cfm.vpa.credentials" needs id, type, issuer and format.'
    throw new WeftError(agentErrors['missing-input'], { field: 'cfm.vpa.credentials', message })
  })
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

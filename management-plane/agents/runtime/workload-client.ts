import { secretText } from '@weft/foundation/settings'
import { Type } from 'typebox'

/** Settings of an agent's own client at the identity provider: it may call the agent's system, and nothing else. */
export const workloadClient = Type.Object({
  tokenUrl: Type.String({ description: 'Token endpoint of the identity provider.' }),
  clientId: Type.String({ minLength: 1 }),
  clientSecret: secretText(),
})

/** An agent's own client, with the secret wrapped so that it is not printed by accident. */
export interface WorkloadClient {
  readonly tokenUrl: string
  readonly clientId: string
  readonly clientSecret: { reveal(): string }
}

/** Settings whose workload client comes from `loadSettings`, or from whoever assembles the process. */
export type WithWorkload<Settings extends { readonly workload: unknown }> = Omit<Settings, 'workload'> & {
  readonly workload: WorkloadClient
}

/** Schema of a base URL, without a slash at its end. */
export function baseUrl(description: string) {
  return Type.String({ pattern: '^https?://.*[^/]$', description })
}

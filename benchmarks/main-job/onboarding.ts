import type { OutboundClient } from '@weft/foundation/http'
import {
  apisFor,
  memberRole,
  type Organisation,
  onboard,
  type Platform,
  setUpDataspace,
  takeAccess,
} from '@weft/sdk/demo'
import { atMost, type Figure, median } from '../result.ts'

export interface Onboarded {
  readonly provider: Organisation
  readonly consumer: Organisation
  readonly figures: readonly Figure[]
}

const participants = 20

/** Onboards participants one after another, from the profile's POST until every VPA is active. */
export async function measureOnboarding(platform: Platform, outbound: OutboundClient): Promise<Onboarded> {
  const administrator = apisFor(platform, platform.admin, outbound)
  const provisioner = apisFor(platform, platform.provisioner, outbound)
  const dataspace = await setUpDataspace(platform, administrator)
  const times: number[] = []
  const organisations: Organisation[] = []
  for (let number = 0; number < participants; number += 1) {
    const applicant = { name: `Bench ${number}`, shortName: `bench-${number}`, roles: [memberRole] }
    const began = performance.now()
    const contextId = await onboard(platform, provisioner, dataspace, applicant, () => {})
    times.push(performance.now() - began)
    if (number < 2) organisations.push(await takeAccess(platform, administrator, applicant, contextId, outbound))
  }
  const [provider, consumer] = organisations
  if (!provider || !consumer) throw new Error('the bench needs two organisations')
  return { provider, consumer, figures: [atMost('onboarding to all VPAs active, p50', 's', median(times) / 1000, 1)] }
}

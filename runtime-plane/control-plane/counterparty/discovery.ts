import { toWeftError, WeftError } from '@weft/foundation/errors'
import type { OutboundClient } from '@weft/foundation/http'
import {
  type DspBinding,
  dspBindings,
  dspErrors,
  findDataServiceEndpoint,
  readVersions,
  rootOfVersionUrl,
  selectVersion,
  type VersionEntry,
} from '@weft/protocols/dsp'
import { type DidResolver, parseDid } from '@weft/protocols/trust'

/** One way of a counterparty to speak DSP that is spoken here as well. */
interface DspOffer {
  readonly version: string
  /** As the counterparty's version document has it; empty where there is none. */
  readonly path: string
  /** DSP base. */
  readonly base: string
  /** The dataspace profile that it is for, where the counterparty says so. */
  readonly profile?: string
}

/** Finds out where and how counterparties speak DSP. What it calls passes the outbound guard (DSP-49). */
export interface Discovery {
  /**
   * By the address of the version document or of what lies above it, else by the DID document.
   * @throws `dsp.no-common-version` when nothing that is spoken there is spoken here (DSP-03); what the resolver and the
   *   outbound client throw
   */
  find(counterparty: { readonly address: string } | { readonly did: string }): Promise<readonly DspOffer[]>
}

export function createDiscovery(options: {
  readonly outbound: Pick<OutboundClient, 'send'>
  readonly resolver: DidResolver
}): Discovery {
  const offersAt = async (root: string): Promise<readonly DspOffer[]> => {
    const { protocolVersions } = await readVersions(options.outbound, root)
    return protocolVersions.flatMap((entry) => dspBindings.flatMap((binding) => offerOf(entry, root, binding) ?? []))
  }
  return {
    find: async (counterparty) => {
      const offers =
        'address' in counterparty
          ? await offersAt(rootOfVersionUrl(counterparty.address) ?? counterparty.address)
          : await offersOfDid(options.resolver, counterparty.did, offersAt)
      if (offers.length === 0) throw new WeftError(dspErrors['no-common-version'])
      return offers
    },
  }
}

async function offersOfDid(
  resolver: DidResolver,
  did: string,
  offersAt: (root: string) => Promise<readonly DspOffer[]>,
): Promise<readonly DspOffer[]> {
  const { services } = await resolver.resolve(parseDid(did, 'counterPartyId'))
  const endpoint = findDataServiceEndpoint(services)
  if (!endpoint) return []
  if (endpoint.kind === 'root') return offersAt(endpoint.url)
  return dspBindings.slice(0, 1).map(({ version }) => ({ version, path: '', base: endpoint.url }))
}

/** Undefined when the entry is of another version, or leads away from the root that was asked. */
function offerOf(entry: VersionEntry, root: string, binding: DspBinding): DspOffer | undefined {
  if (entry.version !== binding.version) return undefined
  try {
    const { base } = selectVersion({ protocolVersions: [entry] }, root, [binding])
    const { version, path, profile } = entry
    return { version, path, base, ...(profile === undefined ? {} : { profile }) }
  } catch (thrown) {
    if (toWeftError(thrown).entry === dspErrors['no-common-version']) return undefined
    throw thrown
  }
}

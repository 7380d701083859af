import type { OutboundClient } from '@weft/foundation/http'
import {
  parseVersionDocument,
  type SelectedVersion,
  selectVersion,
  type VersionDocument,
  versionPath,
} from '../versions.ts'
import { exchange, readAnswer } from './exchange.ts'

/** What versions a participant speaks; needs no authentication (DSP-02). @throws see `exchange`; `dsp.counterparty-malformed` */
export async function readVersions(outbound: Pick<OutboundClient, 'send'>, root: string): Promise<VersionDocument> {
  const answer = await exchange(
    { outbound, address: root },
    { method: 'GET', path: versionPath, purpose: 'dsp.versions' },
  )
  return readAnswer(answer, parseVersionDocument)
}

/**
 * The DSP base of a participant and the version that is spoken there, by its version document.
 * @param root where the version document lies, without its well-known path
 * @throws `dsp.no-common-version` (DSP-03), and as `readVersions`
 */
export async function selectDspBase(outbound: Pick<OutboundClient, 'send'>, root: string): Promise<SelectedVersion> {
  return selectVersion(await readVersions(outbound, root), root)
}

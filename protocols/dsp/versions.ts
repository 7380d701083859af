import { WeftError } from '@weft/foundation/errors'
import { JsonReader } from '../policy/index.ts'
import { type DspBinding, dspBindings } from './bindings.ts'
import { dspErrors } from './errors.ts'
import { joinAddress } from './paths.ts'

/** Below a root; without authentication and outside any version (DSP-02). */
export const versionPath = '/.well-known/dspace-version'

export interface VersionEntry {
  readonly version: string
  /** Appended to the root; starts with a slash. */
  readonly path: string
  readonly binding: 'HTTPS'
  readonly serviceId?: string
  /** `did:web`. */
  readonly identifierType?: string
  readonly auth?: { readonly protocol: string; readonly version: string; readonly profile?: readonly string[] }
  /** Name of the dataspace profile, EDC's addition: it tells entries of one version apart. */
  readonly profile?: string
}

export interface VersionDocument {
  readonly protocolVersions: readonly VersionEntry[]
}

/** The answer of the version endpoint (DSP-01); plain JSON without context. At least one entry, by its type. */
export function buildVersionDocument(entries: readonly [VersionEntry, ...VersionEntry[]]): VersionDocument {
  return { protocolVersions: entries }
}

/**
 * Reads a version document. Entries of another binding are left out, since nothing can be done with them; a document
 * without entries is accepted, as EDC serves it for a participant without profiles.
 * @throws `dsp.malformed-message`
 */
export function parseVersionDocument(body: unknown): VersionDocument {
  const document = new JsonReader(body, dspErrors['malformed-message'])
  document.object()
  const entries = document.at('protocolVersions').items(100)
  return { protocolVersions: entries.flatMap((entry) => readEntry(entry)) }
}

function readEntry(entry: JsonReader): readonly VersionEntry[] {
  entry.object()
  const version = entry.at('version').text(64)
  const path = entry.at('path').text(2048)
  const binding = entry.at('binding').optionalText(64) ?? 'HTTPS'
  if (binding !== 'HTTPS') return []
  const serviceId = entry.at('serviceId').optionalText(2048)
  const identifierType = entry.at('identifierType').optionalText(256)
  const auth = entry.at('auth')
  const profile = entry.at('profile').optionalText(256)
  return [
    {
      version,
      path,
      binding,
      ...(serviceId === undefined ? {} : { serviceId }),
      ...(identifierType === undefined ? {} : { identifierType }),
      ...(auth.present ? { auth: readAuth(auth) } : {}),
      ...(profile === undefined ? {} : { profile }),
    },
  ]
}

function readAuth(auth: JsonReader): NonNullable<VersionEntry['auth']> {
  auth.object()
  const profile = auth
    .at('profile')
    .items(100)
    .map((item) => item.text(256))
  return {
    protocol: auth.at('protocol').text(256),
    version: auth.at('version').text(256),
    ...(profile.length === 0 ? {} : { profile }),
  }
}

/** Where a counterparty speaks a version that is spoken here. */
export interface SelectedVersion {
  readonly binding: DspBinding
  /** DSP base: the paths of the binding lie below it. */
  readonly base: string
}

/**
 * The best version that both sides speak: the first of ours that an entry names whose authentication is DCP or not said.
 * @param root where the version document lies, without `versionPath`
 * @throws `dsp.no-common-version` (DSP-03)
 */
export function selectVersion(
  document: VersionDocument,
  root: string,
  bindings: readonly DspBinding[] = dspBindings,
): SelectedVersion {
  const usable = document.protocolVersions.filter(
    ({ auth }) => auth === undefined || auth.protocol.toUpperCase() === 'DCP',
  )
  const [common] = bindings.flatMap((binding) => {
    const entry = usable.find(({ version }) => version === binding.version)
    return entry === undefined ? [] : [{ binding, entry }]
  })
  if (!common) throw new WeftError(dspErrors['no-common-version'])
  const { binding, entry } = common
  const base = joinAddress(root, entry.path.startsWith('/') ? entry.path : `/${entry.path}`)
  // A path like "/../../other" or "//host" would lead elsewhere than the root that was asked.
  if (!URL.canParse(base) || !new URL(base).href.startsWith(new URL(`${joinAddress(root, '')}/`).href)) {
    throw new WeftError(dspErrors['no-common-version'])
  }
  return { binding, base: joinAddress(base, '') }
}

/** The root of a version endpoint's URL, or undefined when it is none. */
export function rootOfVersionUrl(url: string): string | undefined {
  const trimmed = joinAddress(url, '')
  return trimmed.endsWith(versionPath) ? trimmed.slice(0, -versionPath.length) : undefined
}

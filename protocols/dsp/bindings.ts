import { toPlainForm } from '../json-ld/index.ts'
import type { JsonObject } from '../policy/index.ts'
import { dspVersion } from './context.ts'

/**
 * What is particular to one version of DSP. Everything else here knows the messages of 2025-1 only, so that a further
 * version is one more entry of `dspBindings`. The paths of all versions published so far are the same (2.11).
 */
export interface DspBinding {
  /** As the version document names it. */
  readonly version: string
  /** A message of a peer in the plain form of 2025-1. @throws as `toPlainForm` */
  readonly read: (body: unknown) => Promise<unknown>
  /** A message that was built here, as a peer of this version expects it. */
  readonly write: (message: JsonObject) => JsonObject
}

/** The version that is spoken where nothing else was agreed on. */
export const currentBinding: DspBinding = {
  version: dspVersion,
  read: (body) => toPlainForm(body, 'dsp'),
  write: (message) => message,
}

/** The versions spoken here, the best first: what a client chooses from (DSP-03) and a server may publish (DSP-01). */
export const dspBindings: readonly DspBinding[] = [currentBinding]

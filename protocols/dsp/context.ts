import { WeftError } from '@weft/foundation/errors'
import { dspContext, dspNamespace } from '../json-ld/index.ts'
import type { JsonReader } from '../policy/index.ts'
import { dspErrors } from './errors.ts'

export const dspVersion = '2025-1'

/**
 * Messages are read as plain JSON: the terms of the DSP context are protected, so no other context changes what they mean.
 * Further contexts may therefore stand beside it, whatever they are; none is ever loaded.
 * @throws `dsp.unknown-context`
 */
export function requireDspContext(message: JsonReader): void {
  const context = message.at('@context').value
  const named = Array.isArray(context) ? context : [context]
  if (!named.includes(dspContext)) throw new WeftError(dspErrors['unknown-context'], { field: '/@context' })
}

/** `CatalogRequestMessage` for itself, for `dspace:CatalogRequestMessage` and for its full IRI. */
export function dspTerm(text: string): string {
  for (const prefix of [dspNamespace, 'dspace:']) if (text.startsWith(prefix)) return text.slice(prefix.length)
  return text
}

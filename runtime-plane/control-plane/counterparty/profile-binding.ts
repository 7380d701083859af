import { currentBinding, type DspBinding, dspBindings } from '@weft/protocols/dsp'
import type { DataspaceProfile } from '../domain/dataspace-profile.ts'

/**
 * How messages of a profile are read and written: in its version of DSP, and with the contexts of the dataspace's
 * vocabularies beside that of DSP, in which its members write metadata and operands.
 */
export function bindingOfProfile(profile: DataspaceProfile | undefined): DspBinding {
  const binding = dspBindings.find(({ version }) => version === profile?.protocol.version) ?? currentBinding
  const contexts = profile?.jsonLdContextsUrl ?? []
  if (contexts.length === 0) return binding
  return {
    ...binding,
    write: (message) => {
      const written = binding.write(message)
      return { ...written, '@context': [...new Set([written['@context'] ?? [], contexts].flat())] }
    },
  }
}

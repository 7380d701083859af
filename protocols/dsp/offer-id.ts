/** What an offer id of ours says. To everybody else it is opaque. */
export interface OfferId {
  readonly definitionId: string
  readonly assetId: string
  /** Sets this offer apart from others of the same definition and asset; stable, so that a later request finds it. */
  readonly part: string
}

/** `<definitionId>:<assetId>:<part>`, each percent-encoded, so that any characters survive and none is taken for a colon. */
export function formatOfferId(id: OfferId): string {
  return [id.definitionId, id.assetId, id.part].map((text) => encodeURIComponent(text.toWellFormed())).join(':')
}

/** Undefined when it is none of ours: an unknown offer (DSP-20). */
export function parseOfferId(text: string): OfferId | undefined {
  const [definitionId, assetId, part, ...rest] = text.split(':').map(decode)
  if (!definitionId || !assetId || !part || rest.length > 0) return undefined
  return { definitionId, assetId, part }
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    // A stray percent sign: not what `formatOfferId` writes, which is what undefined says.
    return undefined
  }
}

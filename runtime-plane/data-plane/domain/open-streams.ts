/** What cuts one running stream; called at most once. */
export type Cut = () => void

/**
 * The running streams of this process by flow. A stream registers before its flow's state is read, so a signal that
 * ends the flow always finds it: either the state read shows the end, or the cut reaches the stream.
 */
export class OpenStreams {
  readonly #byFlow = new Map<string, Set<Cut>>()

  /** Returns the way to leave, to be called when the stream is over. */
  enter(participantContextId: string, dataFlowId: string, cut: Cut): () => void {
    const key = keyOf(participantContextId, dataFlowId)
    const cuts = this.#byFlow.get(key) ?? new Set()
    this.#byFlow.set(key, cuts.add(cut))
    return () => {
      cuts.delete(cut)
      if (cuts.size === 0 && this.#byFlow.get(key) === cuts) this.#byFlow.delete(key)
    }
  }

  /** Cuts all streams of a flow at once. */
  cut(participantContextId: string, dataFlowId: string): void {
    const cuts = this.#byFlow.get(keyOf(participantContextId, dataFlowId))
    for (const cut of [...(cuts ?? [])]) cut()
  }

  /** The flows that have streams running here. */
  flows(): readonly { readonly participantContextId: string; readonly dataFlowId: string }[] {
    return [...this.#byFlow.keys()].map((key) => {
      const [participantContextId = '', dataFlowId = ''] = JSON.parse(key) as string[]
      return { participantContextId, dataFlowId }
    })
  }

  /** Cuts every stream; for shutting down. */
  cutAll(): void {
    for (const { participantContextId, dataFlowId } of this.flows()) this.cut(participantContextId, dataFlowId)
  }
}

function keyOf(participantContextId: string, dataFlowId: string): string {
  return JSON.stringify([participantContextId, dataFlowId])
}

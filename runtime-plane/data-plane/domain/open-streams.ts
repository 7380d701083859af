interface OpenStream {
  /** Of the token that opened it. */
  readonly generation: number
  readonly cut: () => void
}

/**
 * The running streams of this process by flow. A stream registers before its flow's state is read, so a signal that
 * ends the flow always finds it: either the state read shows the end, or the cut reaches the stream.
 */
export class OpenStreams {
  readonly #byFlow = new Map<string, Set<OpenStream>>()

  /** `cut` ends the stream. Returns the way to leave, to be called when the stream is over. */
  enter(participantContextId: string, dataFlowId: string, generation: number, cut: () => void): () => void {
    const key = keyOf(participantContextId, dataFlowId)
    const streams = this.#byFlow.get(key) ?? new Set()
    const stream = { generation, cut }
    this.#byFlow.set(key, streams.add(stream))
    return () => {
      streams.delete(stream)
      if (streams.size === 0 && this.#byFlow.get(key) === streams) this.#byFlow.delete(key)
    }
  }

  /**
   * Cuts the streams of a flow whose token is older than `generation`. A cut that arrives late, after the flow was
   * resumed, leaves the streams of the new token alone.
   */
  cut(participantContextId: string, dataFlowId: string, generation: number): void {
    const streams = this.#byFlow.get(keyOf(participantContextId, dataFlowId))
    for (const stream of [...(streams ?? [])]) if (stream.generation < generation) stream.cut()
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
    for (const { participantContextId, dataFlowId } of this.flows()) {
      this.cut(participantContextId, dataFlowId, Number.POSITIVE_INFINITY)
    }
  }
}

function keyOf(participantContextId: string, dataFlowId: string): string {
  return JSON.stringify([participantContextId, dataFlowId])
}

/** One test of Data Plane Signaling: the suite plays the other side, and says what it finds wrong by a Finding. */
export interface Sequence<Peer> {
  /** As in the official kit: `CP_C:01-01`. */
  readonly id: string
  readonly run: (peer: Peer) => Promise<void>
}

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Bytes between two collections: as much garbage as streams may leave behind, whatever their number and speed. */
const collectEvery = 16 * 1024 * 1024

let delivered = 0
let collectYoung: (() => void) | undefined

/**
 * Counts bytes that have passed through, and has the memory of what has passed collected now and then. Every read from a
 * socket leaves a buffer behind, outside the heap, where tens of MiB pile up before V8 looks by itself. Collecting young
 * objects after each 16 MiB keeps a stream of any length within a few MiB, and is faster, since the same memory is used
 * again. Measured with 1 GiB on two cores: 1 to 6 MiB above the size before instead of 31 to 65, 620 to 770 MB/s instead
 * of 440 to 560.
 */
export function countPassed(bytes: number): void {
  delivered += bytes
  if (delivered < collectEvery) return
  delivered = 0
  collectYoung ??= youngCollector()
  collectYoung()
}

/** The collector's handle; made at the first large delivery, so that a process without one is left as it is. */
function youngCollector(): () => void {
  if (!globalThis.gc) setFlagsFromString('--expose-gc')
  const collect = globalThis.gc ?? (runInNewContext('gc') as NonNullable<typeof globalThis.gc>)
  return () => {
    collect({ type: 'minor', execution: 'sync' })
  }
}

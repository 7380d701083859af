import type { ReleasableReplayGuard, TokenUse } from '../index.ts'

/** A replay guard in memory; the real ones are tables. Decides at once and answers later, as a database would. */
export function createReplayMemory(): ReleasableReplayGuard & { readonly uses: readonly TokenUse[] } {
  const uses: TokenUse[] = []
  const isSame = (a: TokenUse) => (b: TokenUse) => a.receiver === b.receiver && a.issuer === b.issuer && a.jti === b.jti
  return {
    uses,
    claim: async (use) => {
      const isFirst = !uses.some(isSame(use))
      if (isFirst) uses.push(use)
      await Promise.resolve()
      return isFirst
    },
    release: async (use) => {
      const at = uses.findIndex(isSame(use))
      if (at >= 0) uses.splice(at, 1)
    },
  }
}

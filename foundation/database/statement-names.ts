const maxTracked = 2_000
const maxNamed = 500

/**
 * Decides which SQL texts are worth a named prepared statement: those seen twice. Bounded, since the server keeps each
 * named statement for as long as the connection lives.
 */
export class StatementNames {
  readonly #seen = new Set<string>()
  readonly #names = new Map<string, string>()
  #enabled = true

  /** The name for a text, or undefined when it is to be sent unnamed. */
  of(text: string): string | undefined {
    if (!this.#enabled) return undefined
    const name = this.#names.get(text)
    if (name !== undefined) return name
    if (!this.#seen.has(text)) {
      if (this.#seen.size >= maxTracked) this.#seen.clear()
      this.#seen.add(text)
      return undefined
    }
    if (this.#names.size >= maxNamed) return undefined
    const next = `weft_${this.#names.size + 1}`
    this.#names.set(text, next)
    this.#seen.delete(text)
    return next
  }

  /** From now on nothing is named: a pooling proxy that knows no prepared statements stands in between. */
  disable(): void {
    this.#enabled = false
  }
}

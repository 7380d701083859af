import { inspect } from 'node:util'
import { Type } from 'typebox'

const masked = '[secret]'

/** A secret from the settings: prints, serialises and logs as `[secret]`; only `reveal()` gives the text. */
export class SecretText {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** The text itself. Call it where the secret is used, and nowhere before. */
  reveal(): string {
    return this.#text
  }

  toString(): string {
    return masked
  }

  toJSON(): string {
    return masked
  }

  [inspect.custom](): string {
    return masked
  }
}

/** Marks the schema of a secret, for `loadSettings`. */
export const secretMark = 'x-weft-secret'

/** Schema of a setting that is a secret: a text in the file or environment, a SecretText once loaded. Has no default. */
export function secretText(options: { readonly minLength?: number } = {}) {
  return Type.Unsafe<SecretText>(Type.String({ minLength: 1, ...options, [secretMark]: true }))
}

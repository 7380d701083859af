import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import { WeftError } from '../errors/index.ts'
import { secretErrors } from './errors.ts'

const algorithm = 'aes-256-gcm'
/** NIST SP 800-38D, 8.2.2: a random nonce of 96 bits holds for 2^32 messages under one key. */
const nonceBytes = 12
const tagBytes = 16

export interface Sealed {
  readonly nonce: Uint8Array
  /** Ciphertext, then the tag. */
  readonly ciphertext: Uint8Array
}

/** Where a secret belongs. Bound into the ciphertext: a sealed value that is moved elsewhere does not open. */
export interface Place {
  readonly participantContextId: string
  readonly name: string
}

/** Seals and opens secrets under one key. */
export class Sealing {
  /** Tells keys apart without giving anything of them away. */
  readonly keyVersion: string
  readonly #key: Uint8Array

  constructor(key: Uint8Array) {
    if (key.length !== 32) throw new WeftError(secretErrors['key-unusable'])
    this.#key = key
    this.keyVersion = createHmac('sha256', key).update('weft vault key version').digest('hex').slice(0, 16)
  }

  seal(place: Place, value: string): Sealed {
    const nonce = randomBytes(nonceBytes)
    const cipher = createCipheriv(algorithm, this.#key, nonce, { authTagLength: tagBytes })
    cipher.setAAD(this.#associatedData(place))
    const ciphertext = Buffer.concat([cipher.update(value, 'utf8'), cipher.final(), cipher.getAuthTag()])
    return { nonce, ciphertext }
  }

  /** @throws `secrets.unreadable` when the key or the place is another one, or the bytes were changed. */
  open(place: Place, sealed: Sealed): string {
    try {
      const end = sealed.ciphertext.length - tagBytes
      const decipher = createDecipheriv(algorithm, this.#key, sealed.nonce, { authTagLength: tagBytes })
      decipher.setAAD(this.#associatedData(place))
      decipher.setAuthTag(sealed.ciphertext.subarray(end))
      return Buffer.concat([decipher.update(sealed.ciphertext.subarray(0, end)), decipher.final()]).toString('utf8')
    } catch (cause) {
      throw new WeftError(secretErrors.unreadable, { cause })
    }
  }

  /** JSON, so that no two places give the same bytes. */
  #associatedData({ participantContextId, name }: Place): Buffer {
    return Buffer.from(JSON.stringify([participantContextId, name, this.keyVersion]))
  }
}

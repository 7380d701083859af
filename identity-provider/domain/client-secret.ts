import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** A new client secret of 256 random bits. */
export function newClientSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** What is stored of a secret. Secrets are long and random, so a fast hash is enough; the id keeps equal secrets apart. */
export function hashOf(clientId: string, secret: string): string {
  return createHash('sha256').update(`${clientId}\n${secret}`).digest('base64url')
}

/** Compares in constant time. */
export function secretMatches(clientId: string, secret: string, hash: string): boolean {
  const expected = Buffer.from(hash, 'base64url')
  const actual = Buffer.from(hashOf(clientId, secret), 'base64url')
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}

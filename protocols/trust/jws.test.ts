import { constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import fc from 'fast-check'
import { CompactSign, type CryptoKey, compactVerify, importJWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { importPrivateKey, importPublicKey } from './imported-keys.ts'
import { type PrivateJwk, parsePrivateJwk, parsePublicJwk, type SigningAlgorithm } from './jwk.ts'
import { isSignatureOf, type JwsKey, jwsKey, signBytes } from './jws.ts'
import { parseJwt, signJwt, verifySignature } from './jwt.ts'
import { codeOf } from './testing/world.ts'

const bytesOf = (text: string) => Buffer.from(text)
const jwkOf = (key: KeyObject) => key.export({ format: 'jwk' })
const curve = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve })
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const kid = 'did:web:example.com#key-1'

const keys: readonly (readonly [SigningAlgorithm, { publicKey: KeyObject; privateKey: KeyObject }])[] = [
  ['ES256', curve('P-256')],
  ['ES384', curve('P-384')],
  ['ES512', curve('P-521')],
  ['EdDSA', generateKeyPairSync('ed25519')],
  ['RS256', rsa],
  ['RS384', rsa],
  ['RS512', rsa],
  ['PS256', rsa],
  ['PS384', rsa],
  ['PS512', rsa],
]
const ownKeys = keys.filter(([, { privateKey }]) => privateKey !== rsa.privateKey)

async function ready(key: KeyObject, algorithm: SigningAlgorithm): Promise<JwsKey> {
  const webKey = await importJWK(jwkOf(key), algorithm, { extractable: true })
  return jwsKey(webKey as CryptoKey, algorithm)
}

async function signedByJose(claims: unknown, algorithm: SigningAlgorithm, key: KeyObject): Promise<string> {
  const signed = new CompactSign(bytesOf(JSON.stringify(claims))).setProtectedHeader({ alg: algorithm, kid })
  return signed.sign(await importJWK(jwkOf(key), algorithm))
}

describe('known answers', () => {
  it('verifies the ES256 signature of RFC 7515 appendix A.3, and makes others with its key', async () => {
    const jwk: PrivateJwk = {
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
      d: 'jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI',
    }
    const token = [
      'eyJhbGciOiJFUzI1NiJ9',
      'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ',
      'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q',
    ].join('.')
    expect(await codeOf(verifySignature(parseJwt(token), jwk))).toBe('no error')
    expect(await codeOf(verifySignature(parseJwt(await signJwt({}, { kid, privateJwk: jwk })), jwk))).toBe('no error')
  })

  it('makes and verifies the EdDSA signature of RFC 8037 appendix A.4', async () => {
    const jwk: PrivateJwk = {
      kty: 'OKP',
      crv: 'Ed25519',
      d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
      x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
    }
    const input = bytesOf('eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc')
    const signature = await signBytes(input, await importPrivateKey(jwk, 'EdDSA'))
    expect(signature.toString('base64url')).toBe(
      'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
    )
    expect(await isSignatureOf(input, signature, await importPublicKey(jwk, 'EdDSA'))).toBe(true)
  })
})

describe('beside another implementation', () => {
  it.each(ownKeys)('signatures that we make with %s are taken by jose', async (algorithm, pair) => {
    const privateJwk = parsePrivateJwk(jwkOf(pair.privateKey))
    const theirs = await importJWK(jwkOf(pair.publicKey), algorithm)
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })), async (claims) => {
        const { payload, protectedHeader } = await compactVerify(await signJwt(claims, { kid, privateJwk }), theirs)
        expect(Buffer.from(payload).toString()).toBe(JSON.stringify(claims))
        expect(protectedHeader).toEqual({ alg: algorithm, kid })
      }),
      { numRuns: 20 },
    )
  })

  it.each(keys)(
    'signatures that jose makes with %s are taken by us, and tampered ones are not',
    async (algorithm, pair) => {
      const publicJwk = parsePublicJwk(jwkOf(pair.publicKey))
      await fc.assert(
        fc.asyncProperty(fc.string(), fc.nat(), fc.integer({ min: 1, max: 255 }), async (text, place, flip) => {
          const token = await signedByJose({ text }, algorithm, pair.privateKey)
          expect(await codeOf(verifySignature(parseJwt(token), publicJwk))).toBe('no error')
          const [header, payload = '', signature = ''] = token.split('.')
          const bytes = Buffer.from(signature, 'base64url')
          const at = place % bytes.length
          bytes[at] = (bytes[at] ?? 0) ^ flip
          const otherSignature = [header, payload, bytes.toString('base64url')].join('.')
          const otherPayload = [
            header,
            bytesOf(`{"more":${JSON.stringify(text)}}`).toString('base64url'),
            signature,
          ].join('.')
          for (const tampered of [otherSignature, otherPayload]) {
            expect(await codeOf(verifySignature(parseJwt(tampered), publicJwk))).toBe('trust.signature-invalid')
          }
        }),
        { numRuns: 10 },
      )
    },
  )
})

describe('the form of signatures', () => {
  const [, es256] = keys[0] ?? []
  const input = bytesOf('a.b')

  it.each(keys)('refuses a signature by %s with more or less bytes', async (algorithm, { publicKey, privateKey }) => {
    const key = await ready(publicKey, algorithm)
    const signature = await signBytes(input, await ready(privateKey, algorithm))
    expect(await isSignatureOf(input, signature, key)).toBe(true)
    for (const other of [
      Buffer.concat([signature, Buffer.alloc(1)]),
      Buffer.concat([signature, Buffer.alloc(2)]),
      Buffer.concat([Buffer.alloc(2), signature]),
      signature.subarray(0, -1),
      signature.subarray(0, -2),
      Buffer.alloc(signature.length),
      Buffer.alloc(signature.length, 255),
      Buffer.alloc(1),
    ]) {
      expect(await isSignatureOf(input, other, key)).toBe(false)
    }
  })

  it('refuses an ECDSA signature in DER (RFC 7518 section 3.4)', async () => {
    if (!es256) throw new Error('there is no ES256 key')
    const der = sign('sha256', input, es256.privateKey)
    expect(await isSignatureOf(input, der, await ready(es256.publicKey, 'ES256'))).toBe(false)
  })

  it('refuses a PSS signature whose salt has another length than the digest (RFC 7518 section 3.5)', async () => {
    const padding = constants.RSA_PKCS1_PSS_PADDING
    for (const saltLength of [0, 20, 48, 64]) {
      const signature = sign('sha256', input, { key: rsa.privateKey, padding, saltLength })
      expect(await isSignatureOf(input, signature, await ready(rsa.publicKey, 'PS256'))).toBe(false)
    }
  })

  it('never takes the signature of one algorithm for that of another', async () => {
    const ofRsa = keys.filter(([, { privateKey }]) => privateKey === rsa.privateKey)
    for (const [made] of ofRsa) {
      const signature = await signBytes(input, await ready(rsa.privateKey, made))
      for (const [read] of ofRsa) {
        expect(await isSignatureOf(input, signature, await ready(rsa.publicKey, read))).toBe(made === read)
      }
    }
  })
})

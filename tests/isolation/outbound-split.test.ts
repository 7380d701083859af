import { randomUUID } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { assemblyNames, loopbackDeployment } from '@weft/all-in-one'
import { dataspaceProfile } from '@weft/sdk/demo'
import { generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTradingPlatform, type TradingPlatform } from '../platform/trading-platform.ts'

let trading: TradingPlatform

beforeAll(async () => {
  trading = await startTradingPlatform()
})

afterAll(() => trading?.stop())

/** Every listener that is not for partners, by the address that our own services use and by its name. */
function insideOrigins(): string[] {
  const { ports } = loopbackDeployment(trading.platform.basePort)
  const inside = assemblyNames.flatMap((assembly) =>
    Object.entries(ports[assembly])
      .filter(([listener]) => listener !== 'public' || assembly === 'identity-provider')
      .map(([, port]) => port),
  )
  return inside.flatMap((port) => [`http://127.0.0.1:${port}`, `http://localhost:${port}`])
}

async function codeOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => 'answered',
    (error: { code?: string }) => error.code,
  )
}

describe('X-05: what stands inside the deployment is no address for others', () => {
  it('a catalog request whose counterparty is an inside listener ends in outbound.address-refused', async () => {
    const { apis, participantContextId } = trading.consumer
    const origins = insideOrigins()
    expect(origins.length).toBeGreaterThan(15)
    for (const origin of origins) {
      const call = apis.management.call('POST /participants/{participantContextId}/catalog/request', {
        path: { participantContextId },
        body: {
          '@context': ['https://w3id.org/edc/connector/management/v2'],
          '@type': 'CatalogRequest',
          counterPartyAddress: `${origin}/api/management/v5beta`,
          counterPartyId: trading.provider.did,
          profile: dataspaceProfile,
        },
      })
      expect([origin, await codeOf(call)]).toEqual([origin, 'outbound.address-refused'])
    }
  })

  it('a sender whose DID document would stand behind an inside listener is refused, and nobody asked for it', async () => {
    const called: string[] = []
    const note = (message: unknown): void => {
      const { purpose, origin } = message as { purpose: string; origin: string }
      if (purpose === 'trust.did') called.push(origin)
    }
    subscribe('weft:outbound:answered', note)
    const { privateKey } = await generateKeyPair('ES256')
    for (const { host, origin } of insideOrigins().map((text) => new URL(text))) {
      const did = `did:web:${host.replace(':', '%3A')}`
      const token = await new SignJWT({ token: 'x' })
        .setProtectedHeader({ alg: 'ES256', kid: `${did}#key` })
        .setIssuer(did)
        .setSubject(did)
        .setAudience(trading.provider.did)
        .setJti(randomUUID())
        .setIssuedAt()
        .setExpirationTime('2m')
        .sign(privateKey)
      const answer = await trading.outbound.send({
        method: 'POST',
        url: `${trading.provider.dspAddress}/catalog/request`,
        headers: { authorization: `Bearer ${token}` },
        body: { '@context': ['https://w3id.org/dspace/2025/1/context.jsonld'], '@type': 'CatalogRequestMessage' },
        purpose: 'test.outbound-split',
      })
      expect([origin, answer.status]).toEqual([origin, 401])
    }
    unsubscribe('weft:outbound:answered', note)
    expect(called).toEqual([])
  })
})

import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { loopbackDeployment, serviceUrl } from '@weft/all-in-one'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allRoutes, type PlatformRoute, titleOf } from '../platform/all-routes.ts'
import { startTradingPlatform, type TradingPlatform } from '../platform/trading-platform.ts'
import { anyRequest, type FuzzAnswer, type FuzzRequest, type Material, send } from './fuzz-request.ts'
import { createFuzzTokens, type FuzzTokens } from './fuzz-tokens.ts'
import type { Json } from './json-mutations.ts'
import { protocolSamples } from './protocol-samples.ts'
import type { JsonSchema } from './schema-samples.ts'
import { changedTables, createTableDigests, type TableDigests } from './table-digests.ts'

/** How long the run goes on, and what it starts from: the same seed makes the same requests. */
const seconds = Number(process.env.WEFT_FUZZ_SECONDS ?? 30)
const seed = Number(process.env.WEFT_FUZZ_SEED ?? Date.now() % 2 ** 31)

const slowestMs = 15_000

let trading: TradingPlatform
let routes: PlatformRoute[]
let tokens: FuzzTokens
let tables: TableDigests
let material: Material

beforeAll(async () => {
  trading = await startTradingPlatform()
  routes = await allRoutes(trading.platform)
  const deployment = loopbackDeployment(trading.platform.basePort)
  tokens = await createFuzzTokens(trading, `${serviceUrl(deployment, 'runtime', 'internal')}/sts/token`)
  tables = await createTableDigests(trading.platform)
  material = await materialOf(trading)
})

afterAll(() => trading?.stop())

async function materialOf({ consumer, provider, agreementId, transferId }: TradingPlatform): Promise<Material> {
  const body = { '@context': ['https://w3id.org/edc/connector/management/v2'], '@type': 'QuerySpec' as const }
  const own = await Promise.all(
    [consumer, provider].map(async ({ apis: { management, identity }, participantContextId }) => {
      const path = { participantContextId }
      return Promise.all([
        management.call('POST /participants/{participantContextId}/assets/request', { path, body }),
        management.call('POST /participants/{participantContextId}/policydefinitions/request', { path, body }),
        management.call('POST /participants/{participantContextId}/contractdefinitions/request', { path, body }),
        management.call('POST /participants/{participantContextId}/contractnegotiations/request', { path, body }),
        management.call('POST /participants/{participantContextId}/transferprocesses/request', { path, body }),
        identity.call('GET /participants/{participantContextId}/credentials', { path }),
        identity.call('GET /participants/{participantContextId}/keypairs', { path }),
      ])
    }),
  )
  const idsAt = (index: number) => own.flatMap((answers) => idsIn(answers[index]?.body))
  const negotiationIds = [...idsAt(3)].reverse()
  const transferIds = [...idsAt(4)].reverse()
  const samples = protocolSamples({
    providerDid: provider.did,
    consumerDid: consumer.did,
    consumerAddress: consumer.dspAddress,
    assetId: idsAt(0)[0] ?? 'asset',
    offer: { '@type': 'Offer', '@id': 'x:y:z', target: idsAt(0)[0] ?? 'asset', permission: [{ action: 'use' }] },
    negotiationIds,
    transferIds,
    agreementId,
  })
  const suffixes = [...samples.keys()].toSorted((a, b) => b.length - a.length)
  return {
    ownContext: consumer.participantContextId,
    foreignContext: provider.participantContextId,
    ids: [
      ...new Set([
        ...own.flatMap((answers) => answers.flatMap(({ body: found }) => idsIn(found))),
        agreementId,
        transferId,
        consumer.did,
        provider.did,
      ]),
    ],
    bodySchemaOf,
    messageOf: (route) => samples.get(suffixes.find((suffix) => route.url.endsWith(suffix)) ?? ''),
  }
}

function idsIn(value: unknown): string[] {
  return [...JSON.stringify(value ?? null).matchAll(/"(?:@id|id|keyId)":"([^"]+)"/g)].map((match) => match[1] ?? '')
}

const documents: Readonly<Record<string, string>> = {
  '/api/management/v5beta': 'management',
  '/api/identity/v1beta': 'identity',
  '/api/issuer/v1beta': 'issuer-admin',
  '/api/data-plane/v1': 'data-plane',
  '/api/tm/v1alpha1': 'tenant-manager',
  '/api/pm/v1alpha1': 'provision-manager',
  '/clients/v1': 'identity-provider',
  '/vault/v1': 'vault',
}

interface Operation {
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: JsonSchema }>> }
}

/** From the committed OpenAPI document of the route's API. */
function bodySchemaOf(route: PlatformRoute): JsonSchema | undefined {
  const prefix = Object.keys(documents).find((one) => route.url.startsWith(`${one}/`))
  if (prefix === undefined) return undefined
  const file = new URL(`../../docs/reference/openapi/${documents[prefix]}.json`, import.meta.url)
  const { paths } = JSON.parse(readFileSync(file, 'utf8')) as { paths: Record<string, Record<string, Operation>> }
  const path = route.url.slice(prefix.length).replaceAll(/:([A-Za-z]+)/g, '{$1}')
  return paths[path]?.[route.method.toLowerCase()]?.requestBody?.content?.['application/json']?.schema
}

/** What is wrong with an answer, whatever was asked. */
function faultOf(answer: FuzzAnswer): string | undefined {
  if (answer.milliseconds > slowestMs) return 'takes too long'
  if (/\bat .+\.ts:\d+|SQLSTATE|node_modules/.test(answer.text)) return 'shows its inside'
  // Who asks for something of somebody that cannot be reached is told so.
  const ofOthers = /"(?:outbound|dsp|dcp|dps|data-plane|trust|issuance|control-plane)\.[a-z-]+"/.test(answer.text)
  const fine = answer.status < 500 || answer.status === 501 || ([502, 503, 504].includes(answer.status) && ofOthers)
  return fine ? undefined : `is answered ${answer.status}`
}

/** Tables that a refused request has changed. What moves by itself is told apart by asking again. */
async function changedBy(request: FuzzRequest, before: ReadonlyMap<string, string>): Promise<string[]> {
  let changed = changedTables(before, await tables.read())
  for (let again = 0; changed.length > 0 && again < 3; again++) {
    const quiet = await quietDigests()
    const { status } = await send(request, await tokens.headerFor(request))
    if (status < 400) return []
    changed = changedTables(quiet, await tables.read())
  }
  return changed
}

/** The digests once nothing has moved for a moment. */
async function quietDigests(): Promise<ReadonlyMap<string, string>> {
  let last = await tables.read()
  for (let look = 0; look < 40; look++) {
    await setTimeout(250)
    const next = await tables.read()
    if (changedTables(last, next).length === 0) return next
    last = next
  }
  return last
}

/** Notes a fault with the first request that showed it. */
function note(faults: Map<string, string>, fault: string, request: FuzzRequest, answer: FuzzAnswer): void {
  const key = `${titleOf(request.route)} ${fault}`
  if (faults.has(key)) return
  const { path, token, contentType, body } = request
  faults.set(
    key,
    JSON.stringify({
      path,
      token,
      contentType,
      body: body?.toString().slice(0, 1500),
      answer: answer.text.slice(0, 400),
    }),
  )
}

describe(`fuzzing every endpoint, WEFT_FUZZ_SEED=${seed}`, () => {
  it(
    'no 5xx, no state change from a refused message, bounded time, and nothing of the inside shown',
    async () => {
      const faults = new Map<string, string>()
      const statuses = new Map<number, number>()
      let digests: ReadonlyMap<string, string> | undefined
      const look = async (request: FuzzRequest): Promise<void> => {
        const reads = request.route.method === 'GET'
        if (!reads) digests ??= await tables.read()
        const answer = await send(request, await tokens.headerFor(request))
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
        const fault = faultOf(answer)
        if (fault !== undefined) note(faults, fault, request, answer)
        if (reads) return
        const before = digests
        digests = undefined
        if (answer.status < 400 || before === undefined) return
        const changed = await changedBy(request, before)
        if (changed.length > 0) note(faults, `is refused and changes ${changed.join(', ')}`, request, answer)
      }
      let last = Promise.resolve()
      const property = fc.asyncProperty(anyRequest(routes, material), (request) => {
        last = look(request)
        return last
      })
      await fc.assert(property, {
        seed,
        numRuns: Number.MAX_SAFE_INTEGER,
        interruptAfterTimeLimit: seconds * 1000,
        markInterruptAsFailure: false,
      })
      // Left behind when the time was over; it would go on in the tests that follow.
      await last
      console.log(`statuses with seed ${seed}: ${JSON.stringify(Object.fromEntries([...statuses].toSorted()))}`)
      expect(Object.fromEntries(faults)).toEqual({})
    },
    120_000 + seconds * 1000,
  )

  it('the digests that it looks at see what an accepted message changes', async () => {
    // The provider: the run has taken a new secret for the consumer's client.
    const { apis, participantContextId } = trading.provider
    const changedByAsset = async (): Promise<string[]> => {
      const before = await quietDigests()
      await apis.management.call('POST /participants/{participantContextId}/assets', {
        path: { participantContextId },
        body: {
          '@context': ['https://w3id.org/edc/connector/management/v2'],
          '@type': 'Asset',
          '@id': randomUUID(),
          properties: {},
        },
      })
      return changedTables(before, await tables.read())
    }
    // What the run has set in motion may come to its end meanwhile: it is told apart by asking again.
    await expect.poll(changedByAsset, { timeout: 60_000 }).toEqual(['control_plane.asset'])
  })

  it('the platform is as healthy afterwards as before: every assembly is ready, and partners are answered', async () => {
    const asked = routes.filter(({ url }) => url === '/ready' || url.endsWith('/dspace-version'))
    expect(asked.length).toBe(5)
    for (const route of asked) {
      const path = route.url.replace(':participantContextId', material.foreignContext)
      const answer = await send({ route, path, token: 'none', contentType: '', body: undefined }, undefined)
      expect([titleOf(route), answer.status]).toEqual([titleOf(route), 200])
    }
    expect(({} as { admin?: Json }).admin).toBeUndefined()
  })
})

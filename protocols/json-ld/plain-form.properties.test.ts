import { WeftError } from '@weft/foundation/errors'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  buildCatalog,
  buildDspMessage,
  type DspMessage,
  type MessageOffer,
  parseCatalog,
  parseDspMessage,
} from '../dsp/index.ts'
import { sampleMessages } from '../dsp/testing/sample-messages.ts'
import { type AgreementPolicy, toOffer } from '../policy/index.ts'
import { anyPolicy } from '../policy/testing/arbitrary-policies.ts'
import { expand } from './expansion.ts'
import { toPlainForm } from './index.ts'

/** What JSON-LD keeps: ids and words that are no keywords, and neither start with a prefix nor are one of ODRL's words. */
const word = fc.stringMatching(/^[A-Z][A-Za-z0-9.]{2,12}Credential$/)
const id = fc.oneof(
  fc.uuid().map((uuid) => `urn:uuid:${uuid}`),
  fc.webUrl({ withFragments: true }),
  fc.constantFrom('HttpData-PULL', 'def:asset:1', 'asset'),
)
const text = fc.string({ minLength: 1, maxLength: 30 })
const explained = fc.record({ code: text, reason: fc.array(text, { minLength: 1, maxLength: 3 }) })
const pids = { providerPid: id, consumerPid: id, messageId: id }

const rightOperand = fc.oneof(
  text,
  fc.record({ '@value': fc.oneof(fc.integer(), fc.boolean()) }),
  fc.record({ '@value': text, '@type': fc.constantFrom('xsd:dateTime', 'xsd:integer') }),
  fc.record({ '@id': id }),
  fc.array(text, { minLength: 2, maxLength: 4 }),
)
const atomic = fc.record({
  kind: fc.constant('atomic' as const),
  leftOperand: fc.oneof(word, fc.constant('dateTime')),
  operator: fc.constantFrom('eq', 'lteq', 'isAnyOf', 'hasPart'),
  rightOperand,
})
const constraint = fc.oneof(
  atomic,
  fc.record({
    kind: fc.constantFrom('and' as const, 'or' as const, 'xone' as const, 'andSequence' as const),
    constraints: fc.array(atomic, { minLength: 1, maxLength: 3 }),
  }),
)
const rule = fc.record({
  action: fc.constantFrom('use', 'urn:x:read'),
  constraint: fc.array(constraint, { maxLength: 2 }),
})
const rules = {
  // One alone comes back as a text, which the schema allows as well.
  profile: fc.array(id, { minLength: 2, maxLength: 2 }),
  permission: fc.array(
    fc.tuple(rule, fc.array(rule, { maxLength: 1 })).map(([own, duty]) => ({ ...own, duty })),
    {
      minLength: 1,
      maxLength: 2,
    },
  ),
  prohibition: fc.array(rule, { maxLength: 1 }),
  obligation: fc.array(rule, { maxLength: 1 }),
}
const offer: fc.Arbitrary<MessageOffer> = fc.record({ kind: fc.constant('Offer' as const), id, target: id, ...rules })
const agreement: fc.Arbitrary<AgreementPolicy> = fc.record({
  kind: fc.constant('Agreement' as const),
  id,
  target: id,
  assigner: id,
  assignee: id,
  timestamp: fc.constant('2026-03-01T12:00:00Z'),
  ...rules,
})
const callbackAddress = fc.constant('https://consumer.example/dsp')
const dataAddress = fc.record({
  endpointType: id,
  endpoint: fc.webUrl(),
  properties: fc.dictionary(fc.stringMatching(/^[a-z]{1,10}$/), text, { minKeys: 1, maxKeys: 3 }),
})

const negotiation: readonly fc.Arbitrary<DspMessage>[] = [
  fc.record({ type: fc.constant('ContractRequestMessage'), messageId: id, consumerPid: id, offer, callbackAddress }),
  fc.record({ type: fc.constant('ContractRequestMessage'), messageId: id, consumerPid: id, offer, providerPid: id }),
  fc.record({ type: fc.constant('ContractOfferMessage'), messageId: id, providerPid: id, offer, callbackAddress }),
  fc.record({ type: fc.constant('ContractOfferMessage'), messageId: id, providerPid: id, offer, consumerPid: id }),
  fc.record({ type: fc.constant('ContractAgreementMessage'), ...pids, agreement }),
  fc.record({ type: fc.constant('ContractAgreementVerificationMessage'), ...pids }),
  fc.record({
    type: fc.constant('ContractNegotiationEventMessage'),
    ...pids,
    eventType: fc.constantFrom('ACCEPTED', 'FINALIZED'),
  }),
  fc
    .record({ type: fc.constant('ContractNegotiationTerminationMessage'), ...pids, explained })
    .map(({ explained: said, ...message }) => ({ ...message, ...said })),
]
const transfer: readonly fc.Arbitrary<DspMessage>[] = [
  fc.record({
    type: fc.constant('TransferRequestMessage'),
    messageId: id,
    consumerPid: id,
    agreementId: id,
    format: id,
    callbackAddress,
    dataAddress,
  }),
  fc.record({ type: fc.constant('TransferStartMessage'), ...pids, dataAddress }),
  fc.record({ type: fc.constant('TransferCompletionMessage'), ...pids }),
  fc
    .record({
      type: fc.constantFrom('TransferSuspensionMessage', 'TransferTerminationMessage'),
      ...pids,
      explained,
    })
    .map(({ explained: said, ...message }) => ({ ...message, ...said })),
]
const answers: readonly fc.Arbitrary<DspMessage>[] = [
  fc.record({
    type: fc.constant('ContractNegotiation'),
    providerPid: id,
    consumerPid: id,
    state: fc.constantFrom('REQUESTED', 'FINALIZED'),
  }),
  fc.record({
    type: fc.constant('TransferProcess'),
    providerPid: id,
    consumerPid: id,
    state: fc.constantFrom('STARTED', 'SUSPENDED'),
  }),
  explained.map((said) => ({ type: 'CatalogError', ...said })),
  fc
    .record({
      type: fc.constantFrom('ContractNegotiationError', 'TransferError'),
      providerPid: id,
      consumerPid: id,
      explained,
    })
    .map(({ explained: said, ...message }) => ({ ...message, ...said })),
]

async function expanded(plain: unknown): Promise<object> {
  const { nodes } = await expand(plain as object)
  return nodes
}

const overTheWire = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe('a message that was expanded', () => {
  it.each([
    ['negotiation', negotiation],
    ['transfer', transfer],
    ['answers', answers],
  ])('X-08: comes back in its plain form, member by member: %s', async (_name, messages) => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(...messages), async (message) => {
        const plain = overTheWire(buildDspMessage(message))
        const back = await toPlainForm(overTheWire(await expanded(plain)), 'dsp')
        expect(back).toEqual(plain)
        expect(parseDspMessage(message.type, back)).toEqual(message)
      }),
      { numRuns: 60 },
    )
  })

  it('X-08: a catalog comes back with every offer, distribution and service', async () => {
    const catalogs = fc.array(fc.record({ id, first: offer, second: offer }), { maxLength: 2 })
    await fc.assert(
      fc.asyncProperty(catalogs, async (found) => {
        const plain = overTheWire(
          buildCatalog({
            id: 'urn:catalog',
            participantId: 'did:web:p.example',
            service: { id: 'urn:service', endpointUrl: 'https://p.example/dsp' },
            datasets: found.map((dataset) => ({
              id: dataset.id,
              offers: [toOffer(dataset.first, 'o:1'), toOffer(dataset.second, 'o:2')],
              formats: ['HttpData-PULL'],
              properties: { 'dct:title': 'T' },
            })),
          }),
        )
        const back = await toPlainForm(await expanded(plain), 'dsp')
        expect(parseCatalog(back)).toEqual(parseCatalog(plain))
      }),
      { numRuns: 40 },
    )
  })

  it('DSP-21: whatever a policy says, no rule of it is lost, or the message is refused', async () => {
    await fc.assert(
      fc.asyncProperty(anyPolicy, async (policy) => {
        if (policy.kind !== 'Offer') return
        const sent = { ...policy, target: 'urn:t', id: 'urn:o' }
        const plain = overTheWire(
          buildDspMessage({ type: 'ContractOfferMessage', providerPid: 'urn:p', consumerPid: 'urn:c', offer: sent }),
        )
        try {
          const { offer: read } = parseDspMessage(
            'ContractOfferMessage',
            await toPlainForm(await expanded(plain), 'dsp'),
          )
          expect(read.permission).toHaveLength(policy.permission.length)
          expect(read.prohibition).toHaveLength(policy.prohibition.length)
          expect(read.obligation).toHaveLength(policy.obligation.length)
        } catch (thrown) {
          if (!(thrown instanceof WeftError)) throw thrown
        }
      }),
      { numRuns: 100 },
    )
  })
})

describe('whatever comes', () => {
  it('X-09: a message that was expanded, with arbitrary JSON in one place, is read or refused', async () => {
    const samples = fc.constantFrom(...sampleMessages.map(([, message]) => message))
    await fc.assert(
      fc.asyncProperty(samples, fc.nat(), fc.nat(), fc.jsonValue(), async (message, at, below, value) => {
        const [node] = (await expand(buildDspMessage(message))).nodes
        const names = Object.keys(node ?? {})
        const name = names[at % names.length] ?? '@type'
        const held = node?.[name]
        const inner = Array.isArray(held) ? held[0] : undefined
        const innerNames = typeof inner === 'object' && inner !== null ? Object.keys(inner) : []
        const innerName = innerNames[below % (innerNames.length + 1)]
        const changed = innerName === undefined ? value : [{ ...inner, [innerName]: value }]
        try {
          parseDspMessage(message.type, await toPlainForm({ ...node, [name]: changed }, 'dsp'))
        } catch (thrown) {
          if (!(thrown instanceof WeftError)) throw thrown
          expect(thrown.status).toBe(400)
        }
      }),
      { numRuns: 500 },
    )
  })

  const keys = fc.constantFrom(
    ...[
      '@context',
      '@type',
      '@id',
      '@value',
      '@list',
      '@set',
      '@graph',
      '@reverse',
      '@included',
      '@language',
      '@index',
    ],
    ...['dspace:offer', 'odrl:permission', 'type', '__proto__', 'constructor', 'https://w3id.org/dspace/2025/1/filter'],
  )
  const values = fc.constantFrom<unknown>(
    ...[
      '@json',
      '@none',
      'dspace:CatalogRequestMessage',
      'https://w3id.org/dspace/2025/1/context.jsonld',
      'https://x.y/z',
    ],
    ...[null, 1, true, [], {}, { '@vocab': 'urn:x:' }, { dspace: 'https://w3id.org/dspace/2025/1/' }],
  )
  const { document } = fc.letrec((tie) => ({
    document: fc.oneof(
      { maxDepth: 4 },
      values,
      fc.array(tie('document'), { maxLength: 3 }),
      fc.array(fc.tuple(keys, tie('document')), { maxLength: 4 }).map((members) =>
        // Parsed, so that __proto__ is a member as it is on the wire.
        JSON.parse(`{${members.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`),
      ),
    ),
  }))

  it.each(['dsp', 'dcp'] as const)('X-09: nothing but a WeftError with a 4xx leaves it: %s', async (vocabulary) => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(document, fc.jsonValue()), async (body) => {
        try {
          await toPlainForm(body, vocabulary)
        } catch (thrown) {
          if (!(thrown instanceof WeftError)) throw thrown
          expect(thrown.status).toBe(400)
        }
      }),
      { numRuns: 1500 },
    )
    expect('polluted' in {}).toBe(false)
  })
})

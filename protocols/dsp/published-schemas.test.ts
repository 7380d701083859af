import { WeftError } from '@weft/foundation/errors'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isJsonObject, toOffer } from '../policy/index.ts'
import { anyPolicy } from '../policy/testing/arbitrary-policies.ts'
import { buildCatalog } from './catalog-build.ts'
import { buildDspMessage } from './message-build.ts'
import { parseDspMessage } from './message-parse.ts'
import type { DspMessage } from './messages.ts'
import { dspSchema, haveVectors, judgeOf, reportNotRun } from './testing/published-vectors.ts'
import { sampleMessages } from './testing/sample-messages.ts'

const judged = it.skipIf(!haveVectors)
reportNotRun(sampleMessages.length + 1)

type Path = readonly (string | number)[]

const replacements = [null, 7, '', [], {}, true, 'x', ['x']] as const

/**
 * Where reading is wider than the schemas, on purpose: what JSON-LD takes for the same (one value for an array of one, null
 * for absent), numbers for texts, data addresses of data planes that name no type, and operators that are kept so that
 * evaluation can say why it fails.
 */
const wider = [
  /^\/code$/,
  /^\/reason(\/\d+)?$/,
  /^\/filter(\/\d+)?$/,
  /^\/dataAddress$/,
  /^\/dataAddress\/(@type|endpoint|endpointProperties)$/,
  /^\/dataAddress\/endpointProperties\/\d+(\/(@type|value))?$/,
  /\/(constraint|operator|rightOperand|timestamp)(\/\d+)?$/,
]

/** Where it is narrower: ids and words that are empty name nothing, and an offer without a target is about nothing (DSP-21). */
const narrower = [
  /^\/@id$/,
  /Pid$/,
  /^\/(agreementId|callbackAddress|dataset|format)$/,
  /^\/(offer|agreement)\/(@id|target|assigner|assignee)$/,
  /\/(action|leftOperand|or|rightOperand)(\/\d+)?$/,
  /^\/dataAddress\/(endpointType|endpointProperties\/\d+\/name)$/,
]

judged.each(sampleMessages)(
  'DSP-05, DSP-18, DSP-21, DSP-41: what the schema of %s refuses is refused, what it takes is taken, save for what is said here',
  (schema, message) => {
    const judge = judgeOf(dspSchema(schema))
    const body: unknown = JSON.parse(JSON.stringify(buildDspMessage(message)))
    for (const path of placesIn(body)) {
      const pointer = path.map((part) => `/${part}`).join('')
      for (const changed of changesAt(body, path)) {
        const valid = judge(changed).length === 0
        const taken = isTaken(message, changed)
        const expected = valid ? narrower : wider
        if (valid !== taken && !expected.some((pattern) => pattern.test(pointer))) {
          expect.fail(`${pointer}: ${JSON.stringify(changed)} is ${valid ? 'valid but refused' : 'invalid but taken'}`)
        }
      }
    }
  },
)

judged('DSP-05: an offer with any rules is built as its schema describes it, in each message and in a catalog', () => {
  const opening = judgeOf(dspSchema('negotiation/contract-offer-message'))
  const request = judgeOf(dspSchema('negotiation/contract-request-message'))
  const catalog = judgeOf(dspSchema('catalog/catalog'))
  const service = { id: 'urn:s', endpointUrl: 'https://p.example/dsp' }
  fc.assert(
    fc.property(anyPolicy, (policy) => {
      // A message without permission or prohibition is refused before it is built.
      fc.pre(policy.permission.length + policy.prohibition.length > 0)
      const offer = toOffer(policy, 'o:1', 'urn:t')
      const pids = { providerPid: 'urn:p', consumerPid: 'urn:c' }
      expect(opening(buildDspMessage({ type: 'ContractOfferMessage', ...pids, offer }))).toEqual([])
      expect(request(buildDspMessage({ type: 'ContractRequestMessage', ...pids, offer }))).toEqual([])
      const dataset = { id: 'urn:t', offers: [toOffer(policy, 'o:1')], formats: ['HttpData-PULL'] } as const
      const source = { id: 'urn:catalog', participantId: 'did:web:p', service, datasets: [dataset] }
      expect(catalog(buildCatalog(source))).toEqual([])
    }),
    { numRuns: 100 },
  )
})

function isTaken(message: DspMessage, body: unknown): boolean {
  try {
    parseDspMessage(message.type, body)
    return true
  } catch (thrown) {
    if (thrown instanceof WeftError) return false
    throw thrown
  }
}

/** Every place below the root. */
function placesIn(value: unknown, at: Path = []): readonly Path[] {
  const here = at.length === 0 ? [] : [at]
  if (Array.isArray(value)) return [...here, ...value.flatMap((item, index) => placesIn(item, [...at, index]))]
  if (!isJsonObject(value)) return here
  return [...here, ...Object.entries(value).flatMap(([name, member]) => placesIn(member, [...at, name]))]
}

/** The document without what stands at a place, and with each of the replacements there. */
function changesAt(document: unknown, path: Path): readonly unknown[] {
  return [undefined, ...replacements].map((value) => replaced(document, path, value))
}

function replaced(document: unknown, [first, ...rest]: Path, value: unknown): unknown {
  if (first === undefined) return value
  if (Array.isArray(document)) {
    return document.flatMap((item, index) => {
      if (index !== first) return [item]
      const changed = replaced(item, rest, value)
      return changed === undefined ? [] : [changed]
    })
  }
  if (!isJsonObject(document)) return document
  return Object.fromEntries(
    Object.entries(document).flatMap(([name, member]) => {
      if (name !== first) return [[name, member]]
      const changed = replaced(member, rest, value)
      return changed === undefined ? [] : [[name, changed]]
    }),
  )
}

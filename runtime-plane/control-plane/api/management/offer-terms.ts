import { randomUUID } from 'node:crypto'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import type { MessageOffer } from '@weft/protocols/dsp'
import { parsePolicy, requireValidPolicy } from '@weft/protocols/policy'
import { type Static, Type } from 'typebox'
import type { Parts } from '../../parts.ts'
import { JsonObjectSchema } from './wire.ts'

/** The terms of an offer that the participant makes itself. */
export const TermsSchema = Type.Intersect([
  JsonObjectSchema,
  Type.Object({
    '@type': Type.Literal('Offer'),
    '@id': Type.Optional(Type.String({ minLength: 1, description: 'The id of the new offer; made when absent.' })),
    target: Type.Optional(Type.String({ minLength: 1, description: 'Id of the dataset.' })),
  }),
])

/**
 * Reads terms for a dataset; they must be such that they can be evaluated.
 * @throws `request.invalid-field` when they are for another dataset, and what is wrong with the policy
 */
export function readTerms(
  parts: Pick<Parts, 'operands'>,
  policy: Static<typeof TermsSchema>,
  target: string,
): MessageOffer {
  const id = policy['@id'] ?? `urn:uuid:${randomUUID()}`
  const parsed = parsePolicy({ ...policy, '@id': id, target: policy.target ?? target }, '/policy')
  if (parsed.kind !== 'Offer' || parsed.target !== target) {
    throw new WeftError(requestErrors['invalid-field'], {
      field: '/policy/target',
      message: `"policy" must be an offer for the dataset "${target}".`,
    })
  }
  requireValidPolicy(parsed, parts.operands)
  return { ...parsed, target }
}

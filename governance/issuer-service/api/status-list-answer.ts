import { createHash } from 'node:crypto'
import { WeftError } from '@weft/foundation/errors'
import { issuerErrors } from '../domain/errors.ts'
import type { StatusListForm } from '../status-lists.ts'

/**
 * Only who names a type of signed lists is given one: partners that say nothing, or `*`, read unsigned JSON and fail at a
 * token (section 10).
 */
const forms: ReadonlyMap<string, StatusListForm> = new Map([
  ['application/vc+jwt', 'jwt'],
  ['application/jwt', 'jwt'],
  ['application/json', 'json'],
  ['application/ld+json', 'json'],
  ['application/vc', 'json'],
  ['application/vc+ld+json', 'json'],
  ['application/*', 'json'],
  ['*/*', 'json'],
])

/** The form for the most wanted type of an Accept header (RFC 9110 section 12.5.1); signed, where both are wanted alike. @throws `issuer.not-acceptable` */
export function acceptedForm(header: string | undefined): StatusListForm {
  const wanted = (header === undefined || header.trim() === '' ? '*/*' : header)
    .split(',')
    .map((range) => {
      const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
      const weight = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1)
      return { form: forms.get(type), weight }
    })
    .filter(({ form, weight }) => form !== undefined && weight > 0)
    .sort((a, b) => b.weight - a.weight)
  const [best] = wanted
  if (!best?.form) throw new WeftError(issuerErrors['not-acceptable'], { field: 'accept' })
  return wanted.some(({ form, weight }) => form === 'jwt' && weight === best.weight) ? 'jwt' : best.form
}

/** A strong validator of what is sent. */
export function entityTag(text: string): string {
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`
}

/** Whether the reader has it already: `If-None-Match` names the tag, or any (RFC 9110 section 13.1.2). */
export function isKnownToReader(ifNoneMatch: string | undefined, tag: string): boolean {
  const tags = (ifNoneMatch ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''))
  return tags.includes(tag) || tags.includes('*')
}

import { WeftError } from '@weft/foundation/errors'
import { hubErrors } from '../errors.ts'

/** The form of a token request. */
export type TokenForm = Readonly<Record<string, string>>

/** Form fields are texts, no field occurs twice: `acceptForms` has seen to it. @throws `identity-hub.token-request-invalid` */
export function readTokenForm(body: unknown): TokenForm {
  if (typeof body === 'object' && body !== null && Object.values(body).every((value) => typeof value === 'string')) {
    return body as TokenForm
  }
  throw new WeftError(hubErrors['token-request-invalid'])
}

/** @throws `identity-hub.token-request-invalid` */
export function requiredField(form: TokenForm, name: string): string {
  const value = form[name]
  if (!value) throw new WeftError(hubErrors['token-request-invalid'], { field: name })
  return value
}

import { WeftError } from '@weft/foundation/errors'
import { dcpErrors } from './errors.ts'

/** Which credentials somebody may read (section 3.2). */
export type Scope =
  | {
      readonly kind: 'type'
      /** An entry of the credential's `type`, compared exactly. */
      readonly type: string
      /** A context that the credential must have; written `<context IRI>#<type>`. */
      readonly context: string | undefined
    }
  | { readonly kind: 'id'; readonly id: string }

/** What of a credential scopes look at. */
export interface ScopedCredential {
  readonly id: string | undefined
  readonly types: readonly string[]
  readonly contexts: readonly string[]
}

const typeAlias = 'org.eclipse.dspace.dcp.vc.type'
const idAlias = 'org.eclipse.dspace.dcp.vc.id'
/** The last one is what stock EDC hubs and verifiers know (section 10). */
const aliases: ReadonlyMap<string, Scope['kind']> = new Map([
  [typeAlias, 'type'],
  [idAlias, 'id'],
  ['org.eclipse.edc.vc.type', 'type'],
])
/** The grammar has two segments; partners add an operation. Ids contain colons, so only known ones are cut off. */
const readSuffix = /:(read|\*|all)$/
const maxLength = 1024

/** The scope that asks for credentials of a type: `org.eclipse.dspace.dcp.vc.type:<type>:read`. */
export function typeScope(type: string): string {
  return `${typeAlias}:${type}:read`
}

/** Reads one scope, with or without an operation at its end (DCP-19). @throws `dcp.scope-invalid` */
export function parseScope(text: unknown): Scope {
  if (typeof text !== 'string' || text.length > maxLength || /\s/.test(text))
    throw new WeftError(dcpErrors['scope-invalid'])
  const colon = text.indexOf(':')
  const kind = aliases.get(text.slice(0, Math.max(colon, 0)))
  const discriminator = text.slice(colon + 1).replace(readSuffix, '')
  if (kind === undefined || discriminator === '') throw new WeftError(dcpErrors['scope-invalid'])
  return kind === 'id' ? { kind, id: discriminator } : typed(discriminator)
}

/** Whether a credential is one that the scope names. */
export function matchesScope(credential: ScopedCredential, scope: Scope): boolean {
  if (scope.kind === 'id') return credential.id === scope.id
  const isInContext = scope.context === undefined || credential.contexts.includes(scope.context)
  return isInContext && credential.types.includes(scope.type)
}

/** What a query gets: what it asks for and was granted, silently without the rest (DCP-18). */
export function chooseCredentials<C extends ScopedCredential>(
  credentials: readonly C[],
  requested: readonly Scope[],
  granted: readonly Scope[],
): readonly C[] {
  const isIn = (scopes: readonly Scope[], credential: C) => scopes.some((scope) => matchesScope(credential, scope))
  return credentials.filter((credential) => isIn(requested, credential) && isIn(granted, credential))
}

function typed(discriminator: string): Scope {
  const hash = discriminator.lastIndexOf('#')
  const type = discriminator.slice(hash + 1)
  if (type === '') throw new WeftError(dcpErrors['scope-invalid'])
  return { kind: 'type', type, context: hash > 0 ? discriminator.slice(0, hash) : undefined }
}

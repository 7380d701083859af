import { randomUUID } from 'node:crypto'
import { type JsonObject, parseCredential, type VerifiableCredential } from '../../trust/index.ts'
import { type CreatedPresentation, createPresentations, type PresentationInput } from '../presentation.ts'
import { valuesAt } from './json-path.ts'
import type { Field, InputDescriptor, PresentationDefinition } from './presentation-definition.ts'

export interface DefinitionAnswer {
  readonly presentations: readonly string[]
  /** Which credential is there for which part of the definition: `presentationSubmission` of the response. */
  readonly submission: JsonObject
}

/** A descriptor, and the place of the credential that is there for it. */
interface Match {
  readonly descriptorId: string
  readonly position: number
}

/**
 * Presents what a definition asks for, out of credentials that the verifier may read: each descriptor gets every
 * credential that it describes. A descriptor that none fits is left out, as a scope would be (DCP-18).
 * @throws what `createPresentations` and `parseCredential` throw
 */
export async function presentForDefinition(
  definition: PresentationDefinition,
  input: PresentationInput,
): Promise<DefinitionAnswer> {
  const matches = matchDefinition(definition, input.credentials.map(parseCredential))
  const chosen = [...new Set(matches.map(({ position }) => position))]
  const credentials = chosen.map((position) => input.credentials[position] ?? '')
  const created = await createPresentations({ ...input, credentials })
  const submission = {
    id: randomUUID(),
    definition_id: definition.id,
    descriptor_map: matches.flatMap((match) => describe(match.descriptorId, chosen.indexOf(match.position), created)),
  }
  return { presentations: created.map(({ presentation }) => presentation), submission }
}

function matchDefinition(
  { descriptors }: PresentationDefinition,
  credentials: readonly VerifiableCredential[],
): readonly Match[] {
  return descriptors.flatMap((descriptor) =>
    [...credentials.entries()]
      .filter(([, credential]) => isDescribed(credential, descriptor))
      .map(([position]) => ({ descriptorId: descriptor.id, position })),
  )
}

function isDescribed(credential: VerifiableCredential, { formats, fields }: InputDescriptor): boolean {
  const { profile, jwt } = credential
  const isAccepted = formats?.some(
    (format) => format.profile === profile && (format.algorithms?.includes(jwt.algorithm) ?? true),
  )
  return (isAccepted ?? true) && fields.every((field) => hasField(credential, field))
}

function hasField(credential: VerifiableCredential, { paths, filter, optional }: Field): boolean {
  const values = paths.map((path) => valuesOf(credential, path)).find((found) => found.length > 0)
  if (values === undefined) return optional
  return filter === undefined || values.some((value) => filter(value))
}

/** Paths are written for the token (`$.vc.type`) or for the credential in it (`$.type`), whatever the data model. */
function valuesOf({ json, jwt }: VerifiableCredential, path: Field['paths'][number]): readonly unknown[] {
  for (const root of [jwt.claims, json, { vc: json }]) {
    const values = valuesAt(root, path)
    if (values.length > 0) return values
  }
  return []
}

function describe(id: string, chosen: number, created: readonly CreatedPresentation[]): readonly JsonObject[] {
  const number = created.findIndex(({ positions }) => positions.includes(chosen))
  const presentation = created[number]
  if (presentation === undefined) return []
  const place = presentation.positions.indexOf(chosen)
  const isVersion2 = presentation.profile === 'vc20-bssl/jwt'
  const nested = isVersion2
    ? { id, format: 'vc+jwt', path: `$.verifiableCredential[${place}]` }
    : { id, format: 'jwt_vc', path: `$.vp.verifiableCredential[${place}]` }
  const format = isVersion2 ? 'vp+jwt' : 'jwt_vp'
  return [{ id, format, path: `$.presentation[${number}]`, path_nested: nested }]
}

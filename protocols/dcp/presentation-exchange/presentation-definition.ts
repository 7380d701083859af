import { WeftError } from '@weft/foundation/errors'
import { type CredentialProfile, isObject, type JsonObject, parseCredentialProfile } from '../../trust/index.ts'
import { dcpErrors } from '../errors.ts'
import { invalidMember, readText } from '../message.ts'
import { type FieldFilter, parseFieldFilter } from './field-filter.ts'
import { type JsonPath, parseJsonPath } from './json-path.ts'

/** What a verifier asks for, as DIF Presentation Exchange 2.1.1 writes it; the part of it that is understood here. */
export interface PresentationDefinition {
  readonly id: string
  readonly descriptors: readonly InputDescriptor[]
}

/** One kind of credential. */
export interface InputDescriptor {
  readonly id: string
  /** Undefined: any format. */
  readonly formats: readonly AcceptedFormat[] | undefined
  readonly fields: readonly Field[]
}

interface AcceptedFormat {
  readonly profile: CredentialProfile
  /** Signature algorithms; undefined: any. */
  readonly algorithms: readonly string[] | undefined
}

export interface Field {
  /** The first one that leads to something counts. */
  readonly paths: readonly JsonPath[]
  readonly filter: FieldFilter | undefined
  readonly optional: boolean
}

const maxDescriptors = 32
const maxFields = 32
const maxPaths = 16
const profilesOfFormat: ReadonlyMap<string, readonly CredentialProfile[]> = new Map([
  ['jwt', ['vc11-sl2021/jwt', 'vc20-bssl/jwt']],
  ['jwt_vc', ['vc11-sl2021/jwt']],
  ['jwt_vp', ['vc11-sl2021/jwt']],
  ['jwt_vc_json', ['vc11-sl2021/jwt']],
  ['jwt_vp_json', ['vc11-sl2021/jwt']],
  ['vc+jwt', ['vc20-bssl/jwt']],
  ['vp+jwt', ['vc20-bssl/jwt']],
] as const)

/**
 * Reads a definition. What it holds and is not understood is refused, since leaving it out would give a verifier more, or
 * something else, than it asked for.
 * @throws `dcp.message-invalid` for what is no definition, `dcp.presentation-definition-unsupported` (501, DCP-16)
 */
export function parsePresentationDefinition(json: unknown): PresentationDefinition {
  if (!isObject(json) || Object.keys(json).length === 0) throw invalidMember('presentationDefinition')
  const { input_descriptors: descriptors } = json
  if (!Array.isArray(descriptors) || descriptors.length === 0) throw invalidMember('input_descriptors')
  if (descriptors.length > maxDescriptors) throw unsupported('input_descriptors')
  const read = descriptors.map((descriptor) => readDescriptor(descriptor, json.format))
  if (new Set(read.map(({ id }) => id)).size !== read.length) throw invalidMember('id')
  requireKnown(json, ['id', 'name', 'purpose', 'format', 'input_descriptors', '@context'])
  return { id: readText(json, 'id', 512), descriptors: read }
}

/** @param inherited `format` of the definition, for descriptors that have none */
function readDescriptor(json: unknown, inherited: unknown): InputDescriptor {
  if (!isObject(json)) throw invalidMember('input_descriptors')
  const id = readText(json, 'id', 512)
  const { constraints = {} } = json
  if (!isObject(constraints)) throw invalidMember('constraints')
  const { fields = [], limit_disclosure: disclosure = 'preferred' } = constraints
  if (!Array.isArray(fields)) throw invalidMember('fields')
  requireKnown(json, ['id', 'name', 'purpose', 'format', 'constraints'])
  requireKnown(constraints, ['fields', 'limit_disclosure'])
  // A signed credential is presented whole.
  if (disclosure !== 'preferred') throw unsupported('limit_disclosure')
  if (fields.length > maxFields) throw unsupported('fields')
  return { id, formats: readFormats(json.format ?? inherited), fields: fields.map(readField) }
}

function readField(json: unknown): Field {
  if (!isObject(json) || !Array.isArray(json.path) || json.path.length === 0) throw invalidMember('path')
  requireKnown(json, ['id', 'name', 'purpose', 'path', 'filter', 'optional', 'intent_to_retain'])
  if (json.path.length > maxPaths) throw unsupported('path')
  const paths = json.path.map((path) => {
    if (typeof path !== 'string') throw invalidMember('path')
    return parseJsonPath(path) ?? fail('path')
  })
  const filter = json.filter === undefined ? undefined : (parseFieldFilter(json.filter) ?? fail('filter'))
  return { paths, filter, optional: json.optional === true }
}

/** Formats that we do not have are left out: nothing of ours is in one of them. */
function readFormats(json: unknown): readonly AcceptedFormat[] | undefined {
  if (json === undefined) return undefined
  if (!isObject(json)) throw invalidMember('format')
  return Object.entries(json).flatMap(([name, details]) => {
    const named = parseCredentialProfile(name)
    const profiles = named === undefined ? (profilesOfFormat.get(name) ?? []) : [named]
    const alg = isObject(details) ? details.alg : undefined
    const algorithms = Array.isArray(alg) ? alg.filter((one) => typeof one === 'string') : undefined
    return profiles.map((profile) => ({ profile, algorithms }))
  })
}

function requireKnown(json: JsonObject, known: readonly string[]): void {
  const other = Object.keys(json).find((member) => !known.includes(member))
  if (other !== undefined) throw unsupported(other)
}

function fail(member: string): never {
  throw unsupported(member)
}

function unsupported(member: string): WeftError {
  return new WeftError(dcpErrors['presentation-definition-unsupported'], {
    field: member.slice(0, 64),
    message: `The presentation definition uses ${member.slice(0, 64)} in a way that is not supported here.`,
  })
}

import { randomUUID } from 'node:crypto'

declare const brand: unique symbol
type Id<Name extends string> = string & { readonly [brand]: Name }

export type TenantId = Id<'TenantId'>
export type ParticipantProfileId = Id<'ParticipantProfileId'>
export type CellId = Id<'CellId'>
export type DataspaceProfileId = Id<'DataspaceProfileId'>
/** Also the id of the orchestration that the manifest asks for. */
export type ManifestId = Id<'ManifestId'>

/** A new random id of the kind that the receiver wants. */
export function newId<Kind extends string>(): Kind {
  return randomUUID() as string as Kind
}

import { WeftError } from '@weft/foundation/errors'
import type { App } from '@weft/foundation/http'
import type { JsonObject } from '@weft/foundation/processes'
import { dspBindings } from '@weft/protocols/dsp'
import { canonicalJson } from '@weft/protocols/policy'
import { parseDid } from '@weft/protocols/trust'
import { type Static, Type } from 'typebox'
import { compileAssetSchema } from '../../domain/asset-semantics.ts'
import type { DataspaceProfile } from '../../domain/dataspace-profile.ts'
import { readQuery } from '../../domain/query.ts'
import { catalogueErrors, contextErrors } from '../../errors.ts'
import type { Parts } from '../../parts.ts'
import {
  associatedProfiles,
  associateProfiles,
  deleteProfile,
  findProfile,
  insertProfile,
  isProfileAssociated,
  queryProfiles,
  updateProfile,
} from '../../store/profiles.ts'
import {
  Context,
  ContextParams,
  contextIdOf,
  errorAnswers,
  found,
  IdResponse,
  idResponse,
  inContext,
  provisioningRoute,
  QueryBody,
  withActiveContext,
} from './wire.ts'

/** Goes into DSP addresses as one segment. */
const Name = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' })
const NameParams = Type.Object({ name: Type.String() })

const ProfileBody = Type.Object({
  '@context': Context,
  '@type': Type.Literal('DataspaceProfile'),
  name: Name,
  protocol: Type.Object({
    version: Type.String({ enum: dspBindings.map(({ version }) => version), description: 'Version of DSP.' }),
    binding: Type.String(),
    namespace: Type.String(),
    path: Type.Optional(Type.String()),
  }),
  jsonLdContextsUrl: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 1024 }), {
      maxItems: 20,
      description: 'Contexts of the dataspace’s vocabularies, named in every message beside that of DSP.',
    }),
  ),
  trustedIssuers: Type.Optional(
    Type.Array(
      Type.Object({ '@id': Type.String(), supportedTypes: Type.Array(Type.String(), { minItems: 1, maxItems: 100 }) }),
      { maxItems: 1000 },
    ),
  ),
  trust: Type.Optional(
    Type.Object(
      {
        relationships: Type.Optional(
          Type.Union([Type.Literal('required'), Type.Literal('optional')], {
            description: 'Whether a key must be listed under the verification relationship that it is used for.',
          }),
        ),
        unsignedStatusLists: Type.Optional(
          Type.Boolean({ description: 'Take status lists without a signature when they come over TLS.' }),
        ),
        looseCredentialShape: Type.Optional(
          Type.Boolean({ description: 'Take credentials that miss members on which no check depends.' }),
        ),
      },
      {
        additionalProperties: false,
        description: 'What is relaxed for partners that cannot do better; strict when absent.',
      },
    ),
  ),
  assetSchema: Type.Optional(
    Type.Unsafe<JsonObject>({
      type: 'object',
      description: 'JSON Schema of the public properties of assets; an asset that violates it is not offered here.',
    }),
  ),
  transferRules: Type.Optional(
    Type.Object(
      {
        pids: Type.Optional(
          Type.Union([Type.Literal('both'), Type.Literal('path')], {
            description: 'path: a message is about the process in its path, whatever process ids it carries besides.',
          }),
        ),
        dataAddress: Type.Optional(
          Type.Union([Type.Literal('required'), Type.Literal('optional')], {
            description: 'optional: a transfer may start without a data address.',
          }),
        ),
      },
      { description: 'What is relaxed for partners that cannot do better; strict when absent.' },
    ),
  ),
})

const AssociationBody = Type.Object({
  '@context': Context,
  '@type': Type.Literal('AssociateDataspaceProfile'),
  profiles: Type.Array(Name, { maxItems: 100 }),
})

/** Dataspace profiles of the deployment, and which of them a context takes part in. */
export function profileRoutes(app: App, parts: Parts): void {
  const shared = { owner: false }

  app.post(
    '/dataspaceprofiles',
    {
      config: provisioningRoute('profiles', 'write', shared),
      schema: {
        summary: 'Create a dataspace profile; asking again for the same is answered the same.',
        body: ProfileBody,
        response: { 200: IdResponse, ...errorAnswers },
      },
    },
    async (request) => {
      const wanted = profileOf(request.body)
      const stored = await parts.directory.change('control-plane.create-profile', (tx) => insertProfile(tx, wanted))
      if (!stored.created && !sameProfile(stored.profile, wanted)) {
        throw new WeftError(catalogueErrors.exists, { field: 'name' })
      }
      return idResponse(wanted.name, stored.profile.createdAt)
    },
  )

  app.put(
    '/dataspaceprofiles',
    {
      config: provisioningRoute('profiles', 'write', shared),
      schema: {
        summary: 'Replace a dataspace profile, such as its trusted issuers.',
        body: ProfileBody,
        response: { 204: Type.Null(), ...errorAnswers },
      },
    },
    async (request, reply) => {
      const wanted = profileOf(request.body)
      const changed = await parts.directory.change('control-plane.update-profile', (tx) => updateProfile(tx, wanted))
      found(changed || undefined)
      return reply.code(204).send(null)
    },
  )

  app.get(
    '/dataspaceprofiles/:name',
    {
      config: provisioningRoute('profiles', 'read', shared),
      schema: {
        summary: 'Read a dataspace profile.',
        params: NameParams,
        response: { 200: ProfileBody, ...errorAnswers },
      },
    },
    async (request) => {
      const profile = await parts.database.system('control-plane.read-profile', (tx) =>
        findProfile(tx, request.params.name),
      )
      return answerOf(found(profile))
    },
  )

  app.delete(
    '/dataspaceprofiles/:name',
    {
      config: provisioningRoute('profiles', 'write', shared),
      schema: {
        summary: 'Delete a dataspace profile.',
        params: NameParams,
        response: { 204: Type.Null(), ...errorAnswers },
      },
    },
    async (request, reply) => {
      await parts.directory.change('control-plane.delete-profile', async (tx) => {
        if (await isProfileAssociated(tx, request.params.name)) throw new WeftError(catalogueErrors['in-use'])
        found((await deleteProfile(tx, request.params.name)) || undefined)
      })
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/dataspaceprofiles/request',
    {
      config: provisioningRoute('profiles', 'read', shared),
      schema: {
        summary: 'Search dataspace profiles.',
        body: QueryBody,
        response: { 200: Type.Array(ProfileBody), ...errorAnswers },
      },
    },
    async (request) => {
      const query = readQuery(request.body)
      const profiles = await parts.database.system('control-plane.query-profiles', (tx) => queryProfiles(tx, query))
      return profiles.map(answerOf)
    },
  )

  app.get(
    '/participants/:participantContextId/profiles',
    {
      config: provisioningRoute('profiles', 'read', { owner: true, alsoParticipant: true }),
      schema: {
        summary: 'List the dataspace profiles that a participant context takes part in.',
        params: ContextParams,
        response: { 200: Type.Array(ProfileBody), ...errorAnswers },
      },
    },
    async (request) => {
      const names = await withActiveContext(parts, request.params, associatedProfiles)
      return names.flatMap((name) => parts.directory.profile(name) ?? []).map(answerOf)
    },
  )

  app.put(
    '/participants/:participantContextId/profiles',
    {
      config: provisioningRoute('profiles', 'write'),
      schema: {
        summary: 'Say which dataspace profiles a participant context takes part in.',
        params: ContextParams,
        body: AssociationBody,
        response: { 204: Type.Null(), ...errorAnswers },
      },
    },
    async (request, reply) => {
      const { profiles } = request.body
      const unknown = profiles.filter((name) => !parts.directory.profile(name))
      await withActiveContext(parts, request.params, async (tx) => {
        if (unknown.length > 0) {
          throw new WeftError(contextErrors['profile-unknown'], {
            field: 'profiles',
            message: `There is no dataspace profile named ${unknown.join(', ')}.`,
          })
        }
        await associateProfiles(tx, profiles)
      })
      parts.ownContexts.forget(contextIdOf(request.params))
      return reply.code(204).send(null)
    },
  )
}

function profileOf(body: Static<typeof ProfileBody>): Omit<DataspaceProfile, 'createdAt'> {
  const issuers = body.trustedIssuers ?? []
  return {
    name: body.name,
    protocol: body.protocol,
    jsonLdContextsUrl: body.jsonLdContextsUrl ?? [],
    trustedIssuers: issuers.map((issuer, index) => ({
      did: parseDid(issuer['@id'], `/trustedIssuers/${index}/@id`),
      supportedTypes: issuer.supportedTypes,
    })),
    ...(body.transferRules === undefined ? {} : { transferRules: body.transferRules }),
    ...(body.trust ? { trust: body.trust } : {}),
    ...(body.assetSchema ? { assetSchema: usableSchema(body.assetSchema) } : {}),
  }
}

function usableSchema(schema: JsonObject): JsonObject {
  compileAssetSchema(schema, 'assetSchema')
  return schema
}

function sameProfile(a: DataspaceProfile, b: Omit<DataspaceProfile, 'createdAt'>): boolean {
  const content = (profile: Omit<DataspaceProfile, 'createdAt'>) => {
    const { protocol, jsonLdContextsUrl, trustedIssuers, transferRules = {}, trust = {}, assetSchema = null } = profile
    return canonicalJson({ protocol, jsonLdContextsUrl, trustedIssuers, transferRules, trust, assetSchema })
  }
  return content(a) === content(b)
}

function answerOf(profile: DataspaceProfile): Static<typeof ProfileBody> {
  return inContext({
    '@type': 'DataspaceProfile' as const,
    name: profile.name,
    protocol: profile.protocol,
    jsonLdContextsUrl: [...profile.jsonLdContextsUrl],
    trustedIssuers: profile.trustedIssuers.map((issuer) => ({
      '@id': issuer.did,
      supportedTypes: [...issuer.supportedTypes],
    })),
    ...(profile.trust ? { trust: profile.trust } : {}),
    ...(profile.assetSchema ? { assetSchema: profile.assetSchema } : {}),
    ...(profile.transferRules === undefined ? {} : { transferRules: profile.transferRules }),
  })
}

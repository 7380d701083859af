import type { ParticipantContextId } from '@weft/foundation/access'
import { WeftError } from '@weft/foundation/errors'
import type { App } from '@weft/foundation/http'
import { Type } from 'typebox'
import { contextErrors } from '../../errors.ts'
import type { Parts } from '../../parts.ts'
import { findConfig, findContext, putConfig } from '../../store/participants.ts'
import { privateEntryName } from './private-entries.ts'
import { Context, ContextParams, contextIdOf, errorAnswers, inContext, provisioningRoute } from './wire.ts'

const Texts = Type.Record(Type.String({ minLength: 1, maxLength: 255 }), Type.String({ maxLength: 16_384 }))
const TextsOrNull = Type.Record(
  Type.String({ minLength: 1, maxLength: 255 }),
  Type.Union([Type.String({ maxLength: 16_384 }), Type.Null()]),
)

const bodyOf = <E extends typeof Texts | typeof TextsOrNull>(entries: E) =>
  Type.Object({
    '@context': Context,
    '@type': Type.Literal('ParticipantContextConfig'),
    entries,
    privateEntries: Type.Optional(entries),
  })

const ConfigAnswer = Type.Object({
  '@context': Context,
  '@type': Type.Literal('ParticipantContextConfig'),
  entries: Texts,
})

type PrivateChanges = Readonly<Record<string, string | null>>

/** Settings of a context. Private ones go into its vault partition and are never read back. */
export function contextConfigRoutes(app: App, parts: Parts): void {
  const url = '/participants/:participantContextId/config'

  app.get(
    url,
    {
      config: provisioningRoute('participants', 'read'),
      schema: {
        summary: 'Read the settings of a participant context; private ones are not shown.',
        params: ContextParams,
        response: { 200: ConfigAnswer, ...errorAnswers },
      },
    },
    async (request) => {
      const config = await parts.database.tenant(contextIdOf(request.params), async (tx) => {
        if (!(await findContext(tx))) throw new WeftError(contextErrors['not-found'])
        return findConfig(tx)
      })
      return inContext({ '@type': 'ParticipantContextConfig' as const, entries: { ...config.entries } })
    },
  )

  app.put(
    url,
    {
      config: provisioningRoute('participants', 'write'),
      schema: {
        summary: 'Replace the settings of a participant context.',
        params: ContextParams,
        body: bodyOf(Texts),
        response: { 204: Type.Null(), ...errorAnswers },
      },
    },
    async (request, reply) => {
      const contextId = contextIdOf(request.params)
      const { entries, privateEntries = {} } = request.body
      const { privateNames } = await requireConfig(parts, contextId)
      const gone = privateNames.filter((name) => !Object.hasOwn(privateEntries, name))
      await changeSecrets(parts, contextId, {
        ...Object.fromEntries(gone.map((name) => [name, null])),
        ...privateEntries,
      })
      await parts.database.tenant(contextId, (tx) =>
        putConfig(tx, { entries, privateNames: Object.keys(privateEntries) }),
      )
      return reply.code(204).send(null)
    },
  )

  app.patch(
    url,
    {
      config: provisioningRoute('participants', 'write'),
      schema: {
        summary: 'Change some settings (RFC 7396): null removes one.',
        params: ContextParams,
        body: bodyOf(TextsOrNull),
        response: { 204: Type.Null(), ...errorAnswers },
      },
    },
    async (request, reply) => {
      const contextId = contextIdOf(request.params)
      const { entries, privateEntries = {} } = request.body
      await requireConfig(parts, contextId)
      await changeSecrets(parts, contextId, privateEntries)
      await parts.database.tenant(contextId, async (tx) => {
        const before = await findConfig(tx)
        const names = new Set(before.privateNames)
        for (const [name, value] of Object.entries(privateEntries))
          value === null ? names.delete(name) : names.add(name)
        await putConfig(tx, { entries: merged(before.entries, entries), privateNames: [...names] })
      })
      return reply.code(204).send(null)
    },
  )
}

function requireConfig(parts: Parts, contextId: ParticipantContextId) {
  return parts.database.tenant(contextId, async (tx) => {
    if (!(await findContext(tx))) throw new WeftError(contextErrors['not-found'])
    return findConfig(tx)
  })
}

/** Outside of a transaction: the vault has its own. */
async function changeSecrets(parts: Parts, contextId: ParticipantContextId, changes: PrivateChanges): Promise<void> {
  const partition = parts.vault.partition(contextId)
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) await partition.delete(privateEntryName(name))
    else await partition.put(privateEntryName(name), value)
  }
}

function merged(
  before: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string | null>>,
): Record<string, string> {
  const after = new Map(Object.entries(before))
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) after.delete(name)
    else after.set(name, value)
  }
  return Object.fromEntries(after)
}

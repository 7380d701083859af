import { Type } from 'typebox'

const role = Type.Union([
  Type.Literal('admin'),
  Type.Literal('provisioner'),
  Type.Literal('participant'),
  Type.Literal('workload'),
])
const scopes = Type.Array(Type.String({ maxLength: 200 }), { maxItems: 100 })

export const clientPath = Type.Object({ clientId: Type.String() })

export const clientBody = Type.Object(
  { role, participantContextId: Type.Optional(Type.String()), scopes },
  { additionalProperties: false },
)

export const clientView = Type.Object({
  clientId: Type.String(),
  role,
  participantContextId: Type.Optional(Type.String()),
  scopes,
  /** Whether a secret was ever made. */
  hasSecret: Type.Boolean(),
})

export const clientSecretView = Type.Object({ clientId: Type.String(), clientSecret: Type.String() })

import { createHash, randomUUID } from 'node:crypto'
import type { ParticipantContextId, Principal } from '@weft/foundation/access'
import type { ServiceDatabase } from '@weft/foundation/database'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import type { Vault } from '@weft/foundation/secrets'
import {
  type ControlPlaneRegistrationMessage,
  type DpsCall,
  dpsErrors,
  type PlaneTokenVerifier,
} from '@weft/protocols/dps'
import { decodeJwt } from 'jose'
import type { ControlPlaneCalls } from './control-plane-calls.ts'
import { type ControlPlane, type ControlPlaneAuthorization, ownKeysCaller } from './domain/control-plane.ts'
import type { DataFlow } from './domain/data-flow.ts'
import { dataPlaneErrors } from './domain/errors.ts'
import {
  countControlPlanes,
  deleteControlPlane,
  findControlPlane,
  findControlPlaneOf,
  saveControlPlane,
} from './store/control-planes.ts'
import { isEnabled } from './store/participants.ts'
import { noteToken } from './store/used-tokens.ts'
import { unlessClosed } from './token-keys.ts'

/** The control planes of each participant context: the deployment's own, and those that registered (4.7). */
export interface ControlPlanes {
  /** Adds or replaces a registration (DPS-13). @throws `data-plane.authorization-missing`, `.control-plane-taken`, `.participant-unknown` */
  register(contextId: ParticipantContextId, message: ControlPlaneRegistrationMessage, caller: string): Promise<void>
  /** @throws `dps.unknown-plane` for one that is not there, or that somebody else registered */
  remove(contextId: ParticipantContextId, id: string, caller: string): Promise<void>
  /** The control plane that a caller is; null for the deployment's own. */
  idOf(contextId: ParticipantContextId, caller: string): Promise<string | null>
  /** Who presents a token of a control plane with keys of its own; undefined when it is no such token (DPS-15, DPS-16). */
  authenticate(contextId: ParticipantContextId, token: string): Promise<Principal | undefined>
  /** How the control plane that created a flow is called. @throws `dps.unknown-plane` when it has left; see `ControlPlaneCalls` */
  callFor(flow: DataFlow): Promise<DpsCall>
}

const mostPerContext = 100

export function createControlPlanes(options: {
  readonly database: ServiceDatabase
  readonly vault: Vault
  readonly calls: ControlPlaneCalls
  readonly planeTokens: PlaneTokenVerifier
  /** The id of this data plane: the audience of tokens for it. */
  readonly dataplaneId: string
  readonly clock: () => number
}): ControlPlanes {
  const { database, vault, calls, planeTokens, dataplaneId, clock } = options
  const now = (): Date => new Date(clock())
  const forgetSecret = async (contextId: ParticipantContextId, name: string | null): Promise<void> => {
    if (name !== null) await unlessClosed(() => vault.partition(contextId).delete(name))
  }
  return {
    register: async (contextId, message, caller) => {
      if (!(await database.tenant(contextId, isEnabled))) throw new WeftError(dataPlaneErrors['participant-unknown'])
      const plane = await planeOf(vault, contextId, message, caller)
      let unused = plane.secret
      try {
        await database.tenant(contextId, async (tx) => {
          const before = await findControlPlane(tx, plane.id, true)
          if (before && !mayChange(before, caller)) throw new WeftError(dataPlaneErrors['control-plane-taken'])
          if (!before && (await countControlPlanes(tx)) >= mostPerContext) {
            throw new WeftError(requestErrors.conflict, { message: 'The participant has too many control planes.' })
          }
          await saveControlPlane(tx, { ...plane, registeredBy: before?.registeredBy ?? caller }, now())
          unused = before?.secret ?? null
        })
      } finally {
        await forgetSecret(contextId, unused)
      }
    },
    remove: async (contextId, id, caller) => {
      const secret = await database.tenant(contextId, async (tx) => {
        const plane = await findControlPlane(tx, id, true)
        if (!plane || !mayChange(plane, caller)) throw new WeftError(dpsErrors['unknown-plane'])
        await deleteControlPlane(tx, id)
        return plane.secret
      })
      await forgetSecret(contextId, secret)
    },
    idOf: async (contextId, caller) => {
      const own = /^control-plane:(.+)$/s.exec(caller)?.[1]
      if (own !== undefined) return own
      return (await database.tenant(contextId, (tx) => findControlPlaneOf(tx, caller)))?.id ?? null
    },
    authenticate: async (contextId, token) => {
      const subject = claimedSubject(token)
      const plane = subject && (await database.tenant(contextId, (tx) => findControlPlane(tx, subject)))
      if (!plane || plane.authorization.type === 'workload') return undefined
      const check = { rule: plane.authorization, plane: plane.id, receiver: dataplaneId }
      const { issuer, jti, expiresAt } = await planeTokens.verify(token, check)
      if (jti !== undefined) {
        const digest = createHash('sha256').update(token).digest('base64url')
        const use = { issuer, jti, digest, expiresAt }
        // Planes use a token until it expires, so the same one may come again; its id in another one is a forgery.
        const seen = await database.tenant(contextId, (tx) => noteToken(tx, use, now()))
        if (seen === 'other') throw new WeftError(dpsErrors['plane-token-invalid'], { detail: 'jti used before' })
      }
      return {
        subject: plane.id,
        clientId: ownKeysCaller(plane.id),
        role: 'workload',
        participantContextId: null,
        scopes: ['signaling:dataflow:write'],
      }
    },
    callFor: async (flow) => {
      const { participantContextId: contextId, controlPlane: id } = flow
      if (id === null) return calls.toOwn(contextId)
      const plane = await database.tenant(contextId, (tx) => findControlPlane(tx, id))
      if (!plane) throw new WeftError(dpsErrors['unknown-plane'])
      return calls.to(contextId, plane)
    },
  }
}

/** Whoever registered it, and the plane itself by its own keys: re-registration is how keys are rotated (4.7). */
function mayChange(plane: ControlPlane, caller: string): boolean {
  return caller === plane.registeredBy || caller === ownKeysCaller(plane.id)
}

async function planeOf(
  vault: Vault,
  contextId: ParticipantContextId,
  message: ControlPlaneRegistrationMessage,
  caller: string,
): Promise<ControlPlane> {
  const { authorization: entry } = message
  const base = { id: message.controlplaneId, endpoint: message.endpoint.replace(/\/+$/, ''), registeredBy: caller }
  if (entry === undefined) {
    // A service of the deployment may leave it out; a control plane with keys of its own would lose them by that.
    if (caller === ownKeysCaller(message.controlplaneId)) throw new WeftError(dataPlaneErrors['authorization-missing'])
    return { ...base, authorization: { type: 'workload' }, secret: null }
  }
  if (entry.type === 'oauth2_token_exchange') {
    // Our own credential goes to the broker: only who has such a credential may name one.
    if (caller === ownKeysCaller(message.controlplaneId)) {
      throw new WeftError(requestErrors.forbidden, { message: 'A service of the deployment has to register a broker.' })
    }
    return { ...base, authorization: entry, secret: null }
  }
  const { clientSecret, ...authorization } = entry
  // The profile lets the signature go unchecked where no keys are registered; here a token always proves something.
  if (entry.jwks === undefined && entry.jwksUri === undefined) {
    throw new WeftError(dataPlaneErrors['authorization-missing'], { field: '/authorization/jwks' })
  }
  const secret = `data-plane/control-plane/${randomUUID()}`
  await vault.partition(contextId).put(secret, clientSecret)
  return { ...base, authorization: authorization satisfies ControlPlaneAuthorization, secret }
}

/** Read before anything is proven, only to find the keys that prove it. */
function claimedSubject(token: string): string | undefined {
  try {
    return decodeJwt(token).sub
  } catch {
    return undefined
  }
}

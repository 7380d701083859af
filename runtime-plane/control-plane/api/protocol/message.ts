import { type ParticipantContextId, participantContextId } from '@weft/foundation/access'
import type { Transaction } from '@weft/foundation/database'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import type { App } from '@weft/foundation/http'
import { dcpErrors } from '@weft/protocols/dcp'
import type { JsonObject, PolicyRules } from '@weft/protocols/policy'
import type { FastifyRequest, RouteHandlerMethod } from 'fastify'
import { bindingOfProfile } from '../../counterparty/profile-binding.ts'
import { type LogIdentity, logIdentity } from '../../domain/participant.ts'
import type { Parts } from '../../parts.ts'
import { type Addressed, findAddressed } from '../../store/addressed.ts'
import { spendToken } from '../../store/used-tokens.ts'
import type { VerifiedSender } from '../../trust/counterparty-identity.ts'
import { answerRefusal, type Family } from './refusal.ts'

/** A DSP message while it is handled: what its checks have found out so far. */
export interface Message {
  readonly parts: Parts
  readonly family: Family
  /** `negotiation.agreement.receive`: for log lines. */
  readonly action: string
  /** In plain form, whatever form of JSON-LD it came in. */
  body: unknown
  readonly authorization: string | undefined
  readonly query: Readonly<Record<string, string | undefined>>
  readonly participantContextId: string
  readonly profile: string
  /** Our own process id or the dataset's id in the path. */
  readonly id: string
  /** Set by `authenticate`. */
  sender?: VerifiedSender
  /** Set by `inTransaction` once the token is spent for good. */
  spent?: boolean
  /** Who the message is for, for log lines; completed by `addressee`. */
  identity: LogIdentity
  /** The process ids known so far, for the body of a refusal (DSP-43). */
  pids: { providerPid?: string | undefined; consumerPid?: string | undefined }
  /** The agreement's id between the parties, for log lines. */
  contractId?: string
}

export interface Answer {
  readonly status: number
  readonly body?: JsonObject
  readonly headers?: Readonly<Record<string, string>>
}

interface Route {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly action: string
}

/** Registers an endpoint whose refusals are the typed errors of its family (DSP-43) and change nothing (DSP-42). */
export function dspRoute(
  app: App,
  parts: Parts,
  family: Family,
  route: Route,
  handle: (message: Message) => Promise<Answer>,
): void {
  const handler: RouteHandlerMethod = async (request, reply) => {
    const message = messageOf(parts, family, route.action, request)
    const binding = bindingOfProfile(parts.directory.profile(message.profile))
    try {
      message.body = await binding.read(request.body)
      const { status, body, headers } = await handle(message)
      reply.code(status).headers(headers ?? {})
      return reply.type('application/json').send(body && binding.write(body))
    } catch (thrown) {
      return answerRefusal(message, thrown, reply)
    }
  }
  app.route({
    method: route.method,
    url: route.url,
    config: { access: { kind: 'protocol', protocol: 'dsp' } },
    handler,
  })
}

function messageOf(parts: Parts, family: Family, action: string, request: FastifyRequest): Message {
  const params = request.params as Readonly<Record<string, string>>
  return {
    parts,
    family,
    action,
    body: request.body,
    authorization: request.headers.authorization,
    query: request.query as Readonly<Record<string, string | undefined>>,
    participantContextId: params.participantContextId ?? '',
    profile: params.profileId ?? '',
    id: params.pid ?? params.id ?? '',
    identity: { participantContextId: params.participantContextId ?? '' },
    pids: {},
  }
}

/**
 * Who the address belongs to, with what `load` finds there. Contexts and profiles that are unknown, not associated or not
 * active are answered alike: there is nothing at this address.
 */
export async function addressee<T = undefined>(
  message: Message,
  load?: (tx: Transaction, to: Addressed) => Promise<T>,
): Promise<{ readonly to: Addressed; readonly loaded: T | undefined }> {
  const found = await message.parts.database.tenant(contextIdOf(message), async (tx) => {
    const to = await findAddressed(tx, message.parts.directory, message.profile)
    if (to?.context.state !== 'ACTIVATED') return undefined
    return { to, loaded: await load?.(tx, to) }
  })
  if (!found) throw nothingHere()
  message.identity = logIdentity(found.to.context)
  return found
}

/** Authenticates the sender by DCP; the policies at hand say which credentials are asked for besides the required ones. */
export async function authenticate(
  message: Message,
  to: Addressed,
  policies: readonly PolicyRules[] | 'all' = [],
): Promise<VerifiedSender> {
  const sender = await message.parts.identity.verifySender({
    authorization: message.authorization,
    receiver: to.context.identity,
    profile: to.profile,
    scopes: to.scopes,
    policies,
  })
  message.sender = sender
  return sender
}

/** Runs the message's one transaction: its token is spent in it, so that either both count or neither does. */
export async function inTransaction<T>(message: Message, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const { sender, parts } = message
  if (!sender)
    throw new WeftError(requestErrors.internal, { detail: 'a message was handled before its sender was known' })
  const result = await parts.database.tenant(contextIdOf(message), async (tx) => {
    if (!(await spendToken(tx, sender.tokenUse))) throw new WeftError(dcpErrors.replayed)
    return work(tx)
  })
  message.spent = true
  return result
}

/** The path's context id; one of an impossible shape is as unknown as any other. */
export function contextIdOf(message: Pick<Message, 'participantContextId'>): ParticipantContextId {
  try {
    return participantContextId(message.participantContextId)
  } catch {
    throw nothingHere()
  }
}

function nothingHere(): WeftError {
  return new WeftError(requestErrors['not-found'], { message: 'There is nothing at this path.' })
}

import { type ParticipantContextId, participantContextId } from '@weft/foundation/access'
import type { Transaction } from '@weft/foundation/database'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import type { App } from '@weft/foundation/http'
import { dcpErrors } from '@weft/protocols/dcp'
import type { DspBinding } from '@weft/protocols/dsp'
import type { JsonObject, PolicyRules } from '@weft/protocols/policy'
import type { FastifyRequest, RouteHandlerMethod } from 'fastify'
import { bindingOfProfile } from '../../counterparty/profile-binding.ts'
import { type LogIdentity, logIdentity } from '../../domain/participant.ts'
import type { Parts } from '../../parts.ts'
import type { Addressed } from '../../store/addressed.ts'
import { receiveToken } from '../../store/used-tokens.ts'
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
  /** How answers under the profile are written. */
  readonly binding: DspBinding
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
  /** A text is written as the binding has it already. */
  readonly body?: JsonObject | string
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
    try {
      message.body = await message.binding.read(request.body)
      const { status, body, headers } = await handle(message)
      reply
        .code(status)
        .headers(headers ?? {})
        .type('application/json')
      // Bytes: what is long is written much faster so than as a text.
      return reply.send(typeof body === 'string' ? Buffer.from(body) : body && message.binding.write(body))
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
  const profile = params.profileId ?? ''
  return {
    parts,
    family,
    action,
    body: request.body,
    authorization: request.headers.authorization,
    query: request.query as Readonly<Record<string, string | undefined>>,
    participantContextId: params.participantContextId ?? '',
    profile,
    binding: bindingOfProfile(parts.directory.profile(profile)),
    id: params.pid ?? params.id ?? '',
    identity: { participantContextId: params.participantContextId ?? '' },
    pids: {},
  }
}

/**
 * Who the address belongs to, with what `load` finds there by one statement. Contexts and profiles that are unknown, not
 * associated or not active are answered alike: there is nothing at this address. It may have been so a moment ago:
 * `inTransaction` looks again.
 */
export async function addressee<T = undefined>(
  message: Message,
  load?: (tx: Transaction) => Promise<T>,
): Promise<{ readonly to: Addressed; readonly loaded: T | undefined }> {
  const { parts } = message
  const to = await parts.ownContexts.active(contextIdOf(message), message.profile)
  if (!to) throw nothingHere()
  message.identity = logIdentity(to.context)
  return { to, loaded: load && (await parts.database.tenantAtOnce(to.context.id, load)) }
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

/**
 * Runs the message's one transaction: its token is spent in it, so that either both count or neither does, and only while
 * there is somebody to take it.
 */
export function inTransaction<T>(message: Message, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return loadedInTransaction(message, async () => undefined, work)
}

/** As `inTransaction`, with what `load` finds in the round trip that spends the token. */
export async function loadedInTransaction<L, T>(
  message: Message,
  load: (tx: Transaction) => Promise<L>,
  work: (tx: Transaction, loaded: L) => Promise<T>,
): Promise<T> {
  const { sender, parts } = message
  if (!sender)
    throw new WeftError(requestErrors.internal, { detail: 'a message was handled before its sender was known' })
  const result = await parts.database.tenant(contextIdOf(message), async (tx) => {
    const [received, loaded] = await Promise.all([receiveToken(tx, sender.tokenUse, message.profile), load(tx)])
    if (!received.addressed) throw nothingHere()
    if (!received.spent) throw new WeftError(dcpErrors.replayed)
    return work(tx, loaded)
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

import type { ParticipantContextId } from '@weft/foundation/access'
import type { ServiceDatabase, Transaction } from '@weft/foundation/database'
import { requestErrors, toWeftError, WeftError } from '@weft/foundation/errors'
import type { OutboundClient } from '@weft/foundation/http'
import type { Processes, Task } from '@weft/foundation/processes'
import type { Logger } from '@weft/foundation/telemetry'
import {
  type CredentialObject,
  type CredentialOffer,
  dcpErrors,
  getIssuerMetadata,
  profileOfFormat,
  type VerifiedToken,
} from '@weft/protocols/dcp'
import { type DidResolver, serviceEndpoint } from '@weft/protocols/trust'
import type { CredentialRenewals } from './credential-renewals.ts'
import type { CredentialRequests } from './credential-requests.ts'
import {
  type CompleteOffer,
  completed,
  isRenewal,
  isSparse,
  type OfferState,
  offerProcess,
  type ReceivedOffer,
} from './domain/credential-offer.ts'
import { hubErrors } from './errors.ts'
import { credentialsOfIssuer } from './store/credentials.ts'
import { findOffer, forgetEndedOffers, keepOffer, setOffer } from './store/offers.ts'
import { findParticipant } from './store/participants.ts'

/** What issuers offer (DCP-41): completed, carried out where it renews what is held, kept for a decision otherwise. */
export interface CredentialOffers {
  /**
   * Keeps an offer and claims the token that brought it. What follows happens later and needs no sender.
   * @throws `dcp.replayed`, `identity-hub.offers-full`
   */
  receive(id: ParticipantContextId, sender: VerifiedToken, offer: CredentialOffer): Promise<void>
  /**
   * Asks the issuer for what it offers, or for some of it. An accepted offer stays accepted.
   * @throws `request.not-found`, `identity-hub.offer-not-open`, `identity-hub.context-inactive`, `dcp.format-unsupported`,
   * `request.invalid-field`
   */
  accept(id: ParticipantContextId, offerId: string, choice: OfferChoice): Promise<{ readonly holderPid: string }>
}

interface OfferChoice {
  /** Ids of entries; all of them when absent. */
  readonly credentials?: readonly string[] | undefined
  readonly holderPid?: string | undefined
}

export interface CredentialOffersOptions {
  readonly database: ServiceDatabase
  readonly processes: Processes
  readonly credentialRequests: CredentialRequests
  readonly renewals: CredentialRenewals
  readonly resolver: DidResolver
  readonly send: OutboundClient['send']
  readonly logger: Logger
  readonly clock: () => number
}

const resolveTask = 'credential-offer.resolve'
/** About an hour; then the offer is UNRESOLVED. */
const resolvePolicy = { limit: 10, baseMs: 1000, maxMs: 900_000 } as const
/** Held credentials that one entry of an offer renews, at most. */
const maxRenewed = 16

/** Registers the task with the engine; call before it starts. */
export function createCredentialOffers(options: CredentialOffersOptions): CredentialOffers {
  const { database, processes, credentialRequests, renewals, clock } = options
  const logger = options.logger.child({ category: 'dcp' })

  const move = async (
    tx: Transaction,
    offer: ReceivedOffer,
    to: Pick<ReceivedOffer, 'state' | 'credentials' | 'holderPid' | 'error'>,
  ): Promise<void> => {
    await setOffer(tx, { ...offer, ...to })
    await processes.record(tx, {
      participantContextId: offer.participantContextId,
      processType: offerProcess,
      processId: offer.id,
      from: offer.state,
      to: to.state,
      ...(to.error && { reason: `${to.error.code}: ${to.error.reason}` }),
    })
  }

  /** DCP-41: sparse entries are completed from the metadata of the issuer, which is asked only for those. */
  const complete = async ({ issuerDid, credentials }: ReceivedOffer): Promise<readonly CompleteOffer[]> => {
    const supported = credentials.some(isSparse) ? await supportedBy(issuerDid) : []
    const known = completed(credentials, supported)
    if (known.length === 0) throw new WeftError(hubErrors['offer-unresolved'])
    return known
  }

  const supportedBy = async (issuerDid: ReceivedOffer['issuerDid']): Promise<readonly CredentialObject[]> => {
    const issuerService = serviceEndpoint(await options.resolver.resolve(issuerDid), 'IssuerService')
    const metadata = await getIssuerMetadata({ send: options.send, issuerService })
    if (metadata.issuer !== issuerDid) throw new WeftError(hubErrors['offer-unresolved'])
    return metadata.credentialsSupported
  }

  /** Whether something of that kind is held; it is asked for again, unless that is under way. */
  const renewHeld = async (tx: Transaction, offer: ReceivedOffer, entry: CompleteOffer): Promise<boolean> => {
    const { participantContextId: id, issuerDid } = offer
    const held = await credentialsOfIssuer(tx, id, issuerDid, [entry.credentialType], maxRenewed)
    for (const credential of held) {
      await renewals.renew(tx, { ...credential, definitionId: entry.id }, `offered again: ${entry.offerReason}`)
    }
    return held.length > 0
  }

  const carryOut = async (task: Task, known: readonly CompleteOffer[]): Promise<void> => {
    const { participantContextId: id, processId } = task
    const outcome = await database.tenant(id, async (tx): Promise<OfferState | undefined> => {
      await task.complete(tx)
      const offer = await findOffer(tx, id, processId, { lock: true })
      if (offer?.state !== 'RECEIVED') return undefined
      const active = (await findParticipant(tx, id))?.active === true
      let open = false
      for (const entry of known) {
        const renewed = active && isRenewal(entry) && (await renewHeld(tx, offer, entry))
        if (!renewed) open = true
      }
      const state = open ? 'OPEN' : 'RENEWED'
      await move(tx, offer, { state, credentials: known, holderPid: null, error: null })
      await forgetEndedOffers(tx, id)
      return state
    })
    const about = { participantContextId: id, action: 'credential-offer.resolve', offerId: processId, outcome }
    logger.info('a credential offer was looked at', about)
  }

  const giveUp = async (task: Task, cause: Error): Promise<void> => {
    const { participantContextId: id, processId } = task
    const { code, message } = toWeftError(cause)
    await database.tenant(id, async (tx) => {
      await task.complete(tx)
      const offer = await findOffer(tx, id, processId, { lock: true })
      if (offer?.state !== 'RECEIVED') return
      const { credentials } = offer
      await move(tx, offer, { state: 'UNRESOLVED', credentials, holderPid: null, error: { code, reason: message } })
    })
    const about = { participantContextId: id, action: 'credential-offer.resolve', offerId: processId, error: cause }
    logger.warn('what an issuer offers cannot be found out', about)
  }

  processes.handle(resolveTask, { ...resolvePolicy, exhausted: giveUp }, async (task) => {
    const { participantContextId: id, processId } = task
    const offer = await database.tenant(id, (tx) => findOffer(tx, id, processId))
    if (offer?.state !== 'RECEIVED') return
    await carryOut(task, await complete(offer))
  })

  return {
    receive: async (id, sender, offer) => {
      const kept = await database.tenant(id, async (tx) => {
        const result = await keepOffer(tx, id, sender.use, offer, clock())
        if (result.begun) {
          await processes.record(tx, {
            participantContextId: id,
            processType: offerProcess,
            processId: result.id,
            from: null,
            to: 'RECEIVED',
            tasks: [{ name: resolveTask }],
          })
        }
        return result
      })
      if (!kept.fresh) throw new WeftError(dcpErrors.replayed)
      if (!kept.kept) throw new WeftError(hubErrors['offers-full'])
    },

    accept: async (id, offerId, choice) =>
      await database.tenant(id, async (tx) => {
        const participant = await findParticipant(tx, id)
        const offer = await findOffer(tx, id, offerId, { lock: true })
        if (!participant || !offer) throw new WeftError(requestErrors['not-found'])
        if (offer.state === 'ACCEPTED' && offer.holderPid !== null) return { holderPid: offer.holderPid }
        if (offer.state !== 'OPEN') throw new WeftError(hubErrors['offer-not-open'])
        if (!participant.active) throw new WeftError(hubErrors['context-inactive'])
        const { holderPid } = await credentialRequests.begin(tx, id, {
          issuerDid: offer.issuerDid,
          holderPid: choice.holderPid,
          requested: chosen(offer.credentials, choice.credentials).map((entry) => ({
            id: entry.id,
            credentialType: entry.credentialType ?? '',
            profile: profileOfFormat(entry.profile ?? 'vc11-sl2021/jwt'),
          })),
        })
        await move(tx, offer, { state: 'ACCEPTED', credentials: offer.credentials, holderPid, error: null })
        return { holderPid }
      }),
  }
}

/** @throws `request.invalid-field` for an id that is not offered */
function chosen(offered: readonly CredentialObject[], ids: readonly string[] | undefined): readonly CredentialObject[] {
  if (ids === undefined) return offered
  if (ids.some((id) => !offered.some((entry) => entry.id === id))) {
    throw new WeftError(requestErrors['invalid-field'], {
      field: 'credentials',
      message: 'Name ids of credentials that this offer has.',
    })
  }
  return offered.filter((entry) => ids.includes(entry.id))
}

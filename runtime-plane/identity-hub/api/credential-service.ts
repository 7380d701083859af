import { type AccessRule, participantContextId } from '@weft/foundation/access'
import type { ServiceDatabase } from '@weft/foundation/database'
import { WeftError } from '@weft/foundation/errors'
import type { ApiDefinition } from '@weft/foundation/http'
import {
  bearerToken,
  buildPresentationResponse,
  type CredentialDelivery,
  chooseCredentials,
  createPresentations,
  dcpErrors,
  type PresentationQuery,
  presentForDefinition,
  type ReplayGuard,
  readCredentialMessage,
  readCredentialOffer,
  readPresentationQuery,
  type Scope,
  type VerifiedToken,
  verifyAccessToken,
  verifyDeliveredCredential,
  verifySelfIssuedToken,
} from '@weft/protocols/dcp'
import type { Did, DidResolver, TrustRules, VerifiableCredential } from '@weft/protocols/trust'
import type { CredentialOffers } from '../credential-offers.ts'
import type { CredentialRequests } from '../credential-requests.ts'
import { checkDeliveredTypes, checkDelivery } from '../domain/credential-request.ts'
import { isPresentable } from '../domain/held-credential.ts'
import { hubErrors } from '../errors.ts'
import type { HeldStatuses } from '../held-statuses.ts'
import type { OwnContext, OwnContexts } from '../own-contexts.ts'
import type { SigningKeys } from '../signing-keys.ts'
import { claimAndSelect, type PresentableCredential } from '../store/credentials.ts'

export interface CredentialServiceOptions {
  readonly database: ServiceDatabase
  readonly contexts: OwnContexts
  readonly signingKeys: SigningKeys
  readonly credentialRequests: CredentialRequests
  readonly credentialOffers: CredentialOffers
  readonly heldStatuses: HeldStatuses
  readonly resolver: DidResolver
  /** What is relaxed for partners that cannot do better. */
  readonly rules: TrustRules
  readonly clock: () => number
}

const protocol: { readonly access: AccessRule } = { access: { kind: 'protocol', protocol: 'dcp' } }

interface Addressed {
  readonly participantContextId: string
}

/**
 * The holder's side of DCP (public listener). Each endpoint is the list of its checks, in the order of the
 * specification; the sender's token is claimed (DCP-10) in the transaction that acts on the message, so that a fault of
 * ours does not use it up.
 */
export function credentialService(options: CredentialServiceOptions): ApiDefinition {
  return {
    name: 'credential-service',
    title: 'Credential service (DCP 1.0)',
    version: 'v1',
    prefix: '/credentials/v1/participants/:participantContextId',
    documented: false,
    routes: (app) => {
      app.post<{ Params: Addressed }>('/presentations/query', { config: protocol }, async (request) => {
        const token = bearerToken(request.headers.authorization) // DCP-12
        const context = await addressedContext(options, request.params)
        const verifier = await verifySender(options, context, token) // DCP-02 to DCP-09, DCP-11
        const query = await readPresentationQuery(request.body) // DCP-15, DCP-16, DCP-17
        const granted = await grantedScopes(options, context, verifier) // DCP-14, DCP-21
        const asked = query.by === 'scope' ? query.scopes : granted
        const found = await claimAndFind(options, context, verifier, asked) // DCP-10, DCP-19, DCP-20: dates
        const chosen = chooseCredentials(found, asked, granted) // DCP-18
        const valid = await withoutWithdrawn(options.heldStatuses, chosen) // DCP-20: revoked, suspended
        return await present(options, context, verifier, query, valid) // DCP-22
      })

      app.post<{ Params: Addressed }>('/credentials', { config: protocol }, async (request, reply) => {
        const token = bearerToken(request.headers.authorization) // DCP-12
        const context = await addressedContext(options, request.params)
        const sender = await verifySender(options, context, token) // DCP-02 to DCP-09, DCP-11
        const delivery = await readCredentialMessage(request.body) // DCP-38, DCP-39
        const credentials = await verifyDelivery(options, context, sender.did, delivery) // DCP-40
        await options.credentialRequests.conclude(context, sender, delivery, credentials) // DCP-10, DCP-40 again
        return await reply.code(200).send()
      })

      app.post<{ Params: Addressed }>('/offers', { config: protocol }, async (request, reply) => {
        const token = bearerToken(request.headers.authorization) // DCP-12
        const context = await addressedContext(options, request.params)
        const sender = await verifySender(options, context, token) // DCP-02 to DCP-09, DCP-11
        const offer = await readCredentialOffer(request.body)
        if (offer.issuer !== sender.did) throw new WeftError(hubErrors['offer-foreign'], { field: 'issuer' }) // DCP-42
        await options.credentialOffers.receive(context.participant.participantContextId, sender, offer) // DCP-10, DCP-41
        return await reply.code(200).send()
      })
    },
  }
}

/** The tenant is the one of the URL. @throws `identity-hub.context-unknown`, for unknown and inactive ones alike */
async function addressedContext(options: CredentialServiceOptions, params: Addressed): Promise<OwnContext> {
  return await options.contexts.active(participantContextId(params.participantContextId))
}

/** Every token passes here: its `use` is claimed later, together with the effect of the message. */
const claimedLater: ReplayGuard = { claim: async () => true }

async function verifySender(
  options: CredentialServiceOptions,
  context: OwnContext,
  token: string,
): Promise<VerifiedToken> {
  return await verifySelfIssuedToken(token, {
    audience: context.participant.did,
    resolver: options.resolver,
    replay: claimedLater,
    clock: options.clock,
    rules: options.rules,
  })
}

/** The access token that we made is bound to the verifier that comes with it (DCP-21). */
async function grantedScopes(
  options: CredentialServiceOptions,
  context: OwnContext,
  verifier: VerifiedToken,
): Promise<readonly Scope[]> {
  const { scopes } = await verifyAccessToken(verifier.accessToken, {
    holder: context.participant.did,
    verifier: verifier.did,
    clock: options.clock,
    holderKey: (kid) => options.contexts.publishedKey(context.participant.participantContextId, kid),
  })
  return scopes
}

/** One round trip: the use of the token, and what is held for the scopes. @throws `dcp.replayed` */
async function claimAndFind(
  options: CredentialServiceOptions,
  context: OwnContext,
  verifier: VerifiedToken,
  scopes: readonly Scope[],
): Promise<readonly PresentableCredential[]> {
  const { participantContextId: id } = context.participant
  const { fresh, credentials } = await options.database.tenantAtOnce(id, (tx) =>
    claimAndSelect(tx, id, verifier.use, scopes, options.clock()),
  )
  if (!fresh) throw new WeftError(dcpErrors.replayed)
  return credentials
}

/** What issuers have revoked or suspended stays here. */
async function withoutWithdrawn(
  statuses: HeldStatuses,
  credentials: readonly PresentableCredential[],
): Promise<readonly PresentableCredential[]> {
  const found = await Promise.all(credentials.map((credential) => statuses.of(credential)))
  return credentials.filter((_credential, at) => isPresentable(found[at] ?? 'unknown'))
}

/** One presentation for each data model and proof (DCP-22), none for nothing; with a submission for a definition. */
async function present(
  options: CredentialServiceOptions,
  context: OwnContext,
  verifier: VerifiedToken,
  query: PresentationQuery,
  credentials: readonly PresentableCredential[],
): Promise<object> {
  const input = {
    holder: context.participant.did,
    audience: verifier.did,
    credentials: credentials.map((one) => one.raw),
    key: await options.signingKeys.for(context, 'sign_presentation'),
    clock: options.clock,
  }
  if (query.by === 'definition') {
    const { presentations, submission } = await presentForDefinition(query.definition, input)
    return buildPresentationResponse(presentations, submission)
  }
  const created = await createPresentations(input)
  return buildPresentationResponse(created.map(({ presentation }) => presentation))
}

/** DCP-40: the sender is the issuer of an open request of ours, and each credential is its own, ours and asked for. */
async function verifyDelivery(
  options: CredentialServiceOptions,
  context: OwnContext,
  sender: Did,
  delivery: CredentialDelivery,
): Promise<readonly VerifiableCredential[]> {
  const { participantContextId: id, did } = context.participant
  const { request } = checkDelivery(await options.credentialRequests.find(id, delivery.holderPid), sender, delivery)
  if (delivery.status === 'REJECTED') return []
  checkDeliveredTypes(
    request.requested,
    delivery.credentials.map((container) => container.credentialType),
  )
  const { resolver, clock, rules } = options
  const check = { issuer: sender, holder: did, resolver, clock, rules }
  return await Promise.all(delivery.credentials.map((container) => verifyDeliveredCredential(container, check)))
}

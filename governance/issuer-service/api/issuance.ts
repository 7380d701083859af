import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { participantContextId } from '@weft/foundation/access'
import type { ServiceDatabase, Transaction } from '@weft/foundation/database'
import { WeftError } from '@weft/foundation/errors'
import type { ApiDefinition } from '@weft/foundation/http'
import type { Processes } from '@weft/foundation/processes'
import type { Vault } from '@weft/foundation/secrets'
import {
  bearerToken,
  buildCredentialStatus,
  buildIssuerMetadata,
  type CredentialRequest,
  dcpErrors,
  parseCredentialRequest,
  type TokenUse,
  type VerifiedToken,
  verifySelfIssuedToken,
} from '@weft/protocols/dcp'
import type { Clock, DidResolver } from '@weft/protocols/trust'
import { Type } from 'typebox'
import { credentialSchema } from '../domain/credential-schema.ts'
import { issuerErrors } from '../domain/errors.ts'
import { type Holder, requestStatus } from '../domain/issuance.ts'
import type { Issuer, IssuerUrls } from '../domain/issuer.ts'
import { accessTokenName, approveTask, issuanceProcess } from '../issuance.ts'
import type { Issuers } from '../issuers.ts'
import { readHolderByDid } from '../store/holders.ts'
import { insertIssuance, readIssuance, readIssuanceByHolderPid } from '../store/issuances.ts'
import { listDefinitions, readDefinitions } from '../store/offerings.ts'
import { claimToken } from '../store/used-tokens.ts'
import { contextParams } from './schemas.ts'

export interface IssuanceApiOptions {
  readonly database: ServiceDatabase
  readonly processes: Processes
  readonly vault: Vault
  readonly issuers: Issuers
  readonly urls: IssuerUrls
  readonly resolver: DidResolver
  readonly clock: Clock
}

const schemaParams = Type.Object({ ...contextParams.properties, definitionId: Type.String({ maxLength: 512 }) })
const requestParams = Type.Object({ ...contextParams.properties, requestId: Type.String({ maxLength: 512 }) })

/** The issuance endpoints of DCP 1.0, for each issuer under its own path. */
export function issuanceApi(options: IssuanceApiOptions): ApiDefinition {
  const open = { access: { kind: 'open' } } as const
  const protocol = { access: { kind: 'protocol', protocol: 'dcp' } } as const
  return {
    name: 'issuance',
    title: 'DCP issuance',
    version: 'v1beta',
    prefix: '/issuance/v1beta/participants/:participantContextId',
    bodyLimit: 64 * 1024,
    documented: false,
    routes: (app) => {
      app.get('/metadata', { config: open, schema: { params: contextParams } }, async (request) => {
        const issuer = await options.issuers.read(participantContextId(request.params.participantContextId))
        return metadata(options, issuer)
      })
      app.get('/schemas/:definitionId', { config: open, schema: { params: schemaParams } }, async (request) => {
        const { definitionId } = request.params
        const contextId = participantContextId(request.params.participantContextId)
        const [definition] = await options.database.tenant(contextId, (tx) => readDefinitions(tx, [definitionId]))
        if (!definition) throw new WeftError(issuerErrors['definition-unknown'])
        return credentialSchema(definition, options.urls.schema(contextId, definitionId))
      })
      app.post('/credentials', { config: protocol, schema: { params: contextParams } }, async (request, reply) => {
        const issuer = await options.issuers.read(participantContextId(request.params.participantContextId))
        const sender = await verifySender(options, issuer, request.headers.authorization)
        const id = await acceptRequest(options, issuer, sender, request.body)
        reply.code(201).header('location', `${options.urls.service(issuer.participantContextId)}/requests/${id}`)
        return reply.send()
      })
      app.get('/requests/:requestId', { config: protocol, schema: { params: requestParams } }, async (request) => {
        const issuer = await options.issuers.read(participantContextId(request.params.participantContextId))
        const sender = await verifySender(options, issuer, request.headers.authorization)
        return readRequest(options, issuer, sender, request.params.requestId)
      })
    },
  }
}

/** DCP-37: every entry complete. */
async function metadata({ database, urls }: IssuanceApiOptions, issuer: Issuer): Promise<object> {
  const definitions = await database.tenant(issuer.participantContextId, listDefinitions)
  return buildIssuerMetadata({
    issuer: issuer.did,
    credentialsSupported: definitions.map((definition) => ({
      id: definition.id,
      credentialType: definition.credentialType,
      credentialSchema: definition.jsonSchemaUrl ?? urls.schema(issuer.participantContextId, definition.id),
      offerReason: 'reissue',
      bindingMethods: ['did:web'],
      profile: definition.format,
    })),
  })
}

interface Sender {
  readonly token: VerifiedToken
  readonly use: TokenUse
}

/** Everything of section 3.1 but the use of the token's id, which is claimed in the transaction that acts on it. */
async function verifySender(
  { resolver, clock }: IssuanceApiOptions,
  issuer: Issuer,
  authorization: string | undefined,
): Promise<Sender> {
  let use: TokenUse | undefined
  const replay = {
    claim: async (one: TokenUse): Promise<boolean> => {
      use = one
      return true
    },
  }
  const token = await verifySelfIssuedToken(bearerToken(authorization), {
    audience: issuer.did,
    resolver,
    replay,
    clock,
  })
  if (!use) throw new Error('the token was verified without asking for its first use')
  return { token, use }
}

/**
 * Runs `work` in the issuer's transaction together with the claim of the token. A refusal uses the token up as an
 * answer does; a fault of ours gives it back, because partners repeat with the same token.
 */
async function withToken<T>(
  { database, clock }: IssuanceApiOptions,
  issuer: Issuer,
  sender: Sender,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const outcome = await database.tenant(issuer.participantContextId, async (tx) => {
    if (!(await claimToken(tx, sender.use, new Date(clock())))) throw new WeftError(dcpErrors.replayed)
    try {
      return { done: await work(tx) }
    } catch (error) {
      if (error instanceof WeftError && error.status < 500) return { refusal: error }
      throw error
    }
  })
  if ('refusal' in outcome) throw outcome.refusal
  return outcome.done
}

/** Returns the id of the request; the id of the first one where it is repeated. */
async function acceptRequest(
  options: IssuanceApiOptions,
  issuer: Issuer,
  sender: Sender,
  body: unknown,
): Promise<string> {
  const id = randomUUID()
  const { accessToken } = sender.token
  const partition = options.vault.partition(issuer.participantContextId)
  if (accessToken !== undefined) await partition.put(accessTokenName(id), accessToken)
  let accepted: string | undefined
  try {
    accepted = await withToken(options, issuer, sender, async (tx) => {
      const holder = await knownHolder(tx, sender)
      const request = parseCredentialRequest(body)
      const submission = { id, issuer, sender, holder, request }
      return (await repeated(tx, sender, request)) ?? (await submit(options, tx, submission))
    })
  } finally {
    if (accessToken !== undefined && accepted !== id) await partition.delete(accessTokenName(id))
  }
  return accepted
}

async function knownHolder(tx: Transaction, sender: Sender): Promise<Holder> {
  const holder = await readHolderByDid(tx, sender.token.did)
  if (!holder) throw new WeftError(issuerErrors['requester-unknown'])
  return holder
}

/** The process of the same holderPid of this holder. @throws `issuer.request-conflict` when it asked for something else */
async function repeated(tx: Transaction, sender: Sender, request: CredentialRequest): Promise<string | undefined> {
  const before = await readIssuanceByHolderPid(tx, sender.token.did, request.holderPid)
  if (!before) return undefined
  if (isDeepStrictEqual(before.definitionIds, requestedIds(request))) return before.id
  throw new WeftError(issuerErrors['request-conflict'], { field: 'holderPid' })
}

async function submit(
  options: IssuanceApiOptions,
  tx: Transaction,
  submission: {
    readonly id: string
    readonly issuer: Issuer
    readonly sender: Sender
    readonly holder: Holder
    readonly request: CredentialRequest
  },
): Promise<string> {
  const { id, issuer, sender, holder, request } = submission
  const definitionIds = requestedIds(request)
  // DCP-33.
  const known = await readDefinitions(tx, definitionIds)
  const unknown = request.credentials.findIndex((asked) => !known.some((definition) => definition.id === asked.id))
  if (unknown >= 0) throw new WeftError(issuerErrors['credential-not-offered'], { field: `credentials/${unknown}/id` })
  const issuance = {
    id,
    holderId: holder.holderId,
    holderDid: sender.token.did,
    holderPid: request.holderPid,
    definitionIds,
    hasAccessToken: sender.token.accessToken !== undefined,
  }
  // Lost against the same request in another transaction, which is committed by now.
  if (!(await insertIssuance(tx, issuance, new Date(options.clock())))) {
    const winner = await repeated(tx, sender, request)
    if (winner !== undefined) return winner
    throw new WeftError(issuerErrors['request-conflict'], { field: 'holderPid' })
  }
  await options.processes.record(tx, {
    participantContextId: issuer.participantContextId,
    processType: issuanceProcess,
    processId: id,
    from: null,
    to: 'SUBMITTED',
    messageId: sender.token.jti,
    tasks: [{ name: approveTask }],
  })
  return id
}

/** In one order, so that two requests for the same are equal. */
function requestedIds(request: CredentialRequest): readonly string[] {
  return [...new Set(request.credentials.map((credential) => credential.id))].sort()
}

/** DCP-36: for the requester only; to anybody else the request does not exist. */
async function readRequest(
  options: IssuanceApiOptions,
  issuer: Issuer,
  sender: Sender,
  requestId: string,
): Promise<object> {
  return withToken(options, issuer, sender, async (tx) => {
    const issuance = await readIssuance(tx, requestId)
    if (issuance?.holderDid !== sender.token.did) throw new WeftError(issuerErrors['request-unknown'])
    return buildCredentialStatus({
      issuerPid: issuance.id,
      holderPid: issuance.holderPid,
      status: requestStatus(issuance.state),
    })
  })
}

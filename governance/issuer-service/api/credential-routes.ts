import type { Transaction } from '@weft/foundation/database'
import { WeftError } from '@weft/foundation/errors'
import type { App } from '@weft/foundation/http'
import { type Static, Type } from 'typebox'
import { changeStatus, currentStatus, type StatusAction } from '../domain/credential-status.ts'
import { issuerErrors } from '../domain/errors.ts'
import type { Issuer, IssuerUrls } from '../domain/issuer.ts'
import {
  type IssuedCredential,
  lockCredential,
  queryCredentials,
  readCredential,
  writeStatus,
} from '../store/credentials.ts'
import { writeListBit } from '../store/status-lists.ts'
import { type AdminApiOptions, asIssuer, issuerAccess } from './as-issuer.ts'
import { refusals } from './render-error.ts'
import { contextParams, credentialAnswer, credentialStatusAnswer, idParams, optionalQuerySpec } from './schemas.ts'

const base = '/participants/:participantContextId/credentials'

const changes: readonly { readonly action: StatusAction; readonly summary: string }[] = [
  { action: 'revoke', summary: 'Revoke a credential for good; repeated is fine' },
  { action: 'suspend', summary: 'Suspend a credential until it is resumed; repeated is fine' },
  { action: 'resume', summary: 'Lift the suspension of a credential; repeated is fine' },
]

/** What was issued, and its status. Queries return content for tracking, never a signed credential. */
export function credentialRoutes(app: App, options: AdminApiOptions): void {
  const mayWrite = issuerAccess('credentials:write')

  app.post(
    `${base}/query`,
    {
      config: issuerAccess('credentials:read'),
      schema: {
        summary: 'Query issued credentials',
        params: contextParams,
        body: optionalQuerySpec,
        response: { 200: Type.Array(credentialAnswer), ...refusals },
      },
    },
    (request) =>
      asIssuer(options, request.params, async (tx, _contextId, issuer) =>
        (await queryCredentials(tx, request.body ?? {})).map((credential) =>
          answerOf(options.urls, issuer, credential),
        ),
      ),
  )
  app.get(
    `${base}/:id/status`,
    {
      config: issuerAccess('credentials:read'),
      schema: {
        summary: 'Read the status of a credential',
        params: idParams,
        response: { 200: credentialStatusAnswer, ...refusals },
      },
    },
    async (request): Promise<Static<typeof credentialStatusAnswer>> => {
      const credential = await asIssuer(options, request.params, (tx) => readCredential(tx, request.params.id))
      if (!credential) throw new WeftError(issuerErrors['credential-unknown'])
      return { credentialId: credential.id, status: currentStatus(credential), reason: null }
    },
  )
  for (const { action, summary } of changes) {
    app.post(
      `${base}/:id/${action}`,
      {
        config: mayWrite,
        schema: { summary, params: idParams, response: { 204: Type.Null(), ...refusals } },
      },
      async (request, reply) => {
        const now = new Date(options.clock())
        const changed = await asIssuer(options, request.params, (tx) => change(tx, request.params.id, action, now))
        if (changed) {
          options.logger.info('the status of a credential has changed', {
            category: 'audit',
            action: `credential.${action}`,
            participantContextId: request.params.participantContextId,
            counterparty: changed.subjectDid,
            credential: changed.id,
          })
        }
        return reply.code(204).send(null)
      },
    )
  }
}

/** Row and bit in one transaction: the list shows the change to its next reader. Undefined when nothing changed. */
async function change(
  tx: Transaction,
  id: string,
  action: StatusAction,
  now: Date,
): Promise<IssuedCredential | undefined> {
  const credential = await lockCredential(tx, id)
  if (!credential) throw new WeftError(issuerErrors['credential-unknown'])
  const next = changeStatus(credential, action, now)
  const place = credential.status.find(({ purpose }) => purpose === next?.purpose)
  if (!next || !place) return undefined
  await writeStatus(tx, { id, revokedAt: next.revokedAt, suspendedAt: next.suspendedAt })
  await writeListBit(tx, place, next.isSet)
  return credential
}

function answerOf(urls: IssuerUrls, issuer: Issuer, credential: IssuedCredential): Static<typeof credentialAnswer> {
  return {
    id: credential.id,
    participantContextId: issuer.participantContextId,
    holderId: credential.holderId,
    format: credential.format,
    credential: {
      id: credential.credentialId,
      type: ['VerifiableCredential', credential.credentialType],
      issuer: issuer.did,
      issuanceDate: credential.validFrom.toISOString(),
      expirationDate: credential.validUntil.toISOString(),
      credentialSubject: { ...credential.subjectClaims, id: credential.subjectDid },
      credentialStatus: credential.status.map(({ kind, purpose, listId, index }) => {
        const list = urls.statusList(listId)
        return {
          id: `${list}#${index}`,
          type: `${kind}Entry`,
          statusPurpose: purpose,
          statusListIndex: String(index),
          statusListCredential: list,
        }
      }),
    },
  }
}

import { WeftError } from '@weft/foundation/errors'
import type { App } from '@weft/foundation/http'
import { type Static, Type } from 'typebox'
import { issuerErrors } from '../domain/errors.ts'
import type { Issuer, IssuerUrls } from '../domain/issuer.ts'
import { type IssuedCredential, markRevoked, queryCredentials, readCredential } from '../store/credentials.ts'
import { setStatusBit } from '../store/status-lists.ts'
import { type AdminApiOptions, asIssuer, issuerAccess } from './as-issuer.ts'
import { errorAnswer, refusals } from './render-error.ts'
import { contextParams, credentialAnswer, credentialStatusAnswer, idParams, optionalQuerySpec } from './schemas.ts'

const base = '/participants/:participantContextId/credentials'

/** What was issued, and its revocation. Queries return content for tracking, never a signed credential. */
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
      return { credentialId: credential.id, status: credential.revokedAt === null ? null : 'revocation', reason: null }
    },
  )
  app.post(
    `${base}/:id/revoke`,
    {
      config: mayWrite,
      schema: {
        summary: 'Revoke a credential for good; repeated is fine',
        params: idParams,
        response: { 204: Type.Null(), ...refusals },
      },
    },
    async (request, reply) => {
      // Row and bit in one transaction: the list shows the revocation to its next reader.
      const revoked = await asIssuer(options, request.params, async (tx) => {
        const credential = await markRevoked(tx, request.params.id, new Date(options.clock()))
        if (credential === undefined) throw new WeftError(issuerErrors['credential-unknown'])
        if (credential) await setStatusBit(tx, credential.statusListId, credential.statusIndex)
        return credential
      })
      if (revoked) {
        options.logger.info('a credential was revoked', {
          category: 'audit',
          action: 'credential.revoke',
          participantContextId: request.params.participantContextId,
          counterparty: revoked.subjectDid,
          credential: revoked.id,
        })
      }
      return reply.code(204).send(null)
    },
  )
  for (const action of ['suspend', 'resume'] as const) {
    app.post(
      `${base}/:id/${action}`,
      {
        config: mayWrite,
        schema: { summary: 'Not supported', params: idParams, response: { 501: errorAnswer, ...refusals } },
      },
      async () => {
        throw new WeftError(issuerErrors['suspension-unsupported'])
      },
    )
  }
}

function answerOf(urls: IssuerUrls, issuer: Issuer, credential: IssuedCredential): Static<typeof credentialAnswer> {
  const list = urls.statusList(credential.statusListId)
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
      credentialStatus: {
        id: `${list}#${credential.statusIndex}`,
        type: 'BitstringStatusListEntry',
        statusPurpose: 'revocation',
        statusListIndex: String(credential.statusIndex),
        statusListCredential: list,
      },
    },
  }
}

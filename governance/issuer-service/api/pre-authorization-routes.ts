import { randomBytes } from 'node:crypto'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import type { App } from '@weft/foundation/http'
import { issuerErrors } from '../domain/errors.ts'
import { readHolder } from '../store/holders.ts'
import { readDefinitions } from '../store/offerings.ts'
import { insertPreAuthorization } from '../store/pre-authorizations.ts'
import { type AdminApiOptions, asIssuer, issuerAccess } from './as-issuer.ts'
import { refusals } from './render-error.ts'
import { contextParams, preAuthorizationAnswer, preAuthorizationBody } from './schemas.ts'

const dayMs = 86_400_000

/** Approvals that are given before the request: the holder shows the code in its token (claim `pre-authorized_code`). */
export function preAuthorizationRoutes(app: App, options: AdminApiOptions): void {
  app.post(
    '/participants/:participantContextId/preauthorizations',
    {
      config: issuerAccess('issuanceprocesses:write'),
      schema: {
        summary: 'Approve one request of a holder before it comes; the code is told here and never again',
        params: contextParams,
        body: preAuthorizationBody,
        response: { 201: preAuthorizationAnswer, ...refusals },
      },
    },
    async (request, reply) => {
      const { holderId, validDays = 1 } = request.body
      const definitionIds = [...new Set(request.body.credentials)]
      const now = options.clock()
      const expiresAt = new Date(now + validDays * dayMs)
      const code = randomBytes(32).toString('base64url')
      await asIssuer(options, request.params, async (tx) => {
        if (!(await readHolder(tx, holderId)))
          throw new WeftError(issuerErrors['holder-unknown'], { field: 'holderId' })
        const known = new Set((await readDefinitions(tx, definitionIds)).map(({ id }) => id))
        const unknown = request.body.credentials.findIndex((id) => !known.has(id))
        if (unknown >= 0) {
          const message = 'There is no credential definition with this id; create it first.'
          throw new WeftError(requestErrors['invalid-field'], { field: `credentials/${unknown}`, message })
        }
        await insertPreAuthorization(tx, { code, holderId, definitionIds, expiresAt }, new Date(now))
      })
      const { participantContextId } = request.params
      const about = { category: 'audit', action: 'issuance.pre-authorize', participantContextId, holderId } as const
      options.logger.info('a request of a holder was approved before it came', about)
      return reply.code(201).send({ code, holderId, credentials: definitionIds, expiresAt: expiresAt.getTime() })
    },
  )
}

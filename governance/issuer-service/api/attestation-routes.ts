import { isDeepStrictEqual } from 'node:util'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import type { App } from '@weft/foundation/http'
import { type Static, Type } from 'typebox'
import { issuerErrors } from '../domain/errors.ts'
import type { Attestation } from '../domain/issuance.ts'
import {
  definitionsUsing,
  deleteAttestation,
  insertAttestation,
  queryAttestations,
  readAttestations,
} from '../store/offerings.ts'
import { type AdminApiOptions, asIssuer, issuerAccess } from './as-issuer.ts'
import { refusals } from './render-error.ts'
import { attestationAnswer, attestationBody, contextParams, idParams, optionalQuerySpec } from './schemas.ts'

const base = '/participants/:participantContextId/attestations'

/** Where the claims of credentials come from. */
export function attestationRoutes(app: App, options: AdminApiOptions): void {
  app.post(
    base,
    {
      config: issuerAccess('attestations:write'),
      schema: {
        summary: 'Create an attestation; the same content may be sent again',
        params: contextParams,
        body: attestationBody,
        response: { 201: attestationAnswer, ...refusals },
      },
    },
    async (request, reply) => {
      const attestation = attestationOf(request.body)
      await asIssuer(options, request.params, async (tx) => {
        if (await insertAttestation(tx, attestation, new Date(options.clock()))) return
        const [existing] = await readAttestations(tx, [attestation.id])
        if (!isDeepStrictEqual(existing, attestation))
          throw new WeftError(issuerErrors['attestation-conflict'], { field: 'id' })
      })
      reply.code(201)
      return answerOf(request.params.participantContextId, attestation)
    },
  )
  app.delete(
    `${base}/:id`,
    {
      config: issuerAccess('attestations:write'),
      schema: {
        summary: 'Delete an attestation that no credential definition uses',
        params: idParams,
        response: { 204: Type.Null(), ...refusals },
      },
    },
    async (request, reply) => {
      await asIssuer(options, request.params, async (tx) => {
        const { id } = request.params
        // Deleted first: its row is then locked against a definition that is created meanwhile.
        if (!(await deleteAttestation(tx, id))) throw new WeftError(issuerErrors['attestation-unknown'])
        const users = await definitionsUsing(tx, id)
        if (users.length > 0) {
          const message = `The attestation is used by the credential definitions ${users.join(', ')}.`
          throw new WeftError(issuerErrors['attestation-conflict'], { message })
        }
      })
      return reply.code(204).send(null)
    },
  )
  app.post(
    `${base}/query`,
    {
      config: issuerAccess('attestations:read'),
      schema: {
        summary: 'Query attestations',
        params: contextParams,
        body: optionalQuerySpec,
        response: { 200: Type.Array(attestationAnswer), ...refusals },
      },
    },
    async (request) => {
      const attestations = await asIssuer(options, request.params, (tx) => queryAttestations(tx, request.body ?? {}))
      return attestations.map((attestation) => answerOf(request.params.participantContextId, attestation))
    },
  )
}

function attestationOf(body: Static<typeof attestationBody>): Attestation {
  if (body.attestationType !== 'holder') {
    throw new WeftError(requestErrors['invalid-field'], {
      field: 'attestationType',
      message: 'The only type of attestation is "holder".',
    })
  }
  const configuration = body.configuration ?? {}
  const [member] = Object.keys(configuration)
  if (member !== undefined) {
    throw new WeftError(requestErrors['invalid-field'], {
      field: `configuration/${member}`,
      message: 'An attestation of the type "holder" has no configuration.',
    })
  }
  return { id: body.id, type: 'holder', configuration }
}

function answerOf(participantContextId: string, attestation: Attestation): Static<typeof attestationAnswer> {
  const { id, type, configuration } = attestation
  return { id, participantContextId, attestationType: type, configuration: { ...configuration } }
}

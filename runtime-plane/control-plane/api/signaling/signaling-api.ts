import { type ParticipantContextId, participantContextId } from '@weft/foundation/access'
import type { Transaction } from '@weft/foundation/database'
import { WeftError } from '@weft/foundation/errors'
import { type ApiDefinition, type App, principalOf } from '@weft/foundation/http'
import { type DataFlowStatusMessage, dpsErrors, parseDpsMessage } from '@weft/protocols/dps'
import { dspContext } from '@weft/protocols/dsp'
import { serialisePolicy } from '@weft/protocols/policy'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { isDataPlane } from '../../domain/data-plane.ts'
import type { Transfer } from '../../domain/transfer.ts'
import { catalogueErrors, contextErrors } from '../../errors.ts'
import type { Parts } from '../../parts.ts'
import { registerDataPlane, secretRefOf } from '../../registration.ts'
import { findAgreement } from '../../store/agreements.ts'
import { deleteDataPlane, findDataPlane, isDataPlaneInUse } from '../../store/data-planes.ts'
import { findContext } from '../../store/participants.ts'
import { lockTransfer, moveTransfer, noteDataPlaneError } from '../../store/transfers.ts'
import { forgetAddress, keepAddress } from '../../transfer/addresses.ts'
import { authenticateCaller } from './caller.ts'
import { type Report, reports } from './reports.ts'

const config = { access: { kind: 'protocol', protocol: 'dps' } } as const
const ContextParams = Type.Object({ participantContextId: Type.String() })
const TransferParams = Type.Object({ participantContextId: Type.String(), transferId: Type.String() })
const PlaneParams = Type.Object({ participantContextId: Type.String(), dataplaneId: Type.String() })
const Body = Type.Optional(Type.Unknown())

/** What data planes call: their registration, and reports about the flows of their transfers (DPS 4.3). */
export function signalingApi(parts: Parts): ApiDefinition {
  return {
    name: 'control-plane-signaling',
    title: 'Data plane signaling: control plane',
    version: '1.0-RC3',
    prefix: '/api/signaling/participants/:participantContextId',
    routes: (app) => {
      registrationRoutes(app, parts)
      for (const report of reports) reportRoute(app, parts, report)
      erroredRoute(app, parts)
      agreementRoute(app, parts)
    },
  }
}

function registrationRoutes(app: App, parts: Parts): void {
  const authenticate = (request: FastifyRequest) => authenticateCaller(parts, request)
  app.put(
    '/dataplanes',
    {
      config,
      onRequest: authenticate,
      schema: {
        summary: 'Register a data plane, or replace its registration.',
        params: ContextParams,
        body: Body,
        response: { 200: Type.Null() },
      },
    },
    async (request, reply) => {
      const contextId = contextIdOf(request.params)
      const message = parseDpsMessage('DataPlaneRegistrationMessage', request.body)
      await requireActive(parts, contextId)
      const { subject, clientId } = principalOf(request)
      await registerDataPlane(parts, contextId, message, { kind: 'data-plane', subject, clientId })
      parts.logger.info('a data plane registered itself', {
        category: 'dps',
        action: 'data-plane.register',
        participantContextId: contextId,
        dataPlaneId: message.dataplaneId,
      })
      return reply.code(200).send(null)
    },
  )

  app.delete(
    '/dataplanes/:dataplaneId',
    {
      config,
      onRequest: authenticate,
      schema: {
        summary: 'Remove the registration of a data plane.',
        params: PlaneParams,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const contextId = contextIdOf(request.params)
      const ref = await parts.database.tenant(contextId, async (tx) => {
        const plane = await findDataPlane(tx, request.params.dataplaneId)
        if (!plane || !isDataPlane(plane, principalOf(request))) throw new WeftError(dpsErrors['unknown-plane'])
        if (await isDataPlaneInUse(tx, plane.id)) throw new WeftError(catalogueErrors['in-use'])
        await deleteDataPlane(tx, plane.id)
        return secretRefOf(plane)
      })
      if (ref !== null) await parts.vault.partition(contextId).delete(ref)
      return reply.code(204).send(null)
    },
  )
}

/** DPS-10, DPS-11: what a data plane has finished moves the transfer on. A repeated report changes nothing. */
function reportRoute(app: App, parts: Parts, report: Report): void {
  const authenticate = (request: FastifyRequest) => authenticateCaller(parts, request)
  app.post(
    `/transfers/:transferId/dataflow/${report.name}`,
    {
      config,
      onRequest: authenticate,
      schema: { summary: report.summary, params: TransferParams, body: Body, response: { 200: Type.Null() } },
    },
    async (request, reply) => {
      const contextId = contextIdOf(request.params)
      const message = parseDpsMessage('DataFlowStatusMessage', request.body)
      if (message.state !== report.state) {
        throw new WeftError(dpsErrors['malformed-message'], { field: '/state', message: `Must be ${report.state}.` })
      }
      const addressRef = await keepReportedAddress(parts, request.params, contextId, message, request)
      let used = false
      try {
        await parts.database.tenant(contextId, async (tx) => {
          const transfer = await loadTransfer(tx, request.params.transferId, request)
          if (report.isDone(transfer)) return
          const rules = parts.directory.profile(transfer.profile)?.transferRules ?? {}
          const step = report.next(transfer, message, rules)
          if (step === undefined) throw new WeftError(dpsErrors['invalid-transition'])
          await moveTransfer(tx, parts.processes, transfer, step, {
            dataFlowId: message.dataFlowId ?? transfer.dataFlowId ?? transfer.id,
            ...(addressRef === null ? {} : { addressRef }),
          })
          used = true
          logReport(parts, contextId, transfer, report.name)
        })
      } finally {
        if (!used) await forgetAddress(parts.vault, contextId, addressRef)
      }
      return reply.code(200).send(null)
    },
  )
}

/** DPS-12: shown to the participant, no change of state, and nothing that the counterparty learns. */
function erroredRoute(app: App, parts: Parts): void {
  const authenticate = (request: FastifyRequest) => authenticateCaller(parts, request)
  app.post(
    '/transfers/:transferId/dataflow/errored',
    {
      config,
      onRequest: authenticate,
      schema: {
        summary: 'Report an error that does not end the flow.',
        params: TransferParams,
        body: Body,
        response: { 200: Type.Null() },
      },
    },
    async (request, reply) => {
      const contextId = contextIdOf(request.params)
      const message = parseDpsMessage('DataFlowStatusMessage', request.body)
      await parts.database.tenant(contextId, async (tx) => {
        const transfer = await loadTransfer(tx, request.params.transferId, request)
        const text = (message.error ?? 'The data plane gave no reason.').slice(0, 500)
        await noteDataPlaneError(tx, transfer.id, text)
        logReport(parts, contextId, transfer, 'errored', text)
      })
      return reply.code(200).send(null)
    },
  )
}

/** DPS-28. */
function agreementRoute(app: App, parts: Parts): void {
  const authenticate = (request: FastifyRequest) => authenticateCaller(parts, request)
  app.get(
    '/transfers/:transferId/agreement',
    {
      config,
      onRequest: authenticate,
      schema: {
        summary: 'Read the agreement of a transfer.',
        params: TransferParams,
        response: { 200: Type.Record(Type.String(), Type.Unknown()) },
      },
    },
    async (request) => {
      const contextId = contextIdOf(request.params)
      const agreement = await parts.database.tenant(contextId, async (tx) => {
        const transfer = await loadTransfer(tx, request.params.transferId, request)
        return findAgreement(tx, transfer.contractId)
      })
      if (!agreement) throw new WeftError(dpsErrors['unknown-transfer'])
      return { '@context': [dspContext], ...serialisePolicy(agreement.policy) }
    },
  )
}

/** DPS-18: only the data plane of the transfer may speak about it; to others it looks unknown. */
async function loadTransfer(tx: Transaction, id: string, request: FastifyRequest): Promise<Transfer> {
  const transfer = await lockTransfer(tx, id)
  const plane = transfer && (await findDataPlane(tx, transfer.dataPlaneId))
  if (!transfer || !plane || !isDataPlane(plane, principalOf(request)))
    throw new WeftError(dpsErrors['unknown-transfer'])
  return transfer
}

/** Before the transaction, since the vault has its own; only the transfer's own data plane gets that far. */
async function keepReportedAddress(
  parts: Parts,
  params: { readonly transferId: string },
  contextId: ParticipantContextId,
  message: DataFlowStatusMessage,
  request: FastifyRequest,
): Promise<string | null> {
  if (message.dataAddress === undefined) return null
  await parts.database.tenant(contextId, (tx) => loadTransfer(tx, params.transferId, request))
  return keepAddress(parts.vault, contextId, params.transferId, message.dataAddress)
}

async function requireActive(parts: Parts, contextId: ParticipantContextId): Promise<void> {
  const context = await parts.database.tenant(contextId, findContext)
  if (!context) throw new WeftError(contextErrors['not-found'])
  if (context.state !== 'ACTIVATED') throw new WeftError(contextErrors.deactivated)
}

function contextIdOf(params: { readonly participantContextId: string }): ParticipantContextId {
  try {
    return participantContextId(params.participantContextId)
  } catch (cause) {
    throw new WeftError(contextErrors['not-found'], { cause })
  }
}

function logReport(
  parts: Parts,
  contextId: ParticipantContextId,
  transfer: Transfer,
  name: string,
  detail?: string,
): void {
  parts.logger.info('a data plane reported', {
    category: 'dps',
    action: `data-flow.${name}`,
    participantContextId: contextId,
    counterparty: transfer.counterpartyDid,
    contractId: transfer.agreementId,
    processId: transfer.id,
    ...(detail === undefined ? {} : { detail }),
  })
}

import { randomUUID } from 'node:crypto'
import type { Transaction } from '@weft/foundation/database'
import { WeftError } from '@weft/foundation/errors'
import type { App } from '@weft/foundation/http'
import { flowDirection } from '@weft/protocols/dps'
import { type Static, Type } from 'typebox'
import { selectDataPlane } from '../../domain/data-plane.ts'
import { ourFailure } from '../../domain/failure.ts'
import { readQuery } from '../../domain/query.ts'
import { mayComplete, mayResume, maySuspend, mayTerminateTransfer, type Transfer } from '../../domain/transfer.ts'
import { catalogueErrors, terminationErrors } from '../../errors.ts'
import type { Parts } from '../../parts.ts'
import { findAgreement, isAgreementFinal } from '../../store/agreements.ts'
import { listDataPlanes } from '../../store/data-planes.ts'
import { findTransfer, insertTransfer, lockTransfer, moveTransfer, queryTransfers } from '../../store/transfers.ts'
import { beginTermination } from '../../transfer/steps.ts'
import { transferTasks } from '../../transfer/tasks.ts'
import {
  callbackFields,
  counterpartyFields,
  profileNameOf,
  refuseCallbacks,
  requireAddressed,
  requireHttpAddress,
} from './counterparty.ts'
import { HistoryAnswer, historyAnswer } from './history.ts'
import {
  Context,
  ContextParams,
  errorAnswers,
  found,
  IdResponse,
  ItemParams,
  idResponse,
  inContext,
  JsonObjectSchema,
  lookUp,
  ProcessId,
  participantRoute,
  QueryBody,
  withActiveContext,
} from './wire.ts'

const TransferRequestBody = Type.Object({
  '@context': Context,
  '@type': Type.Literal('TransferRequest'),
  '@id': Type.Optional(ProcessId),
  ...counterpartyFields,
  ...callbackFields,
  contractId: Type.String({ minLength: 1, description: '@id of a contract agreement held as consumer.' }),
  transferType: Type.String({ minLength: 1, maxLength: 255 }),
  privateProperties: Type.Optional(JsonObjectSchema),
  dataplaneMetadata: Type.Optional(
    Type.Object({
      '@type': Type.Optional(Type.Literal('DataplaneMetadata')),
      labels: Type.Optional(Type.Array(Type.String(), { maxItems: 100 })),
      properties: Type.Optional(JsonObjectSchema),
    }),
  ),
})

const TransferAnswer = Type.Object({
  '@context': Context,
  '@type': Type.Literal('TransferProcess'),
  '@id': Type.String(),
  type: Type.Union([Type.Literal('CONSUMER'), Type.Literal('PROVIDER')]),
  state: Type.String(),
  stateTimestamp: Type.Integer(),
  createdAt: Type.Integer(),
  protocol: Type.String(),
  profile: Type.String(),
  counterPartyId: Type.String(),
  counterPartyAddress: Type.String(),
  callbackAddresses: Type.Array(Type.Unknown()),
  assetId: Type.String(),
  contractId: Type.String(),
  agreementId: Type.String({ description: 'The agreement’s id between the two parties.' }),
  transferType: Type.String(),
  dataPlaneId: Type.String(),
  correlationId: Type.Optional(Type.String({ description: 'The process id of the counterparty.' })),
  privateProperties: JsonObjectSchema,
  errorCode: Type.Optional(Type.String()),
  errorDetail: Type.Optional(Type.String()),
  errorSide: Type.Optional(Type.Union([Type.Literal('US'), Type.Literal('COUNTERPARTY')])),
})

const TransferStateAnswer = Type.Object({
  '@context': Context,
  '@type': Type.Literal('TransferState'),
  state: Type.String(),
})

const reasonOf = <const T extends string>(type: T) =>
  Type.Object({
    '@context': Context,
    '@type': Type.Literal(type),
    reason: Type.Optional(Type.String({ maxLength: 500 })),
  })

/** Transfers: begun here as consumer, seen, stopped and ended here on both sides. */
export function transferRoutes(app: App, parts: Parts): void {
  const collection = '/participants/:participantContextId/transferprocesses'

  app.post(
    collection,
    {
      config: participantRoute('transfers', 'write'),
      schema: {
        summary: 'Ask a provider for the data of an agreement.',
        params: ContextParams,
        body: TransferRequestBody,
        response: { 200: IdResponse, ...errorAnswers },
      },
    },
    async (request) => {
      const { body, params } = request
      refuseCallbacks(body)
      const profile = profileNameOf(body)
      const counterpartyAddress = requireHttpAddress(body.counterPartyAddress)
      flowDirection(body.transferType)
      const id = body['@id'] ?? randomUUID()
      const { created, transfer } = await withActiveContext(parts, params, async (tx, context) => {
        await requireAddressed(tx, parts, params.participantContextId, profile)
        const agreement = await findAgreement(tx, body.contractId)
        // A negotiation may end without success after its agreement was stored; what was agreed in one dataspace counts there.
        if (agreement?.consumerDid !== context.identity || !(await isAgreementFinal(tx, agreement, profile))) {
          throw new WeftError(catalogueErrors['agreement-unknown'], { field: 'contractId' })
        }
        const dataPlane = await requireDataPlane(tx, body)
        return insertTransfer(
          tx,
          parts.processes,
          {
            id,
            role: 'CONSUMER',
            state: 'INITIAL',
            profile,
            counterpartyDid: agreement.providerDid,
            counterpartyAddress,
            correlationId: null,
            contractId: agreement.id,
            agreementId: agreement.agreementId,
            assetId: agreement.assetId,
            transferType: body.transferType,
            dataPlaneId: dataPlane.id,
            addressRef: null,
            claims: {},
            dataplaneMetadata: body.dataplaneMetadata ?? null,
            privateProperties: body.privateProperties ?? {},
            received: [],
          },
          { path: ['INITIAL'], tasks: [{ name: transferTasks.prepare }] },
        )
      })
      if (!created) throw new WeftError(catalogueErrors.exists, { field: '@id' })
      return idResponse(id, transfer.createdAt)
    },
  )

  app.get(
    `${collection}/:id`,
    {
      config: participantRoute('transfers', 'read'),
      schema: { summary: 'Read a transfer.', params: ItemParams, response: { 200: TransferAnswer, ...errorAnswers } },
    },
    async (request) => transferAnswer(await read(parts, request.params)),
  )

  app.get(
    `${collection}/:id/state`,
    {
      config: participantRoute('transfers', 'read'),
      schema: {
        summary: 'Read the state.',
        params: ItemParams,
        response: { 200: TransferStateAnswer, ...errorAnswers },
      },
    },
    async (request) => {
      const { state } = await read(parts, request.params)
      return inContext({ '@type': 'TransferState' as const, state })
    },
  )

  app.get(
    `${collection}/:id/history`,
    {
      config: participantRoute('transfers', 'read'),
      schema: {
        summary: 'The steps of a transfer, oldest first.',
        params: ItemParams,
        response: { 200: HistoryAnswer, ...errorAnswers },
      },
    },
    async (request) => {
      const entries = await withActiveContext(parts, request.params, async (tx) => {
        found(await findTransfer(tx, request.params.id))
        return parts.processes.history(tx, 'transfer_process', request.params.id)
      })
      return historyAnswer(entries)
    },
  )

  app.post(
    `${collection}/:id/terminate`,
    {
      config: participantRoute('transfers', 'write'),
      schema: {
        summary: 'End a transfer; data plane and counterparty are told.',
        params: ItemParams,
        body: reasonOf('TerminateTransfer'),
        response: { 204: Type.Null(), ...errorAnswers },
      },
    },
    async (request, reply) => {
      await change(parts, request.params, async (tx, transfer) => {
        if (!mayTerminateTransfer(transfer.state)) throw wrongState(transfer)
        await beginTermination(tx, parts, transfer, ourFailure(terminationErrors.requested, request.body.reason))
      })
      return reply.code(204).send(null)
    },
  )

  app.post(
    `${collection}/:id/suspend`,
    {
      config: participantRoute('transfers', 'write'),
      schema: {
        summary: 'Stop a transfer for a while; only this side can resume it.',
        params: ItemParams,
        body: reasonOf('SuspendTransfer'),
        response: { 204: Type.Null(), ...errorAnswers },
      },
    },
    async (request, reply) => {
      await change(parts, request.params, async (tx, transfer) => {
        if (!maySuspend(transfer)) throw wrongState(transfer)
        const failure = ourFailure(terminationErrors.suspended, request.body.reason)
        const step = { path: ['SUSPENDING'], reason: failure.code, tasks: [{ name: transferTasks.suspend }] } as const
        await moveTransfer(tx, parts.processes, transfer, step, { failure })
      })
      return reply.code(204).send(null)
    },
  )

  app.post(
    `${collection}/:id/resume`,
    {
      config: participantRoute('transfers', 'write'),
      schema: {
        summary: 'Go on with a transfer that this side has suspended.',
        params: ItemParams,
        response: { 204: Type.Null(), ...errorAnswers },
      },
    },
    async (request, reply) => {
      await change(parts, request.params, async (tx, transfer) => {
        if (!mayResume(transfer)) throw wrongState(transfer)
        await moveTransfer(tx, parts.processes, transfer, {
          path: ['RESUMING'],
          tasks: [{ name: transferTasks.resume }],
        })
      })
      return reply.code(204).send(null)
    },
  )

  app.post(
    `${collection}/:id/complete`,
    {
      config: participantRoute('transfers', 'write'),
      schema: {
        summary: 'Say that all data has been moved; data plane and counterparty are told.',
        params: ItemParams,
        response: { 204: Type.Null(), ...errorAnswers },
      },
    },
    async (request, reply) => {
      await change(parts, request.params, async (tx, transfer) => {
        if (!mayComplete(transfer)) throw wrongState(transfer)
        await moveTransfer(tx, parts.processes, transfer, {
          path: ['COMPLETING'],
          tasks: [{ name: transferTasks.complete }],
        })
      })
      return reply.code(204).send(null)
    },
  )

  app.post(
    `${collection}/request`,
    {
      config: participantRoute('transfers', 'read'),
      schema: {
        summary: 'Search transfers.',
        params: ContextParams,
        body: QueryBody,
        response: { 200: Type.Array(TransferAnswer), ...errorAnswers },
      },
    },
    async (request) => {
      const query = readQuery(request.body)
      return (await withActiveContext(parts, request.params, (tx) => queryTransfers(tx, query))).map(transferAnswer)
    },
  )
}

async function requireDataPlane(tx: Transaction, body: Static<typeof TransferRequestBody>) {
  const labels = body.dataplaneMetadata?.labels ?? []
  const dataPlane = selectDataPlane(await listDataPlanes(tx), body.transferType, labels)
  if (dataPlane) return dataPlane
  throw new WeftError(catalogueErrors['no-data-plane'], { field: 'transferType' })
}

async function read(parts: Parts, params: Static<typeof ItemParams>): Promise<Transfer> {
  return found(await lookUp(parts, params, (tx) => findTransfer(tx, params.id)))
}

function change(
  parts: Parts,
  params: Static<typeof ItemParams>,
  work: (tx: Transaction, transfer: Transfer) => Promise<void>,
): Promise<void> {
  return withActiveContext(parts, params, async (tx) => work(tx, found(await lockTransfer(tx, params.id))))
}

function wrongState(transfer: Transfer): WeftError {
  return new WeftError(catalogueErrors['wrong-state'], {
    message: `This is not possible in the state ${transfer.state}${transfer.suspendedBy === 'COUNTERPARTY' ? ', which the counterparty has brought about' : ''}.`,
  })
}

function transferAnswer(transfer: Transfer): Static<typeof TransferAnswer> {
  const { failure, dataPlaneError } = transfer
  return inContext({
    '@type': 'TransferProcess' as const,
    '@id': transfer.id,
    type: transfer.role,
    state: transfer.state,
    stateTimestamp: transfer.stateAt.getTime(),
    createdAt: transfer.createdAt.getTime(),
    protocol: transfer.profile,
    profile: transfer.profile,
    counterPartyId: transfer.counterpartyDid,
    counterPartyAddress: transfer.counterpartyAddress,
    callbackAddresses: [],
    assetId: transfer.assetId,
    contractId: transfer.contractId,
    agreementId: transfer.agreementId,
    transferType: transfer.transferType,
    dataPlaneId: transfer.dataPlaneId,
    privateProperties: { ...transfer.privateProperties },
    ...(transfer.correlationId === null ? {} : { correlationId: transfer.correlationId }),
    ...(dataPlaneError === null
      ? {}
      : { errorCode: 'data-plane.reported', errorDetail: dataPlaneError, errorSide: 'US' as const }),
    ...(failure
      ? { errorCode: failure.code, errorDetail: failure.detail ?? failure.reason, errorSide: failure.by }
      : {}),
  })
}

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Body, type ControlPlaneUnderTest, startControlPlane } from '../../testing/control-plane-under-test.ts'
import { negotiate, requestContract, requestTransfer } from '../../testing/journeys.ts'
import {
  makeDataspace,
  makeParticipant,
  managed,
  type Participant,
  publish,
  testProfile,
} from '../../testing/participants.ts'
import { haveSchemas, managementSchema, problemsOf } from '../../testing/published-schemas.ts'

let plane: ControlPlaneUnderTest
let alice: Participant

beforeAll(async () => {
  plane = await startControlPlane()
  await makeDataspace(plane)
  alice = await makeParticipant(plane, 'alice')
})

afterAll(() => plane.stop())

const base = (participant: Participant) => `/participants/${participant.context}`
const as = (participant: Participant, method: string, path: string, body?: unknown) =>
  plane.api(method, base(participant) + path, { token: participant.token, ...(body === undefined ? {} : { body }) })

const asset = (id: string, more: object = {}) =>
  managed('Asset', { '@id': id, properties: { name: 'A thing', contenttype: 'text/csv' }, ...more })

describe.skipIf(!haveSchemas)('the answers of the management API', () => {
  it('are valid under EDC’s own schemas', async () => {
    const provider = await makeParticipant(plane, 'schemas')
    await publish(plane, provider, 'asset-1')
    const contract = await negotiate(plane, alice, provider, 'asset-1')
    const transfer = await requestTransfer(plane, alice, provider, String(contract.contractAgreementId))
    const judged: [string, Body][] = [
      [managementSchema('contract-negotiation', 'ContractNegotiation'), contract],
      [
        managementSchema('contract-negotiation', 'NegotiationState'),
        (await as(alice, 'GET', `/contractnegotiations/${contract['@id']}/state`)).body,
      ],
      [
        managementSchema('contract-agreement', 'ContractAgreement'),
        (await as(alice, 'GET', `/contractagreements/${contract.contractAgreementId}`)).body,
      ],
      [
        managementSchema('transfer-process', 'TransferProcess'),
        (await as(alice, 'GET', `/transferprocesses/${transfer}`)).body,
      ],
      [
        managementSchema('transfer-process', 'TransferState'),
        (await as(alice, 'GET', `/transferprocesses/${transfer}/state`)).body,
      ],
      [
        managementSchema('policy-definition', 'PolicyDefinition'),
        (await as(provider, 'GET', '/policydefinitions/asset-1-contract')).body,
      ],
      [
        managementSchema('contract-definition', 'ContractDefinition'),
        (await as(provider, 'GET', '/contractdefinitions/asset-1-definition')).body,
      ],
      [
        'https://w3id.org/edc/connector/management/schema/v5/asset-schema.json',
        (await as(provider, 'GET', '/assets/asset-1')).body,
      ],
      [managementSchema('participant-context'), (await plane.api('GET', base(provider))).body],
      [managementSchema('dataspace-profile'), (await plane.api('GET', `/dataspaceprofiles/${testProfile}`)).body],
      [managementSchema('id-response'), (await as(alice, 'POST', '/assets', asset('judged'))).body],
    ]
    for (const [schema, body] of judged)
      expect({ schema, problems: problemsOf(schema, body) }).toEqual({ schema, problems: [] })
    const error = (await as(alice, 'GET', '/assets/none')).body[0] as Body
    expect(error).toMatchObject({ message: expect.any(String), type: 'ObjectNotFound' })
    await requestContract(plane, alice, provider, 'asset-1')
  })
})

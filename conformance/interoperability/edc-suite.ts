import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { OutboundClient } from '@weft/foundation/http'
import {
  agree,
  dataspaceProfile,
  findOffer,
  managementContext,
  type Organisation,
  publish,
  serveFile,
  startTransfer,
} from '@weft/sdk/demo'
import { until } from '../../tools/suite/until.ts'
import { serveCounterpart } from '../counterpart-server.ts'
import type { KitTest } from '../kit.ts'
import { type HostedPlatform, hostPlatform } from '../platform.ts'
import {
  addressAtEdc,
  commandEdc,
  type Inbox,
  negotiateThroughEdc,
  transferThroughEdc,
  untilState,
} from './edc-consumer.ts'
import { at, chooseEdcPorts, type EdcPartner, edcScope, startEdc } from './edc-partner.ts'

const context = { '@context': [managementContext] }
const deadlineMs = 60_000
const content = 'part,kg\nbolt,0.25\n'
const asset = 'edc-parts'

interface Trial {
  readonly hosted: HostedPlatform
  readonly edc: EdcPartner
  readonly inbox: Inbox
  readonly source: string
}

/** Trades with a real EDC, connector and IdentityHub, in both roles; the guide `docs/guides/interoperate.md` says nothing else. */
export async function runEdcTrial(folder: string): Promise<readonly KitTest[]> {
  const file = join(folder, 'parts.csv')
  writeFileSync(file, content)
  const source = await serveFile(file)
  const ports = await chooseEdcPorts()
  const received: { path: string; body: unknown }[] = []
  const inbox = await serveCounterpart(({ path, body }) => {
    received.push({ path, body })
    return { status: 200 }
  })
  const origins = [source.origin, inbox.url, ...Object.values(ports).map(at)]
  const hosted = await hostPlatform(folder, origins, { trust: { relationships: 'optional' } })
  try {
    await relaxProfile(hosted)
    const edc = await startEdc(folder, ports, hosted.issuerDid, hosted.outbound)
    try {
      const assetId = await publish(hosted.participant, source)
      const trial: Trial = { hosted, edc, inbox: { url: inbox.url, received }, source: source.url }
      return await inTurn([
        ['issuance to the hub of EDC', () => issue(trial)],
        ...consumerSteps(trial, assetId),
        ...providerSteps(trial),
        ['a revoked credential of EDC is refused', () => refuseRevoked(trial, assetId)],
      ])
    } finally {
      await edc.stop()
    }
  } finally {
    await hosted.stop()
    await inbox.close()
    await source.close()
  }
}

type Step = readonly [name: string, run: () => Promise<void>]

/** Each step builds upon the one before: after a failure the rest is skipped. */
async function inTurn(steps: readonly Step[]): Promise<readonly KitTest[]> {
  const tests: KitTest[] = []
  let failed = false
  for (const [id, run] of steps) {
    const message: string = failed ? 'a step before it failed' : await run().then(() => '', String)
    const status: KitTest['status'] = failed ? 'skipped' : message === '' ? 'passed' : 'failed'
    failed ||= status === 'failed'
    tests.push({ id, status, message })
    console.error(`${status} ${id}${message === '' ? '' : `: ${message}`}`)
  }
  return tests
}

/** What the guide has an operator set for partners that run EDC. */
async function relaxProfile({ operator, issuerDid }: HostedPlatform): Promise<void> {
  await operator.management.call('PUT /dataspaceprofiles', {
    body: {
      ...context,
      '@type': 'DataspaceProfile',
      name: dataspaceProfile,
      protocol: { version: '2025-1', binding: 'HTTPS', namespace: 'https://w3id.org/dspace/2025/1/' },
      trustedIssuers: [{ '@id': issuerDid, supportedTypes: ['ParticipantCredential', 'MembershipCredential'] }],
      trust: { relationships: 'optional' },
    },
  })
  for (const [id, type] of [
    ['participant', 'ParticipantCredential'],
    ['membership', 'MembershipCredential'],
  ] as const) {
    await operator.management.call('PUT /dcpscopes/{id}', {
      path: { id },
      body: {
        ...context,
        '@type': 'DcpScope',
        '@id': id,
        profile: dataspaceProfile,
        type: 'DEFAULT',
        value: edcScope(type),
      },
    })
  }
}

async function issue({ hosted, edc }: Trial): Promise<void> {
  await hosted.operator.issuer.call('POST /participants/{participantContextId}/holders', {
    path: { participantContextId: 'issuer' },
    body: {
      holderId: edc.did,
      did: edc.did,
      name: 'A partner that runs EDC',
      formatNames: 'edc',
      properties: { membershipType: 'full-member', since: '2026-01-01T00:00:00Z' },
    },
  })
  await edc.identify('POST', '/credentials/request', {
    issuerDid: hosted.issuerDid,
    holderPid: 'request-1',
    credentials: [
      { format: 'VC1_0_JWT', type: 'ParticipantCredential', id: 'participant-credential-def' },
      { format: 'VC1_0_JWT', type: 'MembershipCredential', id: 'membership-credential-def' },
    ],
  })
  await until('the credentials of EDC', deadlineMs, async () => {
    const { status } = (await edc.identify('GET', '/credentials/request/request-1')) as { readonly status: string }
    if (status === 'ERROR') throw new Error('the hub of EDC ended its request with an error')
    return status === 'ISSUED'
  })
}

function consumerSteps({ hosted, edc, inbox }: Trial, assetId: string): readonly Step[] {
  const { outbound, participant } = hosted
  let agreement = ''
  let transfer = ''
  return [
    [
      'EDC reads the catalog and negotiates',
      async () => {
        agreement = await negotiateThroughEdc(edc, participant, assetId)
      },
    ],
    [
      'EDC pulls, and renews its token',
      async () => {
        transfer = await transferThroughEdc(edc, participant, agreement, inbox, { transferType: 'HttpData-PULL' })
        const address = await addressAtEdc(inbox, transfer)
        equal(await fetched(outbound, address.endpoint, address.authorization), `200 ${content}`)
        const renewed = await outbound.send({
          method: 'POST',
          url: address.refreshEndpoint,
          headers: { authorization: `Bearer ${await edc.tokenFor(participant.did, address.authorization)}` },
          body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: address.refreshToken }),
          purpose: 'conformance.edc',
        })
        const { access_token: token } = renewed.json() as { readonly access_token: string }
        equal(await fetched(outbound, address.endpoint, token), `200 ${content}`)
      },
    ],
    [
      'EDC suspends, resumes and terminates',
      async () => {
        await commandEdc(edc, transfer, 'suspend', 'SUSPENDED')
        await commandEdc(edc, transfer, 'resume', 'STARTED')
        const { endpoint, authorization } = await addressAtEdc(inbox, transfer, 2)
        equal(await fetched(outbound, endpoint, authorization), `200 ${content}`)
        await commandEdc(edc, transfer, 'terminate', 'TERMINATED')
        equal((await fetched(outbound, endpoint, authorization)).slice(0, 3), '403')
      },
    ],
    [
      'EDC has data pushed',
      async () => {
        const dataDestination = { '@type': 'DataAddress', type: 'HttpData', baseUrl: `${inbox.url}/to-edc` }
        const push = { transferType: 'HttpData-PUSH', dataDestination }
        const id = await transferThroughEdc(edc, participant, agreement, inbox, push)
        await untilState(edc, `/transferprocesses/${id}`, 'COMPLETED')
        equal(inbox.received.find(({ path }) => path === '/to-edc')?.body, content)
      },
    ],
  ]
}

function providerSteps({ hosted, edc, inbox, source }: Trial): readonly Step[] {
  const { outbound, participant } = hosted
  const provider: Organisation = { ...participant, name: 'EDC', did: edc.did, dspAddress: edc.dspAddress }
  let agreement = ''
  return [
    [
      'Weft reads the catalog of EDC and negotiates',
      async () => {
        await publishAtEdc(edc, source)
        agreement = await agree(participant, provider, await findOffer(participant, provider, asset), randomUUID())
      },
    ],
    [
      'Weft pulls from EDC',
      async () => {
        const { address } = await startTransfer(participant, provider, agreement, randomUUID())
        equal(await fetched(outbound, address.endpoint, address.authorization), `200 ${content}`)
      },
    ],
    [
      'EDC pushes to Weft',
      async () => {
        const path = { participantContextId: participant.participantContextId }
        const dataDestination = { type: 'HttpData', baseUrl: `${inbox.url}/to-weft` }
        await participant.apis.management.call('POST /participants/{participantContextId}/transferprocesses', {
          path,
          body: {
            ...context,
            '@type': 'TransferRequest',
            counterPartyAddress: edc.dspAddress,
            protocol: dataspaceProfile,
            contractId: agreement,
            transferType: 'HttpData-PUSH',
            dataplaneMetadata: { '@type': 'DataplaneMetadata', properties: { dataDestination } },
          },
        })
        await until('the pushed bytes', deadlineMs, async () =>
          inbox.received.some(({ path: to }) => to === '/to-weft'),
        )
        equal(inbox.received.find(({ path: to }) => to === '/to-weft')?.body, content)
      },
    ],
  ]
}

async function publishAtEdc(edc: EdcPartner, baseUrl: string): Promise<void> {
  await edc.manage('POST', '/assets', {
    ...context,
    '@type': 'Asset',
    '@id': asset,
    properties: { name: 'parts' },
    dataAddress: { '@type': 'DataAddress', type: 'HttpData', baseUrl },
  })
  await edc.manage('POST', '/policydefinitions', {
    ...context,
    '@type': 'PolicyDefinition',
    '@id': 'everybody',
    policy: { '@type': 'Set', permission: [{ action: 'use' }] },
  })
  await edc.manage('POST', '/contractdefinitions', {
    ...context,
    '@type': 'ContractDefinition',
    '@id': 'everything',
    accessPolicyId: 'everybody',
    contractPolicyId: 'everybody',
    assetsSelector: [],
  })
}

async function refuseRevoked({ hosted, edc }: Trial, assetId: string): Promise<void> {
  const path = { participantContextId: 'issuer' }
  const { body: held } = await hosted.operator.issuer.call(
    'POST /participants/{participantContextId}/credentials/query',
    { path, body: { filterExpression: [{ operandLeft: 'holderId', operator: '=', operandRight: edc.did }] } },
  )
  for (const { id } of held) {
    await hosted.operator.issuer.call('POST /participants/{participantContextId}/credentials/{id}/revoke', {
      path: { ...path, id },
    })
  }
  await until('the refusal of EDC', deadlineMs, () =>
    negotiateThroughEdc(edc, hosted.participant, assetId).then(
      () => false,
      (error: unknown) => String(error).includes('dcp.credential-revoked'),
    ),
  )
}

/** `200 the body` */
async function fetched(outbound: OutboundClient, url: string, token: string): Promise<string> {
  const headers = { authorization: `Bearer ${token}` }
  const response = await outbound.send({ method: 'GET', url, headers, purpose: 'conformance.edc' })
  return `${response.status} ${response.text()}`
}

function equal(found: unknown, wanted: unknown): void {
  if (found !== wanted) throw new Error(`found ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`)
}

import { WeftError } from '@weft/foundation/errors'
import type { OutboundClient } from '@weft/foundation/http'
import { type Apis, apisFor } from './clients.ts'
import { type Dataspace, memberRole, setUpDataspace } from './dataspace.ts'
import { demoErrors } from './errors.ts'
import { unmetIn } from './explanation.ts'
import type { FileSource } from './file-source.ts'
import {
  type Applicant,
  credentialTypesHeld,
  type Organisation,
  onboard,
  revokeMembership,
  shortNameFor,
  takeAccess,
} from './organisation.ts'
import type { Platform } from './platform.ts'
import { type Audience, StepRunner, type StepTime } from './step-runner.ts'
import {
  agree,
  download,
  type Ending,
  endTransfer,
  findOffer,
  negotiate,
  type Offer,
  publish,
  refusalOf,
  startTransfer,
} from './trading.ts'
import { until } from './waiting.ts'

export interface DemoInput {
  readonly platform: Platform
  /** Ends the whole fabric manager. Resolves when it is gone, consumers of its messages included. */
  readonly stopFabricManager: () => Promise<void>
  readonly source: FileSource
  /** Where the consumer's copy goes. */
  readonly target: string
  readonly outbound: OutboundClient
  /** Makes names and ids: the same run repeated finds what it made. */
  readonly run: string
  readonly audience: Audience
  /** How long a step may be tried again when the platform is gone for a while; 0 when absent. */
  readonly patienceMs?: number
}

export interface DemoResult {
  readonly ok: true
  readonly steps: readonly StepTime[]
  readonly bytes: number
  readonly sha256: { readonly sent: string; readonly received: string }
  readonly refused: { readonly noCredential: string; readonly revoked: string; readonly afterTermination: string }
  readonly fabricManagerDown: boolean
}

/** A revocation is seen by everyone within 10 s; what comes on top is the negotiation itself. */
const revocationDeadlineMs = 20_000

/** The main job from outside, through the public APIs only. @throws StepFailure */
export async function runDemo(input: DemoInput): Promise<DemoResult> {
  const { platform, outbound, source, run } = input
  const steps = new StepRunner(input.audience, input.patienceMs)
  const administrator = apisFor(platform, platform.admin, outbound)
  const provisioner = apisFor(platform, platform.provisioner, outbound)
  const id = (name: string) => `${name}-${run}`

  const dataspace = await steps.run('set up the dataspace', () => setUpDataspace(platform, administrator))
  const entry = { ...input, administrator, provisioner, dataspace }
  const provider = await steps.run('onboard the provider', () =>
    enter(entry, applicant('Bolt Works', run, [memberRole])),
  )
  const consumer = await steps.run('onboard the consumer', () =>
    enter(entry, applicant('Axle Motors', run, [memberRole])),
  )
  const assetId = await steps.run('publish the file', () => publish(provider, source))
  const offer = await steps.run('find the offer', () => findOffer(consumer, provider, assetId))
  const agreementId = await steps.run('negotiate the contract', () =>
    agree(consumer, provider, offer, id('negotiation')),
  )
  const transfer = await steps.run('transfer', () => startTransfer(consumer, provider, agreementId, id('transfer')))
  const received = await steps.run('download and compare', async () =>
    compare(source, await download(transfer.address, input.target, outbound)),
  )
  const noCredential = await steps.run('refuse who has no membership', () => refuseStranger(entry, provider, offer))
  const revoked = await steps.run('refuse a revoked membership', () => refuseRevoked(entry, provider, offer))
  const afterTermination = await steps.run('refuse the old token after termination', async () => {
    await endTransfer(consumer, transfer.transferId)
    return refusalOf(transfer.address, outbound)
  })
  await steps.run('stop the fabric manager', () => stopFabricManager(input))
  await steps.run('trade without the fabric manager', async () => {
    const second = await agree(
      consumer,
      provider,
      await findOffer(consumer, provider, assetId),
      id('second-negotiation'),
    )
    const again = await startTransfer(consumer, provider, second, id('second-transfer'))
    compare(source, await download(again.address, input.target, outbound))
  })
  return {
    ok: true,
    steps: steps.times,
    bytes: received.bytes,
    sha256: { sent: source.sha256, received: received.sha256 },
    refused: { noCredential, revoked, afterTermination },
    fabricManagerDown: true,
  }
}

interface Entry extends DemoInput {
  readonly administrator: Apis
  readonly provisioner: Apis
  readonly dataspace: Dataspace
}

function applicant(name: string, run: string, roles: readonly string[]): Applicant {
  return { name, shortName: shortNameFor(name, run), roles }
}

/** Onboarding as the operator does it, then the organisation's first look at what it holds. */
async function enter(entry: Entry, newcomer: Applicant): Promise<Organisation> {
  const contextId = await onboard(entry.platform, entry.provisioner, entry.dataspace, newcomer, (vpaType) =>
    entry.audience.saw(`${newcomer.name}: ${vpaType} is active`),
  )
  const organisation = await takeAccess(entry.platform, entry.administrator, newcomer, contextId, entry.outbound)
  entry.audience.saw(`${newcomer.name} holds ${(await credentialTypesHeld(organisation)).join(', ')}`)
  return organisation
}

function compare(source: FileSource, received: { readonly bytes: number; readonly sha256: string }): typeof received {
  if (received.sha256 === source.sha256) return received
  throw new WeftError(demoErrors['digest-differs'], {
    message: `${source.bytes} bytes were published, ${received.bytes} arrived, and their digests differ.`,
  })
}

/** Somebody with a valid token and presentation, but without the credential that the offer demands. */
async function refuseStranger(entry: Entry, provider: Organisation, offer: Offer): Promise<string> {
  const stranger = await enter(entry, applicant('Curious Consulting', entry.run, []))
  const ending = await negotiate(stranger, provider, offer, `stranger-${entry.run}`)
  const code = refusalIn(ending)
  entry.audience.saw(`the consumer reads: ${code}: ${ending.reason}`)
  entry.audience.saw(`the provider reads: ${await explanationAt(provider, stranger.did)}`)
  return code
}

/** A member whose credential is revoked: still served from a status list of at most 10 s, then refused. */
async function refuseRevoked(entry: Entry, provider: Organisation, offer: Offer): Promise<string> {
  const former = await enter(entry, applicant('Former Member', entry.run, [memberRole]))
  await revokeMembership(entry.administrator, former.did)
  entry.audience.saw('revoked; the provider may hold a status list of up to 10 s, so this takes as long')
  let attempt = 0
  const ending = await until('The refusal of a revoked membership', revocationDeadlineMs, async () => {
    attempt += 1
    const tried = await negotiate(former, provider, offer, `revoked-${attempt}-${entry.run}`)
    return tried.state === 'TERMINATED' ? tried : undefined
  })
  const code = refusalIn(ending)
  entry.audience.saw(`the consumer reads: ${code}: ${ending.reason}`)
  return code
}

function refusalIn(ending: Ending): string {
  if (ending.state === 'TERMINATED' && ending.errorCode !== undefined) return ending.errorCode
  throw new WeftError(demoErrors['went-wrong'], {
    message: `The negotiation ${ending.negotiationId} ended ${ending.state} where a refusal with a code was due.`,
  })
}

/** The provider's own record of why it refused somebody. */
async function explanationAt(provider: Organisation, counterparty: string): Promise<string> {
  const { body } = await provider.apis.management.call(
    'POST /participants/{participantContextId}/contractnegotiations/request',
    {
      path: { participantContextId: provider.participantContextId },
      body: {
        '@context': ['https://w3id.org/edc/connector/management/v2'],
        '@type': 'QuerySpec',
        filterExpression: [
          { '@type': 'Criterion', operandLeft: 'counterPartyId', operator: '=', operandRight: counterparty },
        ],
      },
    },
  )
  const decision = body[0]?.decision
  if (!decision)
    throw new WeftError(demoErrors['went-wrong'], { message: 'The provider kept no explanation of its refusal.' })
  return unmetIn(decision)
}

/** Stops it and makes sure: its port refuses connections. */
async function stopFabricManager({ platform, outbound, ...input }: DemoInput): Promise<void> {
  await input.stopFabricManager()
  const answered = await outbound
    .send({
      method: 'GET',
      url: `${platform.fabric.adminUrl}/api/tm/v1alpha1/openapi.json`,
      purpose: 'demo.fabric-manager-down',
    })
    .then(() => true)
    .catch((error: unknown) => {
      if (error instanceof WeftError && error.code === 'outbound.unreachable') return false
      throw error
    })
  if (answered)
    throw new WeftError(demoErrors['went-wrong'], { message: 'The fabric manager still answers after it was stopped.' })
}

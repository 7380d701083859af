import { freePort } from '@weft/foundation/http-testing'
import { dataspaceProfile, managementContext, type Organisation } from '@weft/sdk/demo'
import { type AgreementMaker, createAgreementPeer, offerOf, type PreparedAgreement } from '../agreements.ts'
import { type CounterpartServer, serveCounterpart } from '../counterpart-server.ts'
import { type KitProperties, type KitTest, runKit } from '../kit.ts'
import { hostPlatform } from '../platform.ts'
import { negotiationDesk, transferDesk } from './commands.ts'
import { conduct } from './conductor.ts'
import { kitTransferType, serveFlows } from './flows.ts'
import { kitAuthorization, kitIdentity, kitParticipant } from './kit-identity.ts'
import { publishDatasets, sharedAsset } from './published.ts'
import { type FlowConduct, negotiationScripts, transferScripts } from './scripts.ts'

const kit = { id: kitParticipant, authorization: kitAuthorization }
const catalogDatasets = ['CAT0101', 'CAT0102']

/** Runs the official DSP kit against a participant of a whole platform, in both roles. */
export async function runDspKit(folder: string): Promise<readonly KitTest[]> {
  const port = await freePort()
  const conducts = new Map<string, FlowConduct>()
  const flows = await serveFlows((agreementId) => conducts.get(agreementId) ?? 'at once')
  const kitUrl = `http://localhost:${port}`
  const prepared = await prepare(folder, flows, kitUrl, conducts)
  try {
    return await runKit('dsp', 'dsp', folder, { ...prepared.properties, 'dataspacetck.port': String(port) })
  } finally {
    await prepared.stop()
    await flows.close()
  }
}

async function prepare(
  folder: string,
  flows: CounterpartServer,
  kitUrl: string,
  conducts: Map<string, FlowConduct>,
): Promise<{ readonly properties: KitProperties; readonly stop: () => Promise<void> }> {
  // The triggers and the peer of the agreements get their addresses before the platform starts: it must know them.
  let started: { readonly participant: Organisation; readonly contracts: ReadonlyMap<string, string> } | undefined
  const triggers = await serveTriggers(() => started)
  const peer = await createAgreementPeer({ consumer: kit, provider: kit })
  const hosted = await hostPlatform(folder, [kitUrl, flows.url, peer.url], {
    controlPlane: { identity: kitIdentity },
  })
  const { participant, outbound } = hosted
  await publishDatasets(participant, [...catalogDatasets, ...providerDatasets()], flows)
  const agreements = await makeAgreements(peer.of(participant, outbound))
  for (const [test, { agreementId }] of agreements) {
    conducts.set(agreementId, transferScripts[test]?.start ?? 'at once')
  }
  started = {
    participant,
    contracts: new Map([...agreements.values()].map((one) => [one.agreementId, one.contractId])),
  }
  const offers = new Map<string, string>()
  for (const id of providerDatasets()) offers.set(id, String((await offerOf(participant, outbound, id, kit))['@id']))

  const scripts = new Map(Object.entries(negotiationScripts).map(([test, script]) => [datasetOf(test), script]))
  const transfersOf = new Map(
    [...agreements].map(([test, { agreementId }]) => [agreementId, transferScripts[test]?.steps ?? []]),
  )
  const negotiations = negotiationDesk(participant)
  const transfers = transferDesk(participant)
  const ends = [
    conduct(negotiations.watch, (key) => scripts.get(key), negotiations.command),
    conduct(transfers.watch, (key) => transfersOf.get(key), transfers.command),
  ]
  const stop = async (): Promise<void> => {
    for (const end of ends) await end()
    await triggers.close()
    await peer.close()
    await hosted.stop()
  }
  return { properties: propertiesOf(participant, kitUrl, triggers.url, offers, agreements), stop }
}

/** What the kit calls to have the participant begin something: a person's click, in the kit's own words. */
function serveTriggers(
  started: () => { readonly participant: Organisation; readonly contracts: ReadonlyMap<string, string> } | undefined,
): Promise<CounterpartServer> {
  return serveCounterpart(async ({ path, body }) => {
    const ready = started()
    if (!ready) return { status: 503 }
    const { participant, contracts } = ready
    const asked = body as Readonly<Record<string, string>>
    const at = { path: { participantContextId: participant.participantContextId } }
    const common = {
      '@context': [managementContext],
      counterPartyAddress: String(asked.connectorAddress),
      protocol: dataspaceProfile,
    }
    const { management } = participant.apis
    if (path === '/negotiations') {
      await management.call('POST /participants/{participantContextId}/contractnegotiations', {
        ...at,
        body: {
          ...common,
          '@type': 'ContractRequest',
          conduct: 'manual',
          policy: {
            '@type': 'Offer',
            '@id': String(asked.offerId),
            assigner: kitParticipant,
            target: String(asked.datasetId),
            permission: [{ action: 'use' }],
          },
        },
      })
      return { status: 200, body: {} }
    }
    await management.call('POST /participants/{participantContextId}/transferprocesses', {
      ...at,
      body: {
        ...common,
        '@type': 'TransferRequest',
        contractId: contracts.get(String(asked.agreementId)) ?? '',
        transferType: String(asked.format),
      },
    })
    return { status: 200, body: {} }
  })
}

/** One agreement a transfer test, so that a script is found by it. */
async function makeAgreements(maker: AgreementMaker): Promise<ReadonlyMap<string, PreparedAgreement>> {
  const made = new Map<string, PreparedAgreement>()
  for (const test of Object.keys(transferScripts)) {
    made.set(test, test.startsWith('TP_C') ? await maker.asConsumer() : await maker.asProvider(sharedAsset))
  }
  return made
}

/** `CN:01-02` has the data set `ACN0102`, `CN_C:01-02` has `ACNC0102`; the kit names the former in one test itself. */
function datasetOf(test: string): string {
  return `A${test.replace(/[_:-]/g, '')}`
}

function providerDatasets(): readonly string[] {
  return Object.keys(negotiationScripts)
    .filter((test) => test.startsWith('CN:'))
    .map(datasetOf)
}

function propertiesOf(
  participant: Organisation,
  kitUrl: string,
  triggersUrl: string,
  offers: ReadonlyMap<string, string>,
  agreements: ReadonlyMap<string, PreparedAgreement>,
): KitProperties {
  const properties: Record<string, string> = {
    'dataspacetck.debug': 'false',
    'dataspacetck.host': '127.0.0.1',
    'dataspacetck.callback.address': kitUrl,
    'dataspacetck.dsp.connector.agent.id': participant.did,
    'dataspacetck.dsp.connector.http.url': participant.dspAddress,
    'dataspacetck.dsp.connector.http.base.url': participant.dspAddress.replace(/\/[^/]+$/, ''),
    'dataspacetck.dsp.connector.http.headers.authorization': kitAuthorization,
    'dataspacetck.dsp.connector.negotiation.initiate.url': `${triggersUrl}/negotiations`,
    'dataspacetck.dsp.connector.transfer.initiate.url': `${triggersUrl}/transfers`,
    'dataspacetck.dsp.default.wait': '7',
    CAT_01_01_DATASETID: 'CAT0101',
    CAT_01_02_DATASETID: 'CAT0102',
    CAT_01_03_DATASETID: 'CAT0103',
  }
  for (const test of Object.keys(negotiationScripts)) {
    const dataset = datasetOf(test)
    properties[`${keyOf(test)}_DATASETID`] = dataset
    const offer = offers.get(dataset)
    if (offer !== undefined) properties[`${keyOf(test)}_OFFERID`] = offer
  }
  for (const [test, { agreementId }] of agreements) {
    properties[`${keyOf(test)}_AGREEMENTID`] = agreementId
    properties[`${keyOf(test)}_FORMAT`] = kitTransferType
  }
  return properties
}

function keyOf(test: string): string {
  return test.replace(/[:-]/g, '_')
}

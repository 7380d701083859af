import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { OutboundClient } from '@weft/foundation/http'
import { freePort } from '@weft/foundation/http-testing'
import { end } from '../../tools/suite/service-processes.ts'
import { until } from '../../tools/suite/until.ts'

/** The scopes of every message, on both sides the same: EDC wants exactly as many credentials as it asks for. */
export const edcScope = (type: string): string => `org.eclipse.edc.vc.type:${type}:read`

const startDeadlineMs = 300_000
const contextId = 'partner'
const pathId = Buffer.from(contextId).toString('base64')
const managementKey = 'of-this-run'

/** Where EDC's connector and hub will listen; known before they run, since Weft has to allow the origins. */
export type EdcPorts = Readonly<Record<(typeof portNames)[number], number>>

const portNames = [
  'connector',
  'control',
  'management',
  'protocol',
  'public',
  'hub',
  'credentials',
  'identity',
  'did',
  'sts',
] as const

export async function chooseEdcPorts(): Promise<EdcPorts> {
  const ports = new Map<string, number>()
  while (ports.size < portNames.length) {
    const port = await freePort()
    const name = portNames[ports.size]
    if (name !== undefined && ![...ports.values()].includes(port)) ports.set(name, port)
  }
  return Object.fromEntries(ports) as EdcPorts
}

export const at = (port: number): string => `http://localhost:${port}`

/** A participant that runs EDC: connector and hub in processes of their own, everything in memory. */
export interface EdcPartner {
  readonly did: string
  readonly dspAddress: string
  /** A call of the connector's management API. */
  manage(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown>
  /** A call of the hub's Identity API about the participant: `/credentials/request`. */
  identify(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown>
  /** A token of its token service for a receiver, which carries another token. */
  tokenFor(audience: string, token: string): Promise<string>
  stop(): Promise<void>
}

/** @throws Error when EDC cannot be resolved or does not start within five minutes */
export async function startEdc(
  folder: string,
  ports: EdcPorts,
  trustedIssuer: string,
  outbound: OutboundClient,
): Promise<EdcPartner> {
  const running: ChildProcess[] = []
  const stop = async (): Promise<void> => {
    for (const child of running) await end(child, 'SIGKILL')
  }
  const call = async (method: 'GET' | 'POST', url: string, key: string, body?: object): Promise<unknown> => {
    const request = { method, url, headers: { 'x-api-key': key }, timeoutMs: 60_000, purpose: 'conformance.edc' }
    const response = await outbound.send(body === undefined ? request : { ...request, body })
    if (response.status >= 300) throw new Error(`${method} ${url} was answered ${response.status}: ${response.text()}`)
    return response.text() === '' ? undefined : response.json()
  }
  const did = `did:web:localhost%3A${ports.did}:${contextId}`
  const identityApi = `${at(ports.identity)}/api/identity/v1alpha/participants`
  try {
    const hubLog = await start('hub', folder, hubProperties(ports), running)
    const administrator = /administrator: (\S+)/.exec(readFileSync(hubLog, 'utf8'))?.[1] ?? ''
    const account = (await call('POST', identityApi, administrator, manifest(did, ports))) as StsAccount
    await start('connector', folder, connectorProperties(did, ports, trustedIssuer, account), running)
    return {
      did,
      dspAddress: `${at(ports.protocol)}/api/dsp/2025-1`,
      manage: (method, path, body) =>
        call(method, `${at(ports.management)}/api/management/v4beta${path}`, managementKey, body),
      identify: (method, path, body) => call(method, `${identityApi}/${pathId}${path}`, administrator, body),
      tokenFor: async (audience, token) => {
        const body = new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: account.clientId,
          client_secret: account.clientSecret,
          audience,
          token,
        })
        const answer = await call('POST', stsUrl(ports), '', body)
        return (answer as { readonly access_token: string }).access_token
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

interface StsAccount {
  readonly clientId: string
  readonly clientSecret: string
}

/** Starts a runtime and waits until it says that it is ready. @returns its log */
async function start(
  kind: 'hub' | 'connector',
  folder: string,
  properties: Readonly<Record<string, string | number>>,
  running: ChildProcess[],
): Promise<string> {
  const config = join(folder, `${kind}.properties`)
  const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(config, lines.join(''), { mode: 0o600 })
  const log = join(folder, `${kind}.log`)
  const output = openSync(log, 'w')
  const child = spawn('bash', [join(import.meta.dirname, 'edc', 'start.sh'), kind, config, folder], {
    stdio: ['ignore', output, output],
  })
  closeSync(output)
  running.push(child)
  await until(`the ${kind} of EDC, whose log is ${log}`, startDeadlineMs, async () => {
    if (child.exitCode !== null) throw new Error(`EDC's ${kind} ended with ${child.exitCode}; its log is ${log}`)
    return /Runtime \S+ ready/.test(readFileSync(log, 'utf8'))
  })
  return log
}

function hubProperties(ports: EdcPorts): Readonly<Record<string, string | number>> {
  return {
    'web.http.port': ports.hub,
    'web.http.path': '/api',
    'web.http.credentials.port': ports.credentials,
    'web.http.credentials.path': '/api/credentials',
    'web.http.identity.port': ports.identity,
    'web.http.identity.path': '/api/identity',
    'web.http.sts.port': ports.sts,
    'web.http.sts.path': '/api/sts',
    'web.http.did.port': ports.did,
    'web.http.did.path': '/',
    'edc.iam.did.web.use.https': 'false',
    'edc.iam.accesstoken.jti.validation': 'true',
    'edc.hostname': 'localhost',
  }
}

function connectorProperties(
  did: string,
  ports: EdcPorts,
  trustedIssuer: string,
  account: StsAccount,
): Readonly<Record<string, string | number>> {
  return {
    'edc.participant.id': did,
    'edc.participant.context.id': contextId,
    'edc.iam.issuer.id': did,
    'edc.iam.did.web.use.https': 'false',
    'edc.iam.accesstoken.jti.validation': 'true',
    'edc.iam.credential.revocation.cache.validity': 1000,
    'edc.iam.trusted-issuer.weft.id': trustedIssuer,
    'edc.iam.trusted-issuer.weft.supportedtypes': '["*"]',
    'edc.iam.sts.oauth.token.url': stsUrl(ports),
    'edc.iam.sts.oauth.client.id': account.clientId,
    'interoperability.sts.client.secret': account.clientSecret,
    'interoperability.scopes': ['ParticipantCredential', 'MembershipCredential'].map(edcScope).join(' '),
    'interoperability.public.port': ports.public,
    'edc.hostname': 'localhost',
    'web.http.port': ports.connector,
    'web.http.path': '/api',
    'web.http.control.port': ports.control,
    'web.http.control.path': '/api/control',
    'web.http.management.port': ports.management,
    'web.http.management.path': '/api/management',
    'web.http.management.auth.type': 'tokenbased',
    'web.http.management.auth.key': managementKey,
    'web.http.protocol.port': ports.protocol,
    'web.http.protocol.path': '/api/dsp',
    'edc.dsp.callback.address': `${at(ports.protocol)}/api/dsp`,
    'edc.transfer.proxy.token.signer.privatekey.alias': 'private-key',
    'edc.transfer.proxy.token.verifier.publickey.alias': 'public-key',
    'edc.dpf.selector.url': `${at(ports.control)}/api/control/v1/dataplanes`,
  }
}

function stsUrl(ports: EdcPorts): string {
  return `${at(ports.sts)}/api/sts/token`
}

function manifest(did: string, ports: EdcPorts): object {
  return {
    participantContextId: contextId,
    did,
    active: true,
    roles: [],
    key: {
      keyId: `${did}#key-1`,
      privateKeyAlias: `${did}#key-1`,
      keyGeneratorParams: { algorithm: 'EC', curve: 'secp256r1' },
      usage: ['sign_token', 'sign_presentation'],
      active: true,
    },
    serviceEndpoints: [
      {
        id: 'credentials',
        type: 'CredentialService',
        serviceEndpoint: `${at(ports.credentials)}/api/credentials/v1/participants/${pathId}`,
      },
      {
        id: 'dsp',
        type: 'DataService',
        serviceEndpoint: `${at(ports.protocol)}/api/dsp/.well-known/dspace-version`,
      },
    ],
  }
}

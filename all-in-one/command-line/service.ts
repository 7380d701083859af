import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { openPostgresql } from '@weft/foundation/database'
import { WeftError } from '@weft/foundation/errors'
import { defaultFloodLimits } from '@weft/foundation/http'
import { createLocalVault, loadVaultKey } from '@weft/foundation/secrets'
import { loadSettings, secretText } from '@weft/foundation/settings'
import { type Static, Type } from 'typebox'
import { startAssembly } from '../assemblies/makers.ts'
import { type AssemblyName, assemblyNames, loopbackDeployment } from '../deployment.ts'
import { allInOneErrors } from '../errors.ts'
import { platformLogger } from '../platform-log.ts'
import { endSignal } from './end-signal.ts'
import { announceServing, isWorker, leave, runWorkers } from './workers.ts'

/** Settings of one assembly in a process of its own: `WEFT_DATABASE_URL` and so on. */
const serviceSettings = Type.Object({
  databaseUrl: secretText(),
  basePort: Type.Integer({
    minimum: 1,
    maximum: 65_000,
    default: 7100,
    description: "First of the deployment's ports.",
  }),
  vaultKeyFile: Type.Optional(
    Type.String({ description: 'Key of the vault; every assembly but the fabric manager needs one.' }),
  ),
  clientSecretsFile: Type.String({
    description: 'JSON object: client id of a workload of this process -> its secret.',
  }),
  processes: Type.Integer({
    minimum: 1,
    maximum: 64,
    default: 1,
    description: 'Processes that share the ports of this service, to use more than one core.',
  }),
  messagesPerSecond: Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: defaultFloodLimits.messages.perSecond,
    description: 'Messages of partners that one participant context gets by each protocol, and at once after a pause.',
  }),
  allowedOrigins: Type.Array(Type.String(), {
    default: [],
    description: 'Origins inside that data may be fetched from.',
  }),
  trust: Type.Object({
    relationships: Type.Union([Type.Literal('required'), Type.Literal('optional')], {
      default: 'required',
      description:
        'optional: keys of a partner’s DID document count although no verification relationship lists them (EDC’s stock hub lists none).',
    }),
  }),
})

/** `weft service NAME`: one assembly on PostgreSQL, until SIGINT or SIGTERM. */
export async function service(args: readonly string[]): Promise<number> {
  const { positionals } = parseArgs({ args: [...args], allowPositionals: true })
  const name = assemblyNamed(positionals[0])
  const settings = loadSettings(serviceSettings, { prefix: 'WEFT', environment: process.env })
  const secrets = readSecrets(settings.clientSecretsFile)
  const ended = endSignal()
  if (settings.processes > 1 && !isWorker()) return runWorkers(settings.processes, ended)
  const database = await openPostgresql({ url: settings.databaseUrl.reveal() })
  try {
    const assembly = await startAssembly(name, {
      deployment: loopbackDeployment(settings.basePort),
      database,
      vault: async () => createLocalVault({ database, key: await loadVaultKey(vaultKeyFile(settings)) }),
      logger: platformLogger('standard-output', ''),
      allowedOrigins: settings.allowedOrigins,
      trust: settings.trust,
      floodLimits: {
        ...defaultFloodLimits,
        messages: { perSecond: settings.messagesPerSecond, burst: settings.messagesPerSecond },
      },
      secretOf: (clientId) => secretOf(secrets, clientId),
    })
    announceServing()
    await ended
    await assembly.stop()
  } finally {
    await database.close()
    leave()
  }
  return 0
}

function assemblyNamed(text: string | undefined): AssemblyName {
  const name = assemblyNames.find((known) => known === text)
  if (name) return name
  throw new WeftError(allInOneErrors['unknown-service'], { message: `Name a service: ${assemblyNames.join(', ')}.` })
}

function vaultKeyFile({ vaultKeyFile }: Static<typeof serviceSettings>): string {
  if (vaultKeyFile !== undefined) return vaultKeyFile
  throw new WeftError(allInOneErrors['setting-missing'], {
    message: 'Set WEFT_VAULT_KEY_FILE: this service keeps secrets.',
  })
}

function readSecrets(file: string): ReadonlyMap<string, string> {
  const content = readJson(file)
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new WeftError(allInOneErrors['setting-missing'], {
      message: `WEFT_CLIENT_SECRETS_FILE names ${file}, which is not a JSON object of client secrets.`,
    })
  }
  return new Map(Object.entries(content).map(([clientId, secret]) => [clientId, String(secret)]))
}

/** The file's content; undefined when there is none that can be read as JSON. A parser's message may quote a secret. */
function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown
  } catch {
    return undefined
  }
}

function secretOf(secrets: ReadonlyMap<string, string>, clientId: string): string {
  const secret = secrets.get(clientId)
  if (secret !== undefined) return secret
  throw new WeftError(allInOneErrors['setting-missing'], {
    message: `WEFT_CLIENT_SECRETS_FILE has no secret of ${clientId}.`,
  })
}

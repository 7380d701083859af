import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type AssemblyName, loopbackDeployment, operators, serviceUrl, workloads } from '@weft/all-in-one'
import pg from 'pg'

/** The clients of our own that each process needs the secret of; the identity provider knows all. */
const clientsOf: Readonly<Record<AssemblyName, readonly string[]>> = {
  runtime: [workloads.controlPlane, workloads.dataPlane].map(({ clientId }) => clientId),
  governance: [],
  fabric: [
    workloads.accessAgent,
    workloads.controlPlaneAgent,
    workloads.identityHubAgent,
    workloads.issuerRegistrationAgent,
    workloads.credentialOnboardingAgent,
    workloads.dataPlaneAgent,
  ].map(({ clientId }) => clientId),
  'identity-provider': [...Object.values(workloads), ...Object.values(operators)].map(({ clientId }) => clientId),
}

/** A deployment in processes of its own on PostgreSQL. */
export interface Processes {
  /** Starts one and waits until it is ready. */
  start(
    name: AssemblyName,
    options?: { readonly allowedOrigins?: readonly string[]; readonly processes?: number },
  ): Promise<ChildProcess>
  secretOf(clientId: string): string
  /** Ends what still runs, and drops the databases. */
  stop(): Promise<void>
}

const readyDeadlineMs = 60_000

/** @param serverUrl a login that may create databases and roles */
export function processesOn(serverUrl: string, folder: string, basePort: number): Processes {
  const secrets = new Map<string, string>()
  const running: ChildProcess[] = []
  const databases: string[] = []
  const secretOf = (clientId: string) => {
    const secret = secrets.get(clientId) ?? randomBytes(32).toString('base64url')
    secrets.set(clientId, secret)
    return secret
  }
  return {
    secretOf,
    start: async (name, { allowedOrigins = [], processes = 1 } = {}) => {
      const database = `weft_${name.replaceAll('-', '_')}_${randomBytes(4).toString('hex')}`
      await onServer(serverUrl, `create database ${database}`)
      databases.push(database)
      const child = spawn(process.execPath, ['all-in-one/weft.mjs', 'service', name], {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: {
          ...process.env,
          WEFT_DATABASE_URL: Object.assign(new URL(serverUrl), { pathname: `/${database}` }).href,
          WEFT_BASE_PORT: String(basePort),
          WEFT_CLIENT_SECRETS_FILE: secretsFile(folder, name, secretOf),
          WEFT_ALLOWED_ORIGINS: allowedOrigins.join(','),
          WEFT_PROCESSES: String(processes),
          ...(name === 'fabric' ? {} : { WEFT_VAULT_KEY_FILE: join(folder, `${name}.key`) }),
        },
      })
      running.push(child)
      await ready(child, `${serviceUrl(loopbackDeployment(basePort), name, 'observability')}/ready`)
      return child
    },
    stop: async () => {
      await Promise.all(running.map((child) => end(child, 'SIGKILL')))
      for (const database of databases) await onServer(serverUrl, `drop database ${database} with (force)`)
    },
  }
}

function secretsFile(folder: string, name: AssemblyName, secretOf: (clientId: string) => string): string {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${name}.secrets.json`)
  writeFileSync(file, JSON.stringify(Object.fromEntries(clientsOf[name].map((id) => [id, secretOf(id)]))), {
    mode: 0o600,
  })
  return file
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

async function ready(child: ChildProcess, url: string): Promise<void> {
  const deadline = Date.now() + readyDeadlineMs
  for (;;) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode} before ${url} answered`)
    const answered = await fetch(url).then(
      (response) => response.ok,
      () => false,
    )
    if (answered) return
    if (Date.now() > deadline) throw new Error(`${url} did not become ready`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Ends a process and waits for it. @returns its exit code; null when a signal ended it */
export function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode)
  const gone = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  child.kill(signal)
  return gone
}

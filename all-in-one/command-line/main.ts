import { WeftError } from '@weft/foundation/errors'

/** The commands of `weft`, each loaded when it is asked for. */
const commands: Readonly<Record<string, { readonly about: string; readonly load: () => Promise<Command> }>> = {
  start: {
    about: 'start everything in one process, with the state in ./data; the first time the demo runs too',
    load: async () => (await import('./start.ts')).start,
  },
  demo: {
    about: 'run the demo on temporary state: --file PATH, --json, --keep',
    load: async () => (await import('./demo.ts')).demo,
  },
  service: {
    about: 'start one assembly on PostgreSQL: runtime, governance, fabric or identity-provider',
    load: async () => (await import('./service.ts')).service,
  },
  token: {
    about: 'print an access token of the admin or the provisioner of the platform that "start" runs here',
    load: async () => (await import('./token.ts')).token,
  },
}

/** Runs until done and gives the exit code. */
type Command = (args: readonly string[]) => Promise<number>

/** Runs a command line. Refusals are sentences, not stack traces. @returns the exit code */
export async function main(args: readonly string[]): Promise<number> {
  const [name = 'help', ...rest] = args
  const command = commands[name]
  if (!command) {
    console.log('Usage: weft COMMAND\n')
    for (const [command, { about }] of Object.entries(commands)) console.log(`  ${command.padEnd(9)} ${about}`)
    return name === 'help' || name === '--help' ? 0 : 2
  }
  try {
    return await (await command.load())(rest)
  } catch (error) {
    if (!(error instanceof WeftError) && !isUsageError(error)) throw error
    console.error(error.message)
    return 1
  }
}

/** `parseArgs` says what is wrong with an option in a sentence of its own. */
function isUsageError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
}

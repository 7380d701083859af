import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AssemblyName, freeBasePort, startAllInOne } from '@weft/all-in-one'
import { registeredErrors } from '@weft/foundation/errors'
import { listenersKey, openApiDocument } from '@weft/foundation/http'
import { errorsPage } from './errors-page.ts'
import { type OpenApiDocument, operationsSource } from './openapi/operations.ts'
import { rulesPage, rulesWithoutTest } from './rules/rules-page.ts'
import { sourceFiles } from './source-files.ts'

/**
 * `npm run generate`: writes what follows from the code: OpenAPI documents, the SDK's operation types, the pages
 * of errors and of rules.
 * With `--check` it writes nothing and fails when a committed file differs.
 */
const apis: readonly { readonly assembly: AssemblyName; readonly api: string; readonly type: string }[] = [
  { assembly: 'runtime', api: 'management', type: 'ManagementApi' },
  { assembly: 'runtime', api: 'identity', type: 'IdentityApi' },
  { assembly: 'runtime', api: 'data-plane', type: 'DataPlaneApi' },
  { assembly: 'runtime', api: 'vault', type: 'VaultApi' },
  { assembly: 'governance', api: 'issuer-admin', type: 'IssuerAdminApi' },
  { assembly: 'fabric', api: 'tenant-manager', type: 'TenantManagerApi' },
  { assembly: 'fabric', api: 'provision-manager', type: 'ProvisionManagerApi' },
  { assembly: 'identity-provider', api: 'identity-provider', type: 'IdentityProviderApi' },
]

const sources = sourceFiles()

async function generated(): Promise<Map<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-generate-'))
  const platform = await startAllInOne({
    state: join(folder, 'state'),
    basePort: await freeBasePort(),
    defaultBasePort: 0,
    log: 'nowhere',
  })
  try {
    const files = new Map<string, string>()
    for (const { assembly, api, type } of apis) {
      const document = await openApiDocument(platform.assembly(assembly).service(listenersKey), api)
      files.set(`docs/reference/openapi/${api}.json`, `${JSON.stringify(document, null, 2)}\n`)
      files.set(`sdk/generated/${api}.ts`, operationsSource(type, document as OpenApiDocument))
    }
    files.set('docs/reference/errors.md', errorsPage(registeredErrors()))
    files.set('docs/reference/conformance.md', rulesPage(sources))
    return files
  } finally {
    await platform.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

const files = await generated()
const different = [...files].filter(([file, text]) => textOf(file) !== text)
if (process.argv.includes('--check')) {
  for (const [file] of different) console.error(`${file} is not what the code says: run "npm run generate" and commit.`)
  const untested = rulesWithoutTest(sources)
  if (untested.length > 0) console.error(`No test cites ${untested.join(', ')}.`)
  if (different.length > 0 || untested.length > 0) process.exitCode = 1
} else {
  for (const folder of ['docs/reference/openapi', 'sdk/generated']) mkdirSync(folder, { recursive: true })
  for (const [file, text] of different) {
    writeFileSync(file, text)
    console.log(file)
  }
}

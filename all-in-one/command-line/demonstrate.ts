import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createOutboundClient } from '@weft/foundation/http'
import { createLogger } from '@weft/foundation/telemetry'
import { type Audience, type DemoResult, type FileSource, originsOf, type Platform, runDemo } from '@weft/sdk/demo'

export interface Showing {
  readonly platform: Platform
  readonly stopFabricManager: () => Promise<void>
  readonly source: FileSource
  /** Folder that the consumer's copy goes to. */
  readonly folder: string
  readonly run: string
  readonly audience: Audience
  readonly patienceMs?: number
}

/** Runs the demo against a platform as a client from outside: with an outbound client and log of its own. */
export async function demonstrate(showing: Showing): Promise<DemoResult & { readonly file: string }> {
  const { platform, source } = showing
  const outbound = createOutboundClient({
    allowedOrigins: originsOf(platform),
    logger: createLogger({ component: 'demo', level: 'silent' }),
  })
  mkdirSync(showing.folder, { recursive: true })
  const file = join(showing.folder, source.name)
  try {
    return { ...(await runDemo({ ...showing, target: file, outbound })), file }
  } finally {
    await outbound.close()
  }
}

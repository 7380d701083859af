import { createWorkloadTokens } from '@weft/foundation/access'
import type { ServiceModule } from '@weft/foundation/assembly'
import { internalCalls, type OutboundClient, outboundKey } from '@weft/foundation/http'
import { type Consumer, messagingKey } from '@weft/foundation/messaging'
import { loggerKey } from '@weft/foundation/telemetry'
import { type Agent, defaultPatience, type Patience, runAgent } from './agent.ts'
import type { WorkloadClient } from './workload-client.ts'

/** What an agent calls its system with. */
export interface ApiAccess {
  readonly outbound: OutboundClient
  readonly token: () => Promise<string>
}

export interface AgentModuleOptions {
  readonly name: string
  readonly workload: WorkloadClient
  readonly makeAgent: (access: ApiAccess) => Agent
  readonly patience?: Patience
  readonly clock?: () => number
}

/** An agent as a part of a process: its own workload client, its own consumer, nothing stored. */
export function agentModule(options: AgentModuleOptions): ServiceModule {
  let run: (() => Promise<Consumer>) | undefined
  let consumer: Consumer | undefined
  return {
    name: options.name,
    requires: [messagingKey, outboundKey, loggerKey],
    prepare: (context) => {
      const outbound = context.require(outboundKey)
      const { tokenUrl, clientId, clientSecret } = options.workload
      const tokens = createWorkloadTokens({
        tokenUrl,
        clientId,
        clientSecret: clientSecret.reveal(),
        outbound: internalCalls(outbound),
      })
      const agent = options.makeAgent({ outbound, token: () => tokens.token() })
      const surroundings = {
        messaging: context.require(messagingKey),
        logger: context.require(loggerKey).child({ component: options.name }),
        clock: options.clock ?? Date.now,
        patience: options.patience ?? defaultPatience,
      }
      run = () => runAgent(surroundings, agent)
    },
    start: async () => {
      consumer = await run?.()
    },
    finalize: () => consumer?.stop(),
  }
}

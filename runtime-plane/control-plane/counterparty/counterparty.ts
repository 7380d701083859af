import { registeredErrors, toWeftError, WeftError } from '@weft/foundation/errors'
import type { OutboundClient } from '@weft/foundation/http'
import {
  type CatalogPage,
  type CatalogRequestMessage,
  type ContractNegotiation,
  type Dataset,
  type DspCall,
  dspRefusalOf,
  type NegotiationMessage,
  readNegotiation,
  requestCatalog,
  requestDataset,
  sendNegotiationMessage,
  sendTransferMessage,
  type TransferMessage,
  type TransferProcess,
} from '@weft/protocols/dsp'
import type { PolicyRules } from '@weft/protocols/policy'
import { scopesOfMessage } from '../domain/dataspace-profile.ts'
import { counterpartyErrors } from '../errors.ts'
import type { Addressed } from '../store/addressed.ts'
import type { CounterpartyIdentity } from '../trust/counterparty-identity.ts'
import { bindingOfProfile } from './profile-binding.ts'

/** Which of our participants calls whom, about what. */
export interface Call {
  /** Our participant under the profile that the message belongs to. */
  readonly from: Addressed
  /** Participant id of the receiver: the audience of our token. It is known beforehand, never taken from an answer. */
  readonly to: string
  /** DSP base or callback address of the receiver. */
  readonly address: string
  /** The policies at hand: the access token lets the receiver read the credentials that they ask for. */
  readonly policies: readonly PolicyRules[] | 'all'
  readonly additionalScopes?: readonly string[]
}

type Identified<M> = M & { readonly messageId: string }

/**
 * Calls counterparties by DSP, each call with a fresh proof of who we are (DCP-10). What a retry cannot cure is thrown as
 * an error that says so; `dspRefusalOf` reads what the counterparty said.
 */
export interface Counterparty {
  requestCatalog(call: Call, request: CatalogRequestMessage): Promise<CatalogPage>
  requestDataset(call: Call, datasetId: string): Promise<Dataset>
  sendNegotiation(
    call: Call,
    sender: 'consumer' | 'provider',
    message: Identified<NegotiationMessage>,
  ): Promise<ContractNegotiation | undefined>
  /** The state of a negotiation as the counterparty has it. */
  readNegotiation(call: Call, pid: string): Promise<ContractNegotiation>
  sendTransfer(
    call: Call,
    sender: 'consumer' | 'provider',
    message: Identified<TransferMessage>,
  ): Promise<TransferProcess | undefined>
}

/** @param outbound the guarded way out: addresses inside are refused by it (DSP-49) */
export function createCounterparty(options: {
  readonly outbound: Pick<OutboundClient, 'send'>
  readonly identity: CounterpartyIdentity
}): Counterparty {
  const dsp = async (call: Call): Promise<DspCall> => {
    const scopes = [...scopesOfMessage(call.from.scopes, call.policies), ...(call.additionalScopes ?? [])]
    const authorization = await options.identity.authorizationFor({
      sender: call.from.context.identity,
      receiver: call.to,
      scopes: [...new Set(scopes)],
    })
    const binding = bindingOfProfile(call.from.profile)
    return { outbound: options.outbound, address: call.address, authorization, binding }
  }
  return {
    requestCatalog: async (call, request) => requestCatalog(await dsp(call), request),
    requestDataset: async (call, datasetId) => requestDataset(await dsp(call), datasetId),
    sendNegotiation: async (call, sender, message) =>
      passingRefusals(sendNegotiationMessage(await dsp(call), sender, message)),
    readNegotiation: async (call, pid) => readNegotiation(await dsp(call), pid),
    sendTransfer: async (call, sender, message) =>
      passingRefusals(sendTransferMessage(await dsp(call), sender, message)),
  }
}

/**
 * A counterparty that could not authenticate us because something of ours or the issuer's was not reachable at that
 * moment answers 401 with a code that says so; another try may succeed.
 */
async function passingRefusals<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (thrown) {
    const error = toWeftError(thrown)
    const said = dspRefusalOf(error)
    if (said?.code === undefined || !passingCodes().has(said.code)) throw error
    throw new WeftError(counterpartyErrors['could-not-authenticate'], {
      message: error.message,
      detail: error.detail,
      cause: error,
    })
  }
}

let codes: ReadonlySet<string> | undefined

function passingCodes(): ReadonlySet<string> {
  codes ??= new Set(registeredErrors().flatMap((entry) => (entry.retryable ? [entry.code] : [])))
  return codes
}

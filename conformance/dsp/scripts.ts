/**
 * What each test of the kit expects of the software under test without saying so on the wire. A script is played in its
 * order: a step waits until the process is in `in`, then for `afterMs`, then sends the command of the management API. The
 * delay is for the kit, which registers the handler for our next message only after it has seen our answer.
 */
export interface ScriptStep<Command> {
  readonly in: string
  readonly command: Command
  readonly afterMs: number
}

export type NegotiationCommand = 'offer' | 'agree' | 'finalize' | 'request' | 'accept' | 'verify' | 'terminate'

export type TransferCommand = 'suspend' | 'resume' | 'complete' | 'terminate'

/** What a data plane does when it is told to start or prepare. */
export type FlowConduct = 'at once' | 'never ready'

export interface TransferScript {
  readonly start: FlowConduct
  readonly steps: readonly ScriptStep<TransferCommand>[]
}

const soon = 300
const later = 600

function when<Command>(state: string, command: Command, afterMs = soon): ScriptStep<Command> {
  return { in: state, command, afterMs }
}

const offer = when('REQUESTED', 'offer' as const)
const agree = when('REQUESTED', 'agree' as const)
const agreeAccepted = when('ACCEPTED', 'agree' as const)
const finalize = when('VERIFIED', 'finalize' as const)
const accept = when('OFFERED', 'accept' as const)
const verify = when('AGREED', 'verify' as const)

/** By test; `CN` has us as provider, `CN_C` as consumer. */
export const negotiationScripts: Readonly<Record<string, readonly ScriptStep<NegotiationCommand>[]>> = {
  'CN:01-01': [offer],
  'CN:01-02': [offer, when('REQUESTED', 'terminate')],
  'CN:01-03': [offer, agreeAccepted, finalize],
  'CN:01-04': [agree, finalize],
  'CN:02-01': [when('REQUESTED', 'terminate', later)],
  'CN:02-02': [],
  'CN:02-03': [agree],
  'CN:02-04': [offer],
  'CN:02-05': [offer, when('OFFERED', 'terminate', later)],
  'CN:02-06': [offer, when('ACCEPTED', 'terminate', later)],
  'CN:02-07': [agree, when('VERIFIED', 'terminate', later)],
  'CN:03-01': [agree, finalize],
  'CN:03-02': [offer],
  'CN:03-03': [offer],
  'CN:03-04': [offer],
  'CN_C:01-01': [accept, verify],
  'CN_C:01-02': [when('OFFERED', 'request')],
  'CN_C:01-03': [when('OFFERED', 'terminate')],
  'CN_C:01-04': [verify],
  'CN_C:02-01': [],
  'CN_C:02-02': [when('REQUESTED', 'terminate', later)],
  'CN_C:02-03': [when('AGREED', 'terminate')],
  'CN_C:02-04': [],
  'CN_C:02-05': [accept],
  'CN_C:02-06': [verify],
  'CN_C:03-01': [],
  'CN_C:03-02': [],
  'CN_C:03-03': [],
  'CN_C:03-04': [accept],
  'CN_C:03-05': [accept],
  'CN_C:03-06': [accept],
}

const started = (...steps: readonly ScriptStep<TransferCommand>[]): TransferScript => ({ start: 'at once', steps })
const requested = (...steps: readonly ScriptStep<TransferCommand>[]): TransferScript => ({
  start: 'never ready',
  steps,
})
const suspend = when('STARTED', 'suspend' as const)

/** By test; `TP` has us as provider, `TP_C` as consumer. */
export const transferScripts: Readonly<Record<string, TransferScript>> = {
  'TP:01-01': started(when('STARTED', 'terminate')),
  'TP:01-02': started(when('STARTED', 'complete')),
  'TP:01-03': started(suspend, when('SUSPENDED', 'terminate')),
  'TP:01-04': started(suspend, when('SUSPENDED', 'resume'), when('STARTED', 'complete')),
  'TP:01-05': requested(when('STARTUP_REQUESTED', 'terminate', later)),
  'TP:02-01': started(),
  'TP:02-02': started(),
  'TP:02-03': started(),
  'TP:02-05': requested(),
  'TP:03-01': requested(),
  'TP:03-02': requested(),
  'TP:03-03': started(),
  'TP:03-04': started(),
  'TP:03-05': started(),
  'TP:03-06': started(),
  'TP_C:01-01': started(),
  'TP_C:01-02': started(),
  'TP_C:01-03': started(),
  'TP_C:01-04': started(),
  'TP_C:01-05': started(),
  'TP_C:02-01': started(when('STARTED', 'terminate')),
  'TP_C:02-02': started(when('STARTED', 'complete')),
  'TP_C:02-03': started(suspend, when('SUSPENDED', 'terminate')),
  'TP_C:02-05': started(when('REQUESTED', 'terminate', later)),
  'TP_C:03-01': started(),
  'TP_C:03-02': started(),
  'TP_C:03-03': started(),
  'TP_C:03-04': started(),
  'TP_C:03-05': started(),
  'TP_C:03-06': started(),
}

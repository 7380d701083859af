import { errorCatalogue } from '@weft/foundation/errors'

/** Why an activity can fail besides a refusal of the system that it configures, which keeps its own code. */
export const agentErrors = errorCatalogue('agents', {
  'missing-input': {
    status: 500,
    side: 'ours',
    title: 'An activity lacks an input that an earlier one should have provided.',
    remedy: 'Check the dependencies in the orchestration definition.',
  },
  'unsupported-orchestration': {
    status: 501,
    side: 'ours',
    title: 'The agent does not do activities of this kind of orchestration.',
    remedy: 'Use the agent in orchestration definitions of the type that it supports.',
  },
  refused: {
    status: 502,
    side: 'ours',
    title: 'The system that the activity configures refused it without a code.',
    remedy: 'Read the message; it holds the status and the text of the answer.',
  },
  'issuance-failed': {
    status: 502,
    side: 'counterparty',
    title: 'The issuer did not issue the credentials.',
    remedy: 'Read the message; correct the holder or the credential definitions at the issuer.',
  },
  'not-finished': {
    status: 504,
    side: 'ours',
    title: 'What the activity waits for did not happen within its time.',
    remedy: 'Check the system that the message names.',
  },
})

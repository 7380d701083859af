import { errorCatalogue } from '../errors/index.ts'

/** What can go wrong with our own listeners. */
export const httpErrors = errorCatalogue('http', {
  'port-in-use': {
    status: 500,
    side: 'ours',
    title: 'A port that this process listens on is in use.',
    remedy: 'Stop the process that holds the port, or choose another port in the settings.',
  },
  'port-refused': {
    status: 500,
    side: 'ours',
    title: 'A port could not be opened.',
    remedy: 'Check the host and port in the settings and the rights of this process.',
  },
  busy: {
    status: 503,
    side: 'ours',
    title: 'Too many requests are being answered at the moment.',
    remedy: 'Try again after the time that Retry-After names.',
    retryable: true,
  },
  'too-many-requests': {
    status: 429,
    side: 'caller',
    title: 'There are more requests than one participant or one address gets.',
    remedy: 'Send fewer at a time, and try again after the time that Retry-After names.',
    retryable: true,
  },
  stopping: {
    status: 503,
    side: 'ours',
    title: 'This process is stopping.',
    remedy: 'Try again after the time that Retry-After names.',
    retryable: true,
  },
})

/** What can go wrong with a call that leaves. */
export const outboundErrors = errorCatalogue('outbound', {
  'address-refused': {
    status: 400,
    side: 'caller',
    title: 'The address is not one that this platform calls.',
    remedy:
      'Use an https address that is reachable on the public network, or have the operator allow the exact origin.',
  },
  timeout: {
    status: 504,
    side: 'network',
    title: 'The other side did not answer in time.',
    remedy: 'Try again later; check that the other side is up if it stays.',
    retryable: true,
  },
  'too-large': {
    status: 502,
    side: 'counterparty',
    title: 'The answer of the other side is larger than allowed.',
    remedy: 'Ask the other side to answer in smaller pages.',
  },
  unreachable: {
    status: 502,
    side: 'network',
    title: 'The other side cannot be reached.',
    remedy: 'Try again later; check the address and that the other side is up if it stays.',
    retryable: true,
  },
  'encoding-refused': {
    status: 502,
    side: 'counterparty',
    title: 'The other side compressed its answer although it was asked not to.',
    remedy: 'Ask the other side to honour Accept-Encoding: identity.',
  },
  'invalid-json': {
    status: 502,
    side: 'counterparty',
    title: 'The answer of the other side is not well-formed JSON.',
    remedy: 'Report it to the other side.',
  },
  'reader-failed': {
    status: 400,
    side: 'caller',
    title: 'Whoever received the streamed answer went away or failed.',
    remedy: 'Ask for the stream again.',
  },
  overloaded: {
    status: 503,
    side: 'ours',
    title: 'Too many calls to this origin are waiting.',
    remedy: 'Try again later.',
    retryable: true,
  },
})

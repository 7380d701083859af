import { errorCatalogue } from '../errors/index.ts'

/** What can go wrong with messages. */
export const messagingErrors = errorCatalogue('messaging', {
  'subject-taken': {
    status: 409,
    side: 'ours',
    title: 'The subject has another durable consumer already: a work queue gives each message to one.',
    remedy: 'Use the durable name that exists, or remove the other consumer first.',
  },
})

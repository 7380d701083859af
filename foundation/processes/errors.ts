import { errorCatalogue } from '../errors/index.ts'

/** What can go wrong with tasks. */
export const processErrors = errorCatalogue('processes', {
  'lease-lost': {
    status: 409,
    side: 'ours',
    title: 'The task belongs to another replica now, or was done already.',
    remedy: 'Nothing: the transaction was rolled back and the other replica goes on.',
  },
  'row-changed': {
    status: 409,
    side: 'ours',
    title: 'Somebody has changed the process since it was read.',
    remedy: 'Read it again and decide anew; nothing was written.',
    retryable: true,
  },
  'handler-timeout': {
    status: 504,
    side: 'ours',
    title: 'A task did not end in time.',
    remedy: 'See the log for what it waited for; it is tried again.',
    retryable: true,
  },
  'handler-crashed': {
    status: 500,
    side: 'ours',
    title: 'The process ended again and again while it ran this task.',
    remedy: 'Find out from the log what the task does to the process, then resume it.',
  },
})

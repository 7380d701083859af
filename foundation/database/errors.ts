import { errorCatalogue } from '../errors/index.ts'

/** What can go wrong with the database. */
export const databaseErrors = errorCatalogue('database', {
  duplicate: {
    status: 409,
    side: 'caller',
    title: 'Something with this key exists already.',
    remedy: 'Read what is there, then decide; or choose another id.',
  },
  unstorable: {
    status: 400,
    side: 'caller',
    title: 'A value cannot be stored: characters, notation, range or length of it.',
    remedy: 'Leave null characters out, send well-formed UTF-8, and keep ids and numbers in their usual bounds.',
  },
  busy: {
    status: 503,
    side: 'ours',
    title: 'The change collided with another one, or took too long.',
    remedy: 'Try again.',
    retryable: true,
  },
  unavailable: {
    status: 503,
    side: 'ours',
    title: 'The database cannot be reached.',
    remedy: 'Try again; the operator checks that the database is up and that its URL is right.',
    retryable: true,
  },
  held: {
    status: 503,
    side: 'ours',
    title: 'Another process has the state folder open.',
    remedy: 'Stop the process that the message names, or choose another folder.',
  },
  'migration-changed': {
    status: 500,
    side: 'ours',
    title: 'A migration that has been applied was changed afterwards.',
    remedy: 'Restore its text and put the change into a new migration.',
  },
})

import { errorCatalogue } from '../errors/index.ts'

/** What can be wrong with a process's configuration. */
export const settingsErrors = errorCatalogue('settings', {
  'file-unreadable': {
    status: 500,
    side: 'ours',
    title: 'The settings file cannot be read.',
    remedy: 'Check the path of the file, its rights, and that it is one JSON object.',
  },
  'unknown-key': {
    status: 500,
    side: 'ours',
    title: 'The settings file has a key that means nothing.',
    remedy: 'Correct or remove the key that the message names.',
  },
  'invalid-value': {
    status: 500,
    side: 'ours',
    title: 'A setting is missing or has a value that is not allowed.',
    remedy: 'Correct the variable or key that the message names.',
  },
})

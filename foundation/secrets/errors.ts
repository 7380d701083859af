import { errorCatalogue } from '../errors/index.ts'

/** What can go wrong with secrets. */
export const secretErrors = errorCatalogue('secrets', {
  'partition-closed': {
    status: 409,
    side: 'caller',
    title: 'This participant context has no active vault client, so it can keep no secrets.',
    remedy: 'Create a vault client for the participant context first.',
  },
  'client-conflict': {
    status: 409,
    side: 'caller',
    title: 'The vault client id or the participant context is taken by another pair.',
    remedy: 'Use the pair that exists, or delete the other vault client first.',
  },
  'key-unusable': {
    status: 500,
    side: 'ours',
    title: 'The vault key file cannot be used.',
    remedy: 'Give the file 32 bytes and the mode 0600, outside the state folder.',
  },
  unreadable: {
    status: 500,
    side: 'ours',
    title: 'A stored secret cannot be decrypted.',
    remedy: 'Start with the vault key under which the secrets were stored.',
  },
})

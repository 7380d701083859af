import { errorCatalogue } from '@weft/foundation/errors'

export const allInOneErrors = errorCatalogue('all-in-one', {
  'other-address': {
    status: 409,
    side: 'caller',
    title: 'The state was made for other addresses.',
    remedy: 'Start it on the ports it was made for, or use another state folder.',
  },
  'record-unreadable': {
    status: 500,
    side: 'ours',
    title: 'deployment.json in the state folder cannot be read.',
    remedy: 'Restore the file: {"basePort": 7100} with the first port that the state was made for.',
  },
  'no-state': {
    status: 404,
    side: 'caller',
    title: 'There is no platform state here.',
    remedy: 'Run "npm start" first, or name the folder with --state.',
  },
  'setting-missing': {
    status: 400,
    side: 'caller',
    title: 'A setting that this service needs is missing.',
    remedy: 'Set the environment variable that the message names.',
  },
  'unknown-service': {
    status: 400,
    side: 'caller',
    title: 'There is no service of that name.',
    remedy: 'Use runtime, governance, fabric or identity-provider.',
  },
})

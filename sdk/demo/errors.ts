import { errorCatalogue } from '@weft/foundation/errors'

export const demoErrors = errorCatalogue('demo', {
  'took-too-long': {
    status: 504,
    side: 'ours',
    title: 'Something did not happen within its deadline.',
    remedy: 'Look into the log of the platform for the first error.',
  },
  'went-wrong': {
    status: 500,
    side: 'ours',
    title: 'A step ended otherwise than it should.',
    remedy: 'Read the reason; the ids in it can be looked up through the administration APIs.',
  },
  'digest-differs': {
    status: 500,
    side: 'ours',
    title: 'What arrived is not what was published.',
    remedy: 'Compare the two files; nothing should ever change a byte.',
  },
})

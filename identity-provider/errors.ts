import { errorCatalogue } from '@weft/foundation/errors'

/** What can go wrong with the clients of the identity provider. */
export const identityProviderErrors = errorCatalogue('identity-provider', {
  'client-exists': {
    status: 409,
    side: 'caller',
    title: 'A client with this id exists with another role, context or other scopes.',
    remedy: 'Read the client; delete it first if it shall be another.',
  },
  'client-of-settings': {
    status: 409,
    side: 'caller',
    title: 'This client comes from the settings of the identity provider.',
    remedy: 'Change it in the settings and restart the identity provider.',
  },
  'client-unknown': {
    status: 404,
    side: 'caller',
    title: 'There is no such client, or it is not yours to manage.',
    remedy: 'Check the client id.',
  },
  'client-id-is-context': {
    status: 400,
    side: 'caller',
    title: 'A client id and a participant context id are the same.',
    remedy: 'Choose a client id of its own, so that neither can be taken for the other.',
  },
})

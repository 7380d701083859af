import { errorCatalogue } from '@weft/foundation/errors'

/** What can go wrong between a control plane and a data plane. */
export const dpsErrors = errorCatalogue('dps', {
  'malformed-message': {
    status: 400,
    side: 'caller',
    title: 'The signaling message is not valid under its schema.',
    remedy: 'Correct the member that the answer names.',
  },
  'invalid-transition': {
    status: 400,
    side: 'caller',
    title: 'The data flow is in a state that does not take this signal.',
    remedy: 'Read the status of the data flow and send a signal that it takes.',
  },
  'unknown-flow': {
    status: 404,
    side: 'caller',
    title: 'There is no such data flow, or it is not yours.',
    remedy: 'Use the id that the answer to prepare or start gave.',
  },
  'unknown-transfer': {
    status: 404,
    side: 'caller',
    title: 'There is no such transfer process, or it is not assigned to this data plane.',
    remedy: 'Use the process id of the message that opened the data flow.',
  },
  'flow-exists': {
    status: 409,
    side: 'caller',
    title: 'There is a data flow for this process already.',
    remedy: 'Use the existing data flow, or another process id.',
  },
  'unsupported-profile': {
    status: 400,
    side: 'caller',
    title: 'The transfer profile is not supported here.',
    remedy: 'Use a profile that the data plane is registered with.',
  },
  'data-address-forbidden': {
    status: 400,
    side: 'caller',
    title: 'The message has a data address where the direction of the transfer allows none.',
    remedy: 'Leave the data address out: at start for pull, in the started notification for push.',
  },
  'data-address-missing': {
    status: 400,
    side: 'caller',
    title: 'The message has no data address where the direction of the transfer needs one.',
    remedy: 'Send the data address: at start for push, in the started notification for pull.',
  },
  'invalid-data-address': {
    status: 400,
    side: 'caller',
    title: 'The data address is not valid under the transfer profile.',
    remedy: 'Correct the property that the answer names.',
  },
  'plane-token-invalid': {
    status: 401,
    side: 'caller',
    title: 'The token is not one of the plane that is registered here.',
    remedy: 'Sign with a registered key, name this plane as audience, and use each token once before it expires.',
  },
  'renewal-refused': {
    status: 502,
    side: 'counterparty',
    title: 'The provider did not renew the access token.',
    remedy: 'Suspend and resume the transfer to get a new data address, or start a new transfer.',
  },
  'unknown-authorization-type': {
    status: 400,
    side: 'caller',
    title: 'The registration names a type of authorization that is not supported.',
    remedy: 'Use oauth2_client_credentials or oauth2_token_exchange.',
  },
  'unknown-plane': {
    status: 404,
    side: 'caller',
    title: 'No plane is registered under this id.',
    remedy: 'Check the id, or register the plane.',
  },
  'plane-refused': {
    status: 502,
    side: 'counterparty',
    title: 'The other plane refused the signal.',
    remedy: 'Read the reason that the message names; compare the states of the transfer and of its data flow.',
  },
  'plane-unauthorized': {
    status: 502,
    side: 'counterparty',
    title: 'The other plane did not accept our token.',
    remedy: 'Compare the authorization that both planes are registered with.',
  },
  'plane-unaware': {
    status: 502,
    side: 'counterparty',
    title: 'The other plane does not know this data flow, transfer or address.',
    remedy: 'Check the endpoint that the plane is registered with.',
  },
  'plane-unavailable': {
    status: 502,
    side: 'counterparty',
    title: 'The other plane could not process the signal at this time.',
    remedy: 'The signal is sent again by itself; look at the other plane if it stays.',
    retryable: true,
  },
  'plane-malformed': {
    status: 502,
    side: 'counterparty',
    title: 'The answer of the other plane is not valid under the signaling protocol.',
    remedy: 'Report to the maker of the plane what the message names.',
  },
})

import { errorCatalogue } from '@weft/foundation/errors'

/** What can go wrong with data flows and the bytes that they carry. */
export const dataPlaneErrors = errorCatalogue('data-plane', {
  'participant-unknown': {
    status: 404,
    side: 'caller',
    title: 'This participant context has no data plane here.',
    remedy: 'Enable the participant context on the data plane first, or check its id.',
  },
  'message-reused': {
    status: 409,
    side: 'caller',
    title: 'This message id was used for another signal.',
    remedy: 'Give every message an id of its own; repeat one only unchanged.',
  },
  'source-invalid': {
    status: 400,
    side: 'caller',
    title: 'The data address of the source cannot be used.',
    remedy: 'Correct the member that the answer names in the data address of the asset.',
  },
  'registration-failed': {
    status: 502,
    side: 'ours',
    title: 'The control plane did not take the registration of the data plane.',
    remedy: 'Check that the control plane runs and knows the participant context, then repeat the call.',
    retryable: true,
  },
  'token-invalid': {
    status: 401,
    side: 'caller',
    title: 'The access token is missing or does not belong to this data flow.',
    remedy: 'Send the authorization of the data address that the transfer was started with.',
  },
  'token-expired': {
    status: 401,
    side: 'caller',
    title: 'The access token has expired or was replaced by a newer one.',
    remedy: 'Get a new data address: resume the transfer or start a new one.',
  },
  'flow-not-started': {
    status: 403,
    side: 'caller',
    title: 'The data flow is suspended, completed or terminated; no data leaves in this state.',
    remedy: 'Resume the transfer where it is suspended, or start a new one.',
  },
  'path-not-offered': {
    status: 404,
    side: 'caller',
    title: 'The offer is one resource; no path below it is part of it.',
    remedy: 'Request the endpoint of the data address as it is.',
  },
  'source-not-found': {
    status: 404,
    side: 'caller',
    title: 'The source has nothing at this path.',
    remedy: 'Check the path below the endpoint; ask the provider if it should exist.',
  },
  'source-refused': {
    status: 502,
    side: 'ours',
    title: 'The source of the data refused the request of the data plane.',
    remedy: 'The provider checks the data address of the asset, its credentials above all.',
  },
  'source-unreachable': {
    status: 502,
    side: 'ours',
    title: 'The source of the data did not answer.',
    remedy: 'Try again; the provider checks that the source runs and that its address may be called.',
    retryable: true,
  },
})

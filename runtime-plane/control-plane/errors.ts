import { errorCatalogue } from '@weft/foundation/errors'

/** Participant contexts and their configuration. */
export const contextErrors = errorCatalogue('context', {
  'not-found': {
    status: 404,
    side: 'caller',
    title: 'There is no such participant context.',
    remedy: 'Check the id, or create the participant context first.',
  },
  deactivated: {
    status: 403,
    side: 'caller',
    title: 'The participant context is not active.',
    remedy: 'Activate the participant context, or ask its operator why it was deactivated.',
  },
  conflict: {
    status: 409,
    side: 'caller',
    title: 'A participant context with this id or this identity exists with other content.',
    remedy: 'Read the existing participant context, then change it or choose another id.',
  },
  'in-use': {
    status: 409,
    side: 'caller',
    title: 'The participant context still has negotiations or transfers under way.',
    remedy: 'Terminate them first, or deactivate the participant context instead of deleting it.',
  },
  'profile-not-associated': {
    status: 400,
    side: 'caller',
    title: 'The participant context does not take part in this dataspace profile.',
    remedy: 'Use a profile that is associated with the participant context, or have it associated.',
  },
  'profile-unknown': {
    status: 400,
    side: 'caller',
    title: 'There is no dataspace profile of this name.',
    remedy: 'Create the dataspace profile first, or correct its name.',
  },
})

/** What a participant keeps: assets, policies, contract definitions, data planes, profiles. */
export const catalogueErrors = errorCatalogue('management', {
  'not-found': {
    status: 404,
    side: 'caller',
    title: 'There is no such object in this participant context.',
    remedy: 'Check the id.',
  },
  exists: {
    status: 409,
    side: 'caller',
    title: 'An object with this id exists already.',
    remedy: 'Choose another id, or change the existing object.',
  },
  'in-use': {
    status: 409,
    side: 'caller',
    title: 'Another object still refers to this one.',
    remedy: 'Delete or change what refers to it first.',
  },
  'wrong-state': {
    status: 409,
    side: 'caller',
    title: 'The process is in a state in which this is not possible.',
    remedy: 'Read its state, then decide.',
  },
  'unsupported-query': {
    status: 400,
    side: 'caller',
    title: 'The query uses a field or an operator that is not supported here.',
    remedy: 'Use a plain field of the object and one of the operators that the answer names.',
  },
  'data-address-refused': {
    status: 400,
    side: 'caller',
    title: 'The data address of the asset is not one that is served.',
    remedy: 'Use the type HttpData with an http or https baseUrl.',
  },
  'callbacks-unsupported': {
    status: 400,
    side: 'caller',
    title: 'Callback addresses are not supported.',
    remedy: 'Leave callbackAddresses empty and read the state of the process.',
  },
  'no-data-plane': {
    status: 400,
    side: 'caller',
    title: 'No data plane of the participant context serves this transfer type.',
    remedy: 'Register a data plane for the transfer type, or use one that is served.',
  },
  'agreement-unknown': {
    status: 400,
    side: 'caller',
    title: 'There is no such agreement in this participant context.',
    remedy: 'Use the @id of a contract agreement that this participant holds as consumer.',
  },
  'authorization-unsupported': {
    status: 400,
    side: 'caller',
    title: 'The data plane cannot be registered with this authorization.',
    remedy:
      'Use oauth2_client_credentials; a token broker is named by the operator or by a service of the deployment, and a data plane with keys of its own keeps to having keys.',
  },
})

/** Refusals of protocol messages that the protocols' own catalogues do not have. */
export const messageErrors = errorCatalogue('message', {
  'link-unknown': {
    status: 400,
    side: 'caller',
    title: 'The link to a page of the catalog is not one that was given out here.',
    remedy: 'Start again without a link.',
  },
})

/** Why a negotiation or transfer ended without success: codes of the typed reason that both sides see. */
export const terminationErrors = errorCatalogue('termination', {
  requested: {
    status: 409,
    side: 'ours',
    title: 'The participant ended the process.',
    remedy: 'Ask the participant for the reason if the message does not say it.',
  },
  suspended: {
    status: 409,
    side: 'ours',
    title: 'The participant suspended the transfer.',
    remedy: 'Ask the participant for the reason if the message does not say it; the participant resumes it.',
  },
  'no-answer': {
    status: 504,
    side: 'counterparty',
    title: 'The counterparty did not take the next step in time.',
    remedy: 'Check with the counterparty whether its connector works, then start again.',
  },
  undecided: {
    status: 504,
    side: 'ours',
    title: 'Nobody of the participant took the next step in time.',
    remedy: 'Start again, and have somebody at the participant decide sooner.',
  },
  'counterparty-terminated': {
    status: 502,
    side: 'counterparty',
    title: 'The counterparty ended the process.',
    remedy: 'Read the reason that the counterparty gave.',
  },
  'counterparty-suspended': {
    status: 502,
    side: 'counterparty',
    title: 'The counterparty suspended the transfer.',
    remedy: 'Read the reason that the counterparty gave; the counterparty resumes it.',
  },
  'internal-fault': {
    status: 500,
    side: 'ours',
    title: 'A step of the process failed on our side, whatever the number of tries.',
    remedy: 'Give the id of the process to the operator.',
  },
})

/** What went wrong when a counterparty was called, beyond what the protocol's own catalogue says. */
export const counterpartyErrors = errorCatalogue('counterparty', {
  'could-not-authenticate': {
    status: 502,
    side: 'counterparty',
    title: 'The counterparty could not authenticate us, because something that it needs was not reachable.',
    remedy: 'The message is sent again by itself; check that our DID document and credential service are reachable.',
    retryable: true,
  },
})

/** Calls to the token service of our own identity hub, and to data planes. */
export const serviceErrors = errorCatalogue('control-plane', {
  'token-service-refused': {
    status: 503,
    side: 'ours',
    title: 'The token service gave no token for this participant.',
    remedy: 'Check that the participant exists and is active at the identity hub.',
    retryable: true,
  },
  'token-service-unavailable': {
    status: 503,
    side: 'ours',
    title: 'The token service cannot be reached.',
    remedy: 'Try again later; check the identity hub if it stays.',
    retryable: true,
  },
  'data-plane-gone': {
    status: 502,
    side: 'ours',
    title: 'The data plane of the transfer is no longer registered.',
    remedy: 'Register the data plane again, or start a new transfer.',
  },
  'data-plane-not-ready': {
    status: 502,
    side: 'ours',
    title: 'The data plane is not in the state that the signal needs.',
    remedy: 'The signal is sent again by itself; look at the data plane if it stays.',
    retryable: true,
  },
  'data-plane-secret-missing': {
    status: 500,
    side: 'ours',
    title: 'The client secret of the data plane is not in the vault.',
    remedy: 'Register the data plane again.',
  },
  'step-under-way': {
    status: 503,
    side: 'ours',
    title: 'A step of the process is under way, whose outcome this message has to wait for.',
    remedy: 'Send the message again.',
    retryable: true,
  },
  'lost-race': {
    status: 503,
    side: 'ours',
    title: 'The process was changed by somebody else at the same time.',
    remedy: 'Try again.',
    retryable: true,
  },
})

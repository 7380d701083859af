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
    title: 'The authorization type of the data plane is not supported.',
    remedy: 'Use oauth2_client_credentials, or leave authorization out to be called with this service’s own token.',
  },
})

/** Refusals of protocol messages, as the counterparty and our own log see them. */
export const messageErrors = errorCatalogue('message', {
  unauthorized: {
    status: 401,
    side: 'caller',
    title: 'The sender of the message could not be authenticated.',
    remedy: 'Send a fresh self-issued token with an access token for the sender’s credential service.',
  },
  'access-token-missing': {
    status: 401,
    side: 'caller',
    title: 'The self-issued token carries no access token for the sender’s credential service.',
    remedy: 'Ask the token service for an access token with the scopes of the dataspace profile, and put it into the claim "token".',
  },
  replayed: {
    status: 401,
    side: 'caller',
    title: 'The self-issued token has been used before.',
    remedy: 'Send each message, and each repeat of one, with a token of its own.',
  },
  'credentials-unavailable': {
    status: 503,
    side: 'counterparty',
    title: 'The sender’s credential service does not answer at the moment.',
    remedy: 'Send the message again later; check that the credential service in the sender’s DID document is reachable.',
    retryable: true,
  },
  'not-found': {
    status: 404,
    side: 'caller',
    title: 'There is no such process, or it is not the sender’s.',
    remedy: 'Check the process id in the path.',
  },
  'wrong-state': {
    status: 400,
    side: 'caller',
    title: 'The message is not allowed in the current state of the process.',
    remedy: 'Read the state of the process, then decide.',
  },
  'role-mismatch': {
    status: 400,
    side: 'caller',
    title: 'The sender’s role may not send this message.',
    remedy: 'Send only messages of your own role.',
  },
  'filter-unsupported': {
    status: 400,
    side: 'caller',
    title: 'Catalog filters are not supported.',
    remedy: 'Leave the filter empty; an EDC QuerySpec may name offset and limit.',
  },
  'link-unknown': {
    status: 400,
    side: 'caller',
    title: 'The link to a page of the catalog is not one that was given out here.',
    remedy: 'Start again without a link.',
  },
  'dataset-unknown': {
    status: 404,
    side: 'caller',
    title: 'There is no such dataset, or it is not visible to the requester.',
    remedy: 'Use the id of a dataset of a fresh catalog.',
  },
  'offer-unknown': {
    status: 404,
    side: 'caller',
    title: 'There is no such offer, or it is not visible to the requester.',
    remedy: 'Use the id of an offer of a fresh catalog.',
  },
  'offer-changed': {
    status: 400,
    side: 'caller',
    title: 'The rules or the target of the offer are not those that the provider offers.',
    remedy: 'Repeat the offer exactly as it stands in a fresh catalog.',
  },
  'callback-refused': {
    status: 400,
    side: 'caller',
    title: 'The callback address is not one that this platform calls.',
    remedy: 'Give an https address that is reachable from here.',
  },
  'agreement-unknown': {
    status: 404,
    side: 'caller',
    title: 'There is no agreement of this id between the two parties.',
    remedy: 'Use the id of an agreement that was concluded with this provider.',
  },
  'agreement-changed': {
    status: 400,
    side: 'caller',
    title: 'The agreement is not what was offered and requested.',
    remedy: 'Send an agreement whose rules, target and parties are those of the last offer.',
  },
  'format-unsupported': {
    status: 400,
    side: 'caller',
    title: 'The format is not one of the distributions of the dataset.',
    remedy: 'Use a format that the catalog names for the dataset.',
  },
  'data-address-misplaced': {
    status: 400,
    side: 'caller',
    title: 'The data address is missing where it is needed, or present where it is not allowed.',
    remedy: 'Push: put it into the request. Pull: put it into the provider’s start message.',
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
  'no-answer': {
    status: 504,
    side: 'counterparty',
    title: 'The counterparty did not take the next step in time.',
    remedy: 'Check with the counterparty whether its connector works, then start again.',
  },
  'counterparty-refused': {
    status: 502,
    side: 'counterparty',
    title: 'The counterparty refused our message.',
    remedy: 'Read the reason that the counterparty gave.',
  },
  'counterparty-unreachable': {
    status: 502,
    side: 'network',
    title: 'The counterparty could not be reached, whatever the number of tries.',
    remedy: 'Check the counterparty’s address and that its connector is up, then start again.',
  },
  'counterparty-terminated': {
    status: 502,
    side: 'counterparty',
    title: 'The counterparty ended the process.',
    remedy: 'Read the reason that the counterparty gave.',
  },
  'data-plane-failed': {
    status: 502,
    side: 'ours',
    title: 'The data plane could not do its part.',
    remedy: 'Check the data plane and its registration, then start again.',
  },
  'internal-fault': {
    status: 500,
    side: 'ours',
    title: 'A step of the process failed on our side, whatever the number of tries.',
    remedy: 'Give the id of the process to the operator.',
  },
})

/** What went wrong when a counterparty was called for a participant that waits for the answer. */
export const counterpartyErrors = errorCatalogue('counterparty', {
  refused: {
    status: 502,
    side: 'counterparty',
    title: 'The counterparty refused the request.',
    remedy: 'Read the reason that the counterparty gave; for a 401 check credentials and trusted issuers of both sides.',
  },
  failed: {
    status: 502,
    side: 'counterparty',
    title: 'The counterparty failed to answer the request.',
    remedy: 'Try again later, or tell the counterparty.',
    retryable: true,
  },
  unreachable: {
    status: 502,
    side: 'network',
    title: 'The counterparty cannot be reached.',
    remedy: 'Check the counterparty’s address.',
    retryable: true,
  },
  'answer-unreadable': {
    status: 502,
    side: 'counterparty',
    title: 'The answer of the counterparty is not what the protocol demands.',
    remedy: 'Check that the address is the base of a DSP 2025-1 endpoint, then tell the counterparty.',
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
  'lost-race': {
    status: 503,
    side: 'ours',
    title: 'The process was changed by somebody else at the same time.',
    remedy: 'Try again.',
    retryable: true,
  },
})

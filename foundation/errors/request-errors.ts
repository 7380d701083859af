import { errorCatalogue } from './catalogue.ts'

/** What can be wrong with any request, whatever the API. */
export const requestErrors = errorCatalogue('request', {
  malformed: {
    status: 400,
    side: 'caller',
    title: 'The body is not well-formed.',
    remedy: 'Send one JSON document with the content type application/json.',
  },
  'invalid-field': {
    status: 400,
    side: 'caller',
    title: 'A field has a value that is not allowed.',
    remedy: 'Correct the field that the answer names.',
  },
  unauthenticated: {
    status: 401,
    side: 'caller',
    title: 'The request carries no token that is accepted here.',
    remedy: 'Send a valid, unexpired bearer token of a trusted issuer.',
  },
  forbidden: {
    status: 403,
    side: 'caller',
    title: 'The token does not allow this.',
    remedy: 'Use a token with the role and scope that the API reference names.',
  },
  'not-found': {
    status: 404,
    side: 'caller',
    title: 'There is no such thing, or it is not yours.',
    remedy: 'Check the id and the participant context in the path.',
  },
  'method-not-allowed': {
    status: 405,
    side: 'caller',
    title: 'This path does not take this method.',
    remedy: 'Use one of the methods that the Allow header names.',
  },
  conflict: {
    status: 409,
    side: 'caller',
    title: 'The thing exists already, is in use, or is in another state.',
    remedy: 'Read its current state, then decide.',
  },
  'too-large': {
    status: 413,
    side: 'caller',
    title: 'The body is larger than this endpoint takes.',
    remedy: 'Send less in one request.',
  },
  'unsupported-media-type': {
    status: 415,
    side: 'caller',
    title: 'The content type is not taken here.',
    remedy: 'Send application/json.',
  },
  unsupported: {
    status: 501,
    side: 'ours',
    title: 'This is not supported.',
    remedy: 'See the API reference for what is.',
  },
  internal: {
    status: 500,
    side: 'ours',
    title: 'Something failed on our side.',
    remedy: 'Try again later; give the correlation id to the operator if it stays.',
    retryable: true,
  },
  unavailable: {
    status: 503,
    side: 'ours',
    title: 'This part is not available at the moment.',
    remedy: 'Try again after the time that Retry-After names.',
    retryable: true,
  },
})

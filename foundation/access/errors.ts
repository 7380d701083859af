import { errorCatalogue } from '../errors/index.ts'

/** What can go wrong while access is decided, besides `request.unauthenticated` and `request.forbidden`. */
export const accessErrors = errorCatalogue('access', {
  'issuer-unavailable': {
    status: 503,
    side: 'ours',
    title: 'The keys of the identity provider cannot be read at the moment.',
    remedy: 'Try again later; check the identity provider and its JWKS address if it stays.',
    retryable: true,
  },
  'workload-token-refused': {
    status: 502,
    side: 'ours',
    title: 'The identity provider refused this service its own token.',
    remedy: 'Check the client id and secret of this service in its settings and at the identity provider.',
    retryable: true,
  },
})

/** Milliseconds since the epoch; `Date.now` is one. Every time in this package comes from a clock that was handed in. */
export type Clock = () => number

export interface FetchedDocument {
  readonly status: number
  readonly body: string
}

/**
 * Fetches one public document. The implementation bounds time, size and redirects; any status is an answer.
 * @throws whatever the transport throws when there is no answer; callers turn it into an error of their catalogue.
 */
export type FetchDocument = (url: string, accept: string) => Promise<FetchedDocument>

/**
 * What a trust profile relaxes for partners that cannot do better; absent means strict.
 * Stock EDC hubs list no verification relationship and serve status lists as unsigned JSON; older conformance kits write
 * credentials loosely.
 */
export interface TrustRules {
  /** `optional`: a key that is in the DID document may be used although no relationship lists it. */
  readonly relationships?: 'required' | 'optional'
  /** True: a status list that came over TLS from the entry's URL is taken without a signature. */
  readonly unsignedStatusLists?: boolean
  /**
   * True: credentials and presentations that do not keep to their data model in places where nothing about issuer, holder,
   * validity or signature depends on it are taken: without the context or the generic type of credentials, with a `sub` or
   * `jti` that says something else than the credential, and presentations of data model 2.0 that name no receiver or end.
   */
  readonly looseCredentialShape?: boolean
}

export const strictRules: TrustRules = {}

/** What the test tells the platform's process. */
export type ToPlatform =
  /** End yourself within the `nth` answer to an outside call from now. */
  | { readonly kind: 'arm'; readonly nth: number }
  | { readonly kind: 'stop-fabric' }
  | { readonly kind: 'start-fabric' }
  /** Say when your tables are as they must be at the end. */
  | { readonly kind: 'settle' }
  | { readonly kind: 'stop' }

/** What the platform's process tells the test. */
export type FromPlatform =
  | { readonly kind: 'ready' }
  | { readonly kind: 'fabric-stopped' }
  | { readonly kind: 'fabric-started' }
  | { readonly kind: 'settled' }

import type { JsonObject } from '@weft/foundation/processes'
import type { IssuerTrust } from '@weft/protocols/dcp'
import { credentialTypesOf, type PolicyRules, type ScopeMapping } from '@weft/protocols/policy'
import type { TrustRules } from '@weft/protocols/trust'
import type { TransferRules } from './transfer-rules.ts'

/** An issuer that members of a dataspace trust, and for which credential types; `*` stands for all of them. */
interface TrustedIssuer {
  readonly did: string
  readonly supportedTypes: readonly string[]
}

/** What the members of one dataspace have agreed on: protocol version, vocabularies, whom they trust and how strictly. */
export interface DataspaceProfile {
  readonly name: string
  readonly protocol: {
    readonly version: string
    readonly binding: string
    readonly namespace: string
    readonly path?: string
  }
  readonly jsonLdContextsUrl: readonly string[]
  readonly trustedIssuers: readonly TrustedIssuer[]
  /** Strict when absent. */
  readonly transferRules?: TransferRules
  /** What is relaxed for partners of this dataspace that cannot do better; absent: strict. */
  readonly trust?: TrustRules
  /** JSON Schema that the public properties of an asset satisfy, or it is not offered in this dataspace. */
  readonly assetSchema?: JsonObject
  readonly createdAt: Date
}

/** A scope that messages of a profile carry: always (`DEFAULT`), or where a policy names an operand of its prefix (`POLICY`). */
export interface DcpScope {
  readonly id: string
  readonly type: 'DEFAULT' | 'POLICY'
  /** `org.eclipse.dspace.dcp.vc.type:MembershipCredential:read` */
  readonly value: string
  /** A profile's name, or `*` for all. */
  readonly profile: string
  /** Prefix of left operands; set for `POLICY`. */
  readonly prefixMapping: string | null
}

/** The scopes of one profile, sorted out by what they are for. */
export interface ProfileScopes {
  /** Asked for with every message, and every one must be covered by the presentation. */
  readonly required: readonly string[]
  readonly mapped: readonly ScopeMapping[]
}

/** The scopes of a profile out of all that are declared. */
export function scopesOfProfile(scopes: readonly DcpScope[], profile: string): ProfileScopes {
  const own = scopes.filter((scope) => scope.profile === '*' || scope.profile === profile)
  return {
    required: unique(own.filter((scope) => scope.type === 'DEFAULT').map((scope) => scope.value)),
    mapped: own.flatMap((scope) =>
      scope.type === 'POLICY' && scope.prefixMapping !== null
        ? [{ prefix: scope.prefixMapping, scope: scope.value }]
        : [],
    ),
  }
}

/**
 * The scopes of one message: the required ones, plus those that the policy at hand needs. `all` is for a catalog, where
 * many policies are at hand at once.
 */
export function scopesOfMessage(scopes: ProfileScopes, policies: readonly PolicyRules[] | 'all'): readonly string[] {
  const needed =
    policies === 'all'
      ? scopes.mapped.map((mapping) => mapping.scope)
      : policies.flatMap((policy) => credentialTypesOf(policy, scopes.mapped))
  return unique([...scopes.required, ...needed])
}

/** Whom the profile trusts for which credential types (DCP-30). */
export function issuerTrustOf(profile: DataspaceProfile): IssuerTrust {
  return (issuer, type) =>
    profile.trustedIssuers.some(
      (trusted) =>
        trusted.did === issuer && (trusted.supportedTypes.includes('*') || trusted.supportedTypes.includes(type)),
    )
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)]
}

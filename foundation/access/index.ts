export { type AccessRule, type Principal, principalAllows, type Role, scopeAllows } from './access-rule.ts'
export { type ParticipantContextId, participantContextId } from './participant-context.ts'
export { createTokenVerifier, type TokenVerifier, type TrustedTokenIssuer } from './token-verifier.ts'
export { createWorkloadTokens, type WorkloadTokens } from './workload-tokens.ts'

export {
  type AccessRule,
  actsAsAdmin,
  ownsContext,
  type Principal,
  principalAllows,
  type Role,
  scopeAllows,
} from './access-rule.ts'
export { accessErrors } from './errors.ts'
export { type ParticipantContextId, participantContextId } from './participant-context.ts'
export {
  createTokenVerifier,
  type TokenVerifier,
  type TokenVerifierOptions,
  type TrustedTokenIssuer,
} from './token-verifier.ts'
export { createWorkloadTokens, type WorkloadTokenOptions, type WorkloadTokens } from './workload-tokens.ts'

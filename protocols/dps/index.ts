export { type DpsCall, type DpsRefusal, dpsRefusalOf } from './client/exchange.ts'
export {
  type DataFlowReport,
  readTransferAgreement,
  registerDataPlane,
  reportDataFlow,
  unregisterDataPlane,
} from './client/to-control-plane.ts'
export {
  completeDataFlow,
  type DataFlowStatus,
  notifyDataFlowStarted,
  prepareDataFlow,
  readDataFlowStatus,
  registerControlPlane,
  resumeDataFlow,
  startDataFlow,
  suspendDataFlow,
  terminateDataFlow,
  unregisterControlPlane,
} from './client/to-data-plane.ts'
export {
  type AppliedSignal,
  applyDataFlowSignal,
  type DataFlowSignal,
  type DataFlowState,
  dataFlowStates,
  isFinalDataFlowState,
} from './data-flow-machine.ts'
export { dpsErrors } from './errors.ts'
export {
  buildHttpAddress,
  type HttpAccess,
  readHttpAddress,
  type TokenRenewal,
} from './http-profile.ts'
export { buildDpsMessage } from './message-build.ts'
export { parseDpsMessage } from './message-parse.ts'
export type {
  AuthorizationEntry,
  ControlPlaneRegistrationMessage,
  DataFlowBase,
  DataFlowPrepareMessage,
  DataFlowResumeMessage,
  DataFlowStartedNotificationMessage,
  DataFlowStartMessage,
  DataFlowStatusMessage,
  DataFlowStatusResponseMessage,
  DataFlowSuspendMessage,
  DataFlowTerminateMessage,
  DataPlaneRegistrationMessage,
  DpsMessage,
  DpsMessageOf,
  DpsMessageType,
  OutgoingDpsMessage,
} from './messages.ts'
export { oauthErrorCode, oauthErrors } from './oauth.ts'
export { dpsPaths } from './paths.ts'
export {
  createPlaneTokenVerifier,
  type PlaneTokenCheck,
  type PlaneTokenRule,
  type PlaneTokenVerifier,
  type VerifiedPlaneToken,
} from './plane-tokens.ts'
export {
  checkDataAddress,
  type FlowDirection,
  flowDirection,
  httpDataPull,
  httpDataPush,
  httpPullProfile,
  httpPushProfile,
} from './profiles.ts'
export { exchangeToken, type TokenExchange } from './token-exchange.ts'
export {
  buildTokenResponse,
  type RenewalCheck,
  type RenewedToken,
  readRenewalForm,
  renewToken,
  verifyRenewalClient,
} from './token-renewal.ts'

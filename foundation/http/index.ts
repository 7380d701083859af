export { httpErrors, outboundErrors } from './errors.ts'
export { defaultFloodLimits, type FloodLimits } from './flood-limits.ts'
export { parseJson } from './json.ts'
export {
  createListeners,
  type ListenersOptions,
  listenersKey,
  listenersModule,
  type RunningListeners,
} from './listeners.ts'
export { addReadinessCheck } from './observability.ts'
export { isPortFree } from './open-port.ts'
export { openApiDocument } from './openapi.ts'
export {
  createOutboundClient,
  internalCalls,
  type OutboundOptions,
  outboundKey,
  outboundModule,
} from './outbound-client.ts'
export type { CountedOutboundClient, OutboundCounters } from './outbound-counters.ts'
export { linkHeader, type Page, pageOf, pageQuery } from './paging.ts'
export type {
  ApiDefinition,
  App,
  ListenerName,
  Listeners,
  OutboundClient,
  OutboundRequest,
  OutboundResponse,
  RenderedError,
  StreamedResponse,
} from './port.ts'
export { type Problem, problemOf } from './problem.ts'
export { acceptForms, acceptStreams, registerApi } from './register-api.ts'
export { principalOf } from './request-access.ts'
export { type RouteListing, routesOf } from './routes.ts'

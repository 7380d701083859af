export { dspContext, edcDspContext, edcNamespace } from '../json-ld/index.ts'
export { type AgreementParties, checkAgreement } from './agreement-check.ts'
export type { Applied, ProcessedMessages } from './applied.ts'
export { currentBinding, type DspBinding, dspBindings } from './bindings.ts'
export {
  buildCatalog,
  buildDataset,
  type CatalogDataset,
  type CatalogService,
  type CatalogSource,
  writeCatalog,
} from './catalog-build.ts'
export { type CatalogCriterion, type CatalogFilter, readCatalogFilter } from './catalog-filter.ts'
export {
  type Catalog,
  type Dataset,
  type Distribution,
  parseCatalog,
  parseDataset,
  type UnreadableDataset,
} from './catalog-parse.ts'
export {
  type CatalogPage,
  followCatalogLink,
  type RequestedDataset,
  requestCatalog,
  requestDataset,
} from './client/catalog.ts'
export { type DspCall, type DspRefusal, dspRefusalOf } from './client/exchange.ts'
export { readNegotiation, readTransfer, sendNegotiationMessage, sendTransferMessage } from './client/processes.ts'
export { readVersions, selectDspBase } from './client/versions.ts'
export { dspVersion } from './context.ts'
export {
  buildDataAddress,
  type DataAddress,
  edcHttpEndpointType,
  edcHttpSinkType,
  parseDataAddress,
} from './data-address.ts'
export { buildDidService, type DspDidService, type DspEndpoint, findDataServiceEndpoint } from './did-service.ts'
export { dspErrors } from './errors.ts'
export { buildLinkHeader, type CatalogLinks, parseLinkHeader } from './link-header.ts'
export { buildDspMessage, messageDigest } from './message-build.ts'
export { parseDspMessage } from './message-parse.ts'
export {
  type CatalogError,
  type CatalogRequestMessage,
  type ContractAgreementMessage,
  type ContractAgreementVerificationMessage,
  type ContractNegotiation,
  type ContractNegotiationError,
  type ContractNegotiationEventMessage,
  type ContractNegotiationTerminationMessage,
  type ContractOfferMessage,
  type ContractRequestMessage,
  type DatasetRequestMessage,
  type DspErrorMessage,
  type DspMessage,
  type DspMessageOf,
  type DspMessageType,
  type DspRole,
  type MessageOffer,
  type NegotiationMessage,
  type NegotiationState,
  negotiationStates,
  type TransferCompletionMessage,
  type TransferError,
  type TransferMessage,
  type TransferProcess,
  type TransferRequestMessage,
  type TransferStartMessage,
  type TransferState,
  type TransferSuspensionMessage,
  type TransferTerminationMessage,
  transferStates,
  type VersionsError,
} from './messages.ts'
export {
  applyNegotiationMessage,
  isFinalNegotiationState,
  type NegotiationStep,
  negotiationStepOf,
  nextNegotiationState,
} from './negotiation-machine.ts'
export { formatOfferId, type OfferId, parseOfferId } from './offer-id.ts'
export { dspPaths, fillPath, joinAddress } from './paths.ts'
export { checkPids, type KnownPids } from './pids.ts'
export { type KnownPidsOfError, renderDspError } from './protocol-error.ts'
export {
  applyTransferMessage,
  isFinalTransferState,
  nextTransferState,
  type TransferStep,
  transferStepOf,
} from './transfer-machine.ts'
export {
  buildVersionDocument,
  parseVersionDocument,
  rootOfVersionUrl,
  type SelectedVersion,
  selectVersion,
  type VersionDocument,
  type VersionEntry,
  versionPath,
} from './versions.ts'

// Generated from docs/reference/openapi by tools/openapi/generate.ts: change the routes, not this file.

/** Management API, v5beta. */
export type ManagementApi = {
  "POST /dataspaceprofiles": {
    body: { "@context": readonly (string)[]; "@type": "DataspaceProfile"; "name": string; "protocol": { "version": "2025-1"; "binding": string; "namespace": string; "path"?: string }; "jsonLdContextsUrl"?: readonly (string)[]; "trustedIssuers"?: readonly ({ "@id": string; "supportedTypes": readonly (string)[] })[]; "trust"?: { "relationships"?: ("required" | "optional"); "unsignedStatusLists"?: boolean; "looseCredentialShape"?: boolean }; "assetSchema"?: Record<string, unknown>; "transferRules"?: { "pids"?: ("both" | "path"); "dataAddress"?: ("required" | "optional") } }
    answer: { "@context": readonly (string)[]; "@type": "IdResponse"; "@id": string; "createdAt": number }
  }
  "PUT /dataspaceprofiles": {
    body: { "@context": readonly (string)[]; "@type": "DataspaceProfile"; "name": string; "protocol": { "version": "2025-1"; "binding": string; "namespace": string; "path"?: string }; "jsonLdContextsUrl"?: readonly (string)[]; "trustedIssuers"?: readonly ({ "@id": string; "supportedTypes": readonly (string)[] })[]; "trust"?: { "relationships"?: ("required" | "optional"); "unsignedStatusLists"?: boolean; "looseCredentialShape"?: boolean }; "assetSchema"?: Record<string, unknown>; "transferRules"?: { "pids"?: ("both" | "path"); "dataAddress"?: ("required" | "optional") } }
    answer: undefined
  }
  "GET /dataspaceprofiles/{name}": {
    path: { "name": string }
    answer: { "@context": readonly (string)[]; "@type": "DataspaceProfile"; "name": string; "protocol": { "version": "2025-1"; "binding": string; "namespace": string; "path"?: string }; "jsonLdContextsUrl"?: readonly (string)[]; "trustedIssuers"?: readonly ({ "@id": string; "supportedTypes": readonly (string)[] })[]; "trust"?: { "relationships"?: ("required" | "optional"); "unsignedStatusLists"?: boolean; "looseCredentialShape"?: boolean }; "assetSchema"?: Record<string, unknown>; "transferRules"?: { "pids"?: ("both" | "path"); "dataAddress"?: ("required" | "optional") } }
  }
  "DELETE /dataspaceprofiles/{name}": {
    path: { "name": string }
    answer: undefined
  }
  "POST /dataspaceprofiles/request": {
    body: (null | { "@context": readonly (string)[]; "@type": "QuerySpec"; "offset"?: number; "limit"?: number; "sortField"?: string; "sortOrder"?: ("ASC" | "DESC"); "filterExpression"?: readonly ({ "@type": "Criterion"; "operandLeft": string; "operator": string; "operandRight": unknown })[] })
    answer: readonly ({ "@context": readonly (string)[]; "@type": "DataspaceProfile"; "name": string; "protocol": { "version": "2025-1"; "binding": string; "namespace": string; "path"?: string }; "jsonLdContextsUrl"?: readonly (string)[]; "trustedIssuers"?: readonly ({ "@id": string; "supportedTypes": readonly (string)[] })[]; "trust"?: { "relationships"?: ("required" | "optional"); "unsignedStatusLists"?: boolean; "looseCredentialShape"?: boolean }; "assetSchema"?: Record<string, unknown>; "transferRules"?: { "pids"?: ("both" | "path"); "dataAddress"?: ("required" | "optional") } })[]
  }
  "POST /dcpscopes": {
    body: { "@context": readonly (string)[]; "@type": "DcpScope"; "@id"?: string; "type"?: ("DEFAULT" | "POLICY"); "value": string; "profile"?: string; "prefixMapping"?: string }
    answer: { "@context": readonly (string)[]; "@type": "IdResponse"; "@id": string; "createdAt": number }
  }
  "PUT /dcpscopes/{id}": {
    path: { "id": string }
    body: { "@context": readonly (string)[]; "@type": "DcpScope"; "@id"?: string; "type"?: ("DEFAULT" | "POLICY"); "value": string; "profile"?: string; "prefixMapping"?: string }
    answer: undefined
  }
  "DELETE /dcpscopes/{id}": {
    path: { "id": string }
    answer: undefined
  }
  "POST /dcpscopes/request": {
    body: (null | { "@context": readonly (string)[]; "@type": "QuerySpec"; "offset"?: number; "limit"?: number; "sortField"?: string; "sortOrder"?: ("ASC" | "DESC"); "filterExpression"?: readonly ({ "@type": "Criterion"; "operandLeft": string; "operator": string; "operandRight": unknown })[] })
    answer: readonly ({ "@context": readonly (string)[]; "@type": "DcpScope"; "@id"?: string; "type"?: ("DEFAULT" | "POLICY"); "value": string; "profile"?: string; "prefixMapping"?: string })[]
  }
  "GET /participants": {
    query?: { "offset"?: number; "limit"?: number }
    answer: readonly ({ "@context": readonly (string)[]; "@type": "ParticipantContext"; "@id": string; "identity": string; "properties": Record<string, unknown>; "state": ("CREATED" | "ACTIVATED" | "DEACTIVATED"); "createdAt": number })[]
  }
  "POST /participants": {
    body: { "@context": readonly (string)[]; "@type": "ParticipantContext"; "@id"?: string; "identity": string; "properties"?: Record<string, unknown>; "state"?: ("CREATED" | "ACTIVATED" | "DEACTIVATED") }
    answer: { "@context": readonly (string)[]; "@type": "IdResponse"; "@id": string; "createdAt": number }
  }
  "GET /participants/{participantContextId}": {
    path: { "participantContextId": string }
    answer: { "@context": readonly (string)[]; "@type": "ParticipantContext"; "@id": string; "identity": string; "properties": Record<string, unknown>; "state": ("CREATED" | "ACTIVATED" | "DEACTIVATED"); "createdAt": number }
  }
  "PUT /participants/{participantContextId}": {
    path: { "participantContextId": string }
    body: { "@context": readonly (string)[]; "@type": "ParticipantContext"; "@id"?: string; "identity": string; "properties"?: Record<string, unknown>; "state"?: ("CREATED" | "ACTIVATED" | "DEACTIVATED") }
    answer: undefined
  }
  "DELETE /participants/{participantContextId}": {
    path: { "participantContextId": string }
    answer: undefined
  }
  "POST /participants/{participantContextId}/assets": {
    path: { "participantContextId": string }
    body: { "@context": readonly (string)[]; "@type": "Asset"; "properties": Record<string, unknown>; "privateProperties"?: Record<string, unknown>; "dataplaneMetadata"?: { "@type"?: "DataplaneMetadata"; "labels"?: readonly (string)[]; "properties"?: Record<string, unknown>; "profiles"?: readonly (string)[] }; "dataAddress"?: Record<string, (string | boolean | number)>; "@id"?: string }
    answer: { "@context": readonly (string)[]; "@type": "IdResponse"; "@id": string; "createdAt": number }
  }
  "PUT /participants/{participantContextId}/assets": {
    path: { "participantContextId": string }
    body: { "@context": readonly (string)[]; "@type": "Asset"; "properties": Record<string, unknown>; "privateProperties"?: Record<string, unknown>; "dataplaneMetadata"?: { "@type"?: "DataplaneMetadata"; "labels"?: readonly (string)[]; "properties"?: Record<string, unknown>; "profiles"?: readonly (string)[] }; "dataAddress"?: Record<string, (string | boolean | number)>; "@id"?: string }
    answer: undefined
  }
  "GET /participants/{participantContextId}/assets/{id}": {
    path: { "participantContextId": string; "id": string }
    answer: { "@context": readonly (string)[]; "@type": "Asset"; "properties": Record<string, unknown>; "privateProperties"?: Record<string, unknown>; "dataplaneMetadata"?: { "@type"?: "DataplaneMetadata"; "labels"?: readonly (string)[]; "properties"?: Record<string, unknown>; "profiles"?: readonly (string)[] }; "dataAddress"?: Record<string, (string | boolean | number)>; "@id": string }
  }
  "DELETE /participants/{participantContextId}/assets/{id}": {
    path: { "participantContextId": string; "id": string }
    answer: undefined
  }
  "POST /participants/{participantContextId}/assets/{id}/validate": {
    path: { "participantContextId": string; "id": string }
    answer: { "@context": readonly (string)[]; "@type": "AssetValidationResult"; "results": readonly ({ "profile": string; "isValid": boolean; "errors": readonly (string)[] })[] }
  }
  "POST /participants/{participantContextId}/assets/request": {
    path: { "participantContextId": string }
    body: (null | { "@context": readonly (string)[]; "@type": "QuerySpec"; "offset"?: number; "limit"?: number; "sortField"?: string; "sortOrder"?: ("ASC" | "DESC"); "filterExpression"?: readonly ({ "@type": "Criterion"; "operandLeft": string; "operator": string; "operandRight": unknown })[] })
    answer: readonly ({ "@context": readonly (string)[]; "@type": "Asset"; "properties": Record<string, unknown>; "privateProperties"?: Record<string, unknown>; "dataplaneMetadata"?: { "@type"?: "DataplaneMetadata"; "labels"?: readonly (string)[]; "properties"?: Record<string, unknown>; "profiles"?: readonly (string)[] }; "dataAddress"?: Record<string, (string | boolean | number)>; "@id": string })[]
  }
  "POST /participants/{participantContextId}/catalog/dataset/request": {
    path: { "participantContextId": string }
    body: { "@context": readonly (string)[]; "@type": "DatasetRequest"; "@id": string; "counterPartyAddress": string; "protocol"?: string; "profile"?: string; "counterPartyId": string }
    answer: Record<string, unknown>
  }
  "POST /participants/{participantContextId}/catalog/request": {
    path: { "participantContextId": string }
    body: { "@context": readonly (string)[]; "@type": "CatalogRequest"; "counterPartyAddress": string; "protocol"?: string; "profile"?: string; "counterPartyId": string; "additionalScopes"?: readonly (string)[]; "querySpec"?: { "@type": "QuerySpec"; "offset"?: number; "limit"?: number; "sortField"?: string; "sortOrder"?: ("ASC" | "DESC"); "filterExpression"?: readonly ({ "@type": "Criterion"; "operandLeft": string; "operator": string; "operandRight": unknown })[] } }
    answer: Record<string, unknown>
  }
  "GET /participants/{participantContextId}/config": {
    path: { "participantContextId": string }
    answer: { "@context": readonly (string)[]; "@type": "ParticipantContextConfig"; "entries": Record<string, string> }
  }
  "PUT /participants/{participantContextId}/config": {
    path: { "participantContextId": string }
    body: { "@context": readonly (string)[]; "@type": "ParticipantContextConfig"; "entries": Record<string, string>; "privateEntries"?: Record<string, string> }
    answer: undefined
  }
  "PATCH /participants/{participantContextId}/config": {
    path: { "participantContextId": string }
    body: { "@context": readonly (string)[]; "@type": "ParticipantContextConfig"; "entries": Record<string, (string | null)>; "privateEntries"?: Record<string, (string | null)> }
    answer: undefined
  }
  "GET /participants/{participantContextId}/contractagreements/{id}": {
    path: { "participantContextId": string; "id": string }
    answer: { "@context": readonly (string)[]; "@type": "ContractAgreement"; "@id": string; "agreementId": string; "assetId": string; "providerId": string; "consumerId": string; "contractSigningDate": number; "policy": Record<string, unknown> }
  }
  "GET /participants/{participantContextId}/contractagreements/{id}/negotiation": {
    path: { "participantContextId": string; "id": string }
    answer: { "@context": readonly (string)[]; "@type": "ContractNegotiation"; "@id": string; "type": ("CONSUMER" | "PROVIDER"); "state": string; "stateTimestamp": number; "createdAt": number; "protocol": string; "profile": string; "counterPartyId": string; "counterPartyAddress": string; "callbackAddresses": readonly (unknown)[]; "conduct": ("automatic" | "manual"); "assetId": string; "correlationId"?: string; "contractAgreementId"?: string; "offer"?: Record<string, unknown>; "errorCode"?: string; "errorDetail"?: string; "errorSide"?: ("US" | "COUNTERPARTY"); "decision"?: unknown }
  }
  "POST /participants/{participantContextId}/contractagreements/request": {
    path: { "participantContextId": string }
    body: (null | { "@context": readonly (string)[]; "@type": "QuerySpec"; "offset"?: number; "limit"?: number; "sortField"?: string; "sortOrder"?: ("ASC" | "DESC"); "filterExpression"?: readonly ({ "@type": "Criterion"; "operandLeft": string; "operator": string; "operandRight": unknown })[] })
    answer: readonly ({ "@context": readonly (string)[]; "@type": "ContractAgreement"; "@id": string; "agreementId": string; "assetId": string; "providerId": string; "consumerId": string; "contractSigningDate": number; "policy": Record<string, unknown> })[]
  }
  "POST /participants/{participantContextId}/contractdefinitions": {
    path: { "participantContextId": string }
    body: { "@context": readonly (string)[]; "@type": "ContractDefinition"; "accessPolicyId": string; "contractPolicyId": string; "assetsSelector"?: readonly ({ "@type": "Criterion"; "operandLeft": string; "operator": string; "operandRight": unknown })[]; "privateProperties"?: Record<string, unknown>; "negotiation"?: ("automatic" | "manual"); "@id"?: string }
    answer: { "@context": readonly (string)[]; "@type": "IdResponse"; "@id": string; "createdAt": number }
  }
  "PUT /participants/{participantContextId}/contractdefinitions": {
    path: { "participantContextId": string }
    body: { "@context": readonly (string)[]; "@type": "ContractDefinition"; "accessPolicyId": string; "contractPolicyId": string; "assetsSelector"?: readonly ({ "@type": "Criterion"; "operandLeft": string; "operator": string; "operandRight": unknown })[]; "privateProperties"?: Record<string, unknown>; "negotiation"?: ("automatic" | "manual"); "@id"?: string }
    answer: undefined
  }
  "GET /participants/{participantContextId}/contractdefinitions/{id}": {
    path: { "participantContextId": string; "id": string }
    answer: { "@context": readonly (string)[]; "@type": "ContractDefinition"; "accessPolicyId": string; "contractPolicyId": string; "assetsSelector"?: readonly ({ "@type": "Criterion"; "operandLeft": string; "operator": string; "operandRight": unknown })[]; "privateProperties"?: Record<string, unknown>; "negotiation"?: ("automatic" | "manual"); "@id": string; "createdAt": number }
  }
  "DELETE /participants/{participantContextId}/contractdefinitions/{id}": {
    path: { "participantContextId": string; "id": string }
    answer: undefined
  }
  "POST /participants/{participantContextId}/contractdefinitions/request": {
    path: { "participantContextId": string }
    body: (null | { "@context": readonly (string)[]; "@type": "QuerySpec"; "offset"?: number; "limit"?: number; "sortField"?: string; "sortOrder"?: ("ASC" | "DESC"); "filterExpression"?: readonly ({ "@type": "Criterion"; "operandLeft": string; "operator": string; "operandRight": unknown })[] })
    answer: readonly ({ "@context": readonly (string)[]; "@type": "ContractDefinition"; "accessPolicyId": string; "contractPolicyId": string; "assetsSelector"?: readonly ({ "@type": "Criterion"; "operandLeft": string; "operator": string; "operandRight": unknown })[]; "privateProperties"?: Record<string, unknown>; "negotiation"?: ("automatic" | "manual"); "@id": string; "createdAt": number })[]
  }
  "POST /participants/{participantContextId}/contractnegotiations": {
    path: { "participantContextId": string }
    body: { "@context": readonly (string)[]; "@type": "ContractRequest"; "@id"?: string; "counterPartyAddress": string; "protocol"?: string; "profile"?: string; "callbackAddresses"?: readonly (unknown)[]; "conduct"?: ("automatic" | "manual"); "policy": (Record<string, unknown> & { "@id": string; "@type": "Offer"; "assigner": string; "target": string }) }
    answer: { "@context": readonly (string)[]; "@type": "IdResponse"; "@id": string; "createdAt": number }
  }
  "GET /participants/{participantContextId}/contractnegotiations/{id}": {
    path: { "participantContextId": string; "id": string }
    answer: { "@context": readonly (string)[]; "@type": "ContractNegotiation"; "@id": string; "type": ("CONSUMER" | "PROVIDER"); "state": string; "stateTimestamp": number; "createdAt": number; "protocol": string; "profile": string; "counterPartyId": string; "counterPartyAddress": string; "callbackAddresses": readonly (unknown)[]; "conduct": ("automatic" | "manual"); "assetId": string; "correlationId"?: string; "contractAgreementId"?: string; "offer"?: Record<string, unknown>; "errorCode"?: string; "errorDetail"?: string; "errorSide"?: ("US" | "COUNTERPARTY"); "decision"?: unknown }
  }
  "POST /participants/{participantContextId}/contractnegotiations/{id}/accept": {
    path: { "participantContextId": string; "id": string }
    answer: undefined
  }
  "POST /participants/{participantContextId}/contractnegotiations/{id}/agree": {
    path: { "participantContextId": string; "id": string }
    answer: undefined
  }
  "GET /participants/{participantContextId}/contractnegotiations/{id}/agreement": {
    path: { "participantContextId": string; "id": string }
    answer: { "@context": readonly (string)[]; "@type": "ContractAgreement"; "@id": string; "agreementId": string; "assetId": string; "providerId": string; "consumerId": string; "contractSigningDate": number; "policy": Record<string, unknown> }
  }
  "POST /participants/{participantContextId}/contractnegotiations/{id}/finalize": {
    path: { "participantContextId": string; "id": string }
    answer: undefined
  }
  "GET /participants/{participantContextId}/contractnegotiations/{id}/history": {
    path: { "participantContextId": string; "id": string }
    answer: readonly ({ "@context": readonly (string)[]; "@type": "ProcessStep"; "from": (string | null); "to": string; "at": number; "reason": (string | null); "messageId": (string | null) })[]
  }
  "POST /participants/{participantContextId}/contractnegotiations/{id}/offer": {
    path: { "participantContextId": string; "id": string }
    body: { "@context": readonly (string)[]; "@type"?: string; "policy": (Record<string, unknown> & { "@type": "Offer"; "@id"?: string; "target"?: string }) }
    answer: undefined
  }
  "POST /participants/{participantContextId}/contractnegotiations/{id}/request": {
    path: { "participantContextId": string; "id": string }
    body: { "@context": readonly (string)[]; "@type"?: string; "policy": (Record<string, unknown> & { "@type": "Offer"; "@id"?: string; "target"?: string }) }
    answer: undefined
  }
  "GET /participants/{participantContextId}/contractnegotiations/{id}/state": {
    path: { "participantContextId": string; "id": string }
    answer: { "@context": readonly (string)[]; "@type": "NegotiationState"; "state": string }
  }
  "POST /participants/{participantContextId}/contractnegotiations/{id}/terminate": {
    path: { "participantContextId": string; "id": string }
    body: { "@context": readonly (string)[]; "@type": "TerminateNegotiation"; "reason"?: string }
    answer: undefined
  }
  "POST /participants/{participantContextId}/contractnegotiations/{id}/verify": {
    path: { "participantContextId": string; "id": string }
    answer: undefined
  }
  "POST /participants/{participantContextId}/contractnegotiations/offers": {
    path: { "participantContextId": string }
    body: { "@context": readonly (string)[]; "@type": "ContractOffer"; "@id"?: string; "counterPartyAddress": string; "protocol"?: string; "profile"?: string; "counterPartyId": string; "conduct"?: ("automatic" | "manual"); "policy": (Record<string, unknown> & { "@type": "Offer"; "@id"?: string; "target"?: string }) }
    answer: { "@context": readonly (string)[]; "@type": "IdResponse"; "@id": string; "createdAt": number }
  }
  "POST /participants/{participantContextId}/contractnegotiations/request": {
    path: { "participantContextId": string }
    body: (null | { "@context": readonly (string)[]; "@type": "QuerySpec"; "offset"?: number; "limit"?: number; "sortField"?: string; "sortOrder"?: ("ASC" | "DESC"); "filterExpression"?: readonly ({ "@type": "Criterion"; "operandLeft": string; "operator": string; "operandRight": unknown })[] })
    answer: readonly ({ "@context": readonly (string)[]; "@type": "ContractNegotiation"; "@id": string; "type": ("CONSUMER" | "PROVIDER"); "state": string; "stateTimestamp": number; "createdAt": number; "protocol": string; "profile": string; "counterPartyId": string; "counterPartyAddress": string; "callbackAddresses": readonly (unknown)[]; "conduct": ("automatic" | "manual"); "assetId": string; "correlationId"?: string; "contractAgreementId"?: string; "offer"?: Record<string, unknown>; "errorCode"?: string; "errorDetail"?: string; "errorSide"?: ("US" | "COUNTERPARTY"); "decision"?: unknown })[]
  }
  "GET /participants/{participantContextId}/dataplanes": {
    path: { "participantContextId": string }
    answer: readonly ({ "@context": readonly (string)[]; "@type": "DataPlaneInstance"; "@id": string; "endpoint": string; "allowedTransferTypes": readonly (string)[]; "labels": readonly (string)[]; "state": "REGISTERED" })[]
  }
  "PUT /participants/{participantContextId}/dataplanes": {
    path: { "participantContextId": string }
    body: { "dataplaneId": string; "endpoint": string; "profiles"?: readonly (string)[]; "transferTypes"?: readonly (string)[]; "labels"?: readonly (string)[]; "authorization": Record<string, unknown> }
    answer: undefined
  }
  "DELETE /participants/{participantContextId}/dataplanes/{id}": {
    path: { "participantContextId": string; "id": string }
    answer: undefined
  }
  "POST /participants/{participantContextId}/discover/request": {
    path: { "participantContextId": string }
    body: { "@context": readonly (string)[]; "@type": "DiscoveryRequest"; "counterPartyId"?: string; "counterPartyAddress"?: string }
    answer: readonly ({ "@context": readonly (string)[]; "@type": "DiscoveryResponse"; "profile": string; "version": string; "binding": "HTTPS"; "counterParty": { "path": string; "dataServiceEndpoint": string } })[]
  }
  "GET /participants/{participantContextId}/edrs/{transferId}/dataaddress": {
    path: { "participantContextId": string; "transferId": string }
    answer: ({ "@context": readonly (string)[]; "@type": "DataAddress"; "type": string; "endpointType": string; "endpoint"?: string; "authorization"?: string; "authType"?: string } & Record<string, unknown>)
  }
  "POST /participants/{participantContextId}/policydefinitions": {
    path: { "participantContextId": string }
    body: { "@context": readonly (string)[]; "@type": "PolicyDefinition"; "policy": Record<string, unknown>; "privateProperties"?: Record<string, unknown>; "@id"?: string }
    answer: { "@context": readonly (string)[]; "@type": "IdResponse"; "@id": string; "createdAt": number }
  }
  "GET /participants/{participantContextId}/policydefinitions/{id}": {
    path: { "participantContextId": string; "id": string }
    answer: { "@context": readonly (string)[]; "@type": "PolicyDefinition"; "policy": Record<string, unknown>; "privateProperties"?: Record<string, unknown>; "@id": string; "createdAt": number }
  }
  "PUT /participants/{participantContextId}/policydefinitions/{id}": {
    path: { "participantContextId": string; "id": string }
    body: { "@context": readonly (string)[]; "@type": "PolicyDefinition"; "policy": Record<string, unknown>; "privateProperties"?: Record<string, unknown>; "@id"?: string }
    answer: undefined
  }
  "DELETE /participants/{participantContextId}/policydefinitions/{id}": {
    path: { "participantContextId": string; "id": string }
    answer: undefined
  }
  "POST /participants/{participantContextId}/policydefinitions/request": {
    path: { "participantContextId": string }
    body: (null | { "@context": readonly (string)[]; "@type": "QuerySpec"; "offset"?: number; "limit"?: number; "sortField"?: string; "sortOrder"?: ("ASC" | "DESC"); "filterExpression"?: readonly ({ "@type": "Criterion"; "operandLeft": string; "operator": string; "operandRight": unknown })[] })
    answer: readonly ({ "@context": readonly (string)[]; "@type": "PolicyDefinition"; "policy": Record<string, unknown>; "privateProperties"?: Record<string, unknown>; "@id": string; "createdAt": number })[]
  }
  "GET /participants/{participantContextId}/profiles": {
    path: { "participantContextId": string }
    answer: readonly ({ "@context": readonly (string)[]; "@type": "DataspaceProfile"; "name": string; "protocol": { "version": "2025-1"; "binding": string; "namespace": string; "path"?: string }; "jsonLdContextsUrl"?: readonly (string)[]; "trustedIssuers"?: readonly ({ "@id": string; "supportedTypes": readonly (string)[] })[]; "trust"?: { "relationships"?: ("required" | "optional"); "unsignedStatusLists"?: boolean; "looseCredentialShape"?: boolean }; "assetSchema"?: Record<string, unknown>; "transferRules"?: { "pids"?: ("both" | "path"); "dataAddress"?: ("required" | "optional") } })[]
  }
  "PUT /participants/{participantContextId}/profiles": {
    path: { "participantContextId": string }
    body: { "@context": readonly (string)[]; "@type": "AssociateDataspaceProfile"; "profiles": readonly (string)[] }
    answer: undefined
  }
  "POST /participants/{participantContextId}/transferprocesses": {
    path: { "participantContextId": string }
    body: { "@context": readonly (string)[]; "@type": "TransferRequest"; "@id"?: string; "counterPartyAddress": string; "protocol"?: string; "profile"?: string; "callbackAddresses"?: readonly (unknown)[]; "contractId": string; "transferType": string; "privateProperties"?: Record<string, unknown>; "dataplaneMetadata"?: { "@type"?: "DataplaneMetadata"; "labels"?: readonly (string)[]; "properties"?: Record<string, unknown> } }
    answer: { "@context": readonly (string)[]; "@type": "IdResponse"; "@id": string; "createdAt": number }
  }
  "GET /participants/{participantContextId}/transferprocesses/{id}": {
    path: { "participantContextId": string; "id": string }
    answer: { "@context": readonly (string)[]; "@type": "TransferProcess"; "@id": string; "type": ("CONSUMER" | "PROVIDER"); "state": string; "stateTimestamp": number; "createdAt": number; "protocol": string; "profile": string; "counterPartyId": string; "counterPartyAddress": string; "callbackAddresses": readonly (unknown)[]; "assetId": string; "contractId": string; "agreementId": string; "transferType": string; "dataPlaneId": string; "correlationId"?: string; "privateProperties": Record<string, unknown>; "errorCode"?: string; "errorDetail"?: string; "errorSide"?: ("US" | "COUNTERPARTY") }
  }
  "POST /participants/{participantContextId}/transferprocesses/{id}/complete": {
    path: { "participantContextId": string; "id": string }
    answer: undefined
  }
  "GET /participants/{participantContextId}/transferprocesses/{id}/history": {
    path: { "participantContextId": string; "id": string }
    answer: readonly ({ "@context": readonly (string)[]; "@type": "ProcessStep"; "from": (string | null); "to": string; "at": number; "reason": (string | null); "messageId": (string | null) })[]
  }
  "POST /participants/{participantContextId}/transferprocesses/{id}/resume": {
    path: { "participantContextId": string; "id": string }
    answer: undefined
  }
  "GET /participants/{participantContextId}/transferprocesses/{id}/state": {
    path: { "participantContextId": string; "id": string }
    answer: { "@context": readonly (string)[]; "@type": "TransferState"; "state": string }
  }
  "POST /participants/{participantContextId}/transferprocesses/{id}/suspend": {
    path: { "participantContextId": string; "id": string }
    body: { "@context": readonly (string)[]; "@type": "SuspendTransfer"; "reason"?: string }
    answer: undefined
  }
  "POST /participants/{participantContextId}/transferprocesses/{id}/terminate": {
    path: { "participantContextId": string; "id": string }
    body: { "@context": readonly (string)[]; "@type": "TerminateTransfer"; "reason"?: string }
    answer: undefined
  }
  "POST /participants/{participantContextId}/transferprocesses/request": {
    path: { "participantContextId": string }
    body: (null | { "@context": readonly (string)[]; "@type": "QuerySpec"; "offset"?: number; "limit"?: number; "sortField"?: string; "sortOrder"?: ("ASC" | "DESC"); "filterExpression"?: readonly ({ "@type": "Criterion"; "operandLeft": string; "operator": string; "operandRight": unknown })[] })
    answer: readonly ({ "@context": readonly (string)[]; "@type": "TransferProcess"; "@id": string; "type": ("CONSUMER" | "PROVIDER"); "state": string; "stateTimestamp": number; "createdAt": number; "protocol": string; "profile": string; "counterPartyId": string; "counterPartyAddress": string; "callbackAddresses": readonly (unknown)[]; "assetId": string; "contractId": string; "agreementId": string; "transferType": string; "dataPlaneId": string; "correlationId"?: string; "privateProperties": Record<string, unknown>; "errorCode"?: string; "errorDetail"?: string; "errorSide"?: ("US" | "COUNTERPARTY") })[]
  }
}

// Generated from docs/reference/openapi by tools/openapi/generate.ts: change the routes, not this file.

/** Issuer administration, v1beta. */
export type IssuerAdminApi = {
  "GET /participants": {
    query?: { "offset"?: number; "limit"?: number }
    answer: readonly ({ "participantContextId": string; "did": string; "keyId": string; "issuerService": string })[]
  }
  "POST /participants": {
    body: { "participantContextId": string; "did": string; "algorithm"?: ("ES256" | "EdDSA") }
    answer: { "participantContextId": string; "did": string; "keyId": string; "issuerService": string }
  }
  "GET /participants/{participantContextId}": {
    path: { "participantContextId": string }
    answer: { "participantContextId": string; "did": string; "keyId": string; "issuerService": string }
  }
  "POST /participants/{participantContextId}/attestations": {
    path: { "participantContextId": string }
    body: { "id": string; "attestationType": string; "configuration"?: Record<string, unknown> }
    answer: { "id": string; "participantContextId": string; "attestationType": string; "configuration": Record<string, unknown> }
  }
  "DELETE /participants/{participantContextId}/attestations/{id}": {
    path: { "participantContextId": string; "id": string }
    answer: undefined
  }
  "POST /participants/{participantContextId}/attestations/query": {
    path: { "participantContextId": string }
    body: ({ "@context"?: unknown; "@type"?: "QuerySpec"; "offset"?: number; "limit"?: number; "sortField"?: string; "sortOrder"?: ("ASC" | "DESC"); "filterExpression"?: readonly ({ "@type"?: "Criterion"; "operandLeft": string; "operator": string; "operandRight"?: unknown })[] } | null)
    answer: readonly ({ "id": string; "participantContextId": string; "attestationType": string; "configuration": Record<string, unknown> })[]
  }
  "POST /participants/{participantContextId}/credentialdefinitions": {
    path: { "participantContextId": string }
    body: { "id": string; "credentialType": string; "format": string; "attestations": readonly (string)[]; "rules"?: readonly ({ "type": string; "configuration": Record<string, unknown> })[]; "mappings": readonly ({ "input": string; "output": string; "required"?: (boolean | "true" | "false") })[]; "validity": (number | string); "jsonSchema"?: string; "jsonSchemaUrl"?: string; "additionalContext"?: readonly (string)[]; "approval"?: ("automatic" | "manual"); "suspendable"?: boolean }
    answer: { "id": string; "credentialType": string; "format": string; "attestations": readonly (string)[]; "rules"?: readonly ({ "type": string; "configuration": Record<string, unknown> })[]; "mappings": readonly ({ "input": string; "output": string; "required"?: (boolean | "true" | "false") })[]; "validity": (number | string); "jsonSchema"?: string; "jsonSchemaUrl"?: string; "additionalContext"?: readonly (string)[]; "approval"?: ("automatic" | "manual"); "suspendable"?: boolean; "participantContextId": string }
  }
  "PUT /participants/{participantContextId}/credentialdefinitions": {
    path: { "participantContextId": string }
    body: { "id": string; "credentialType": string; "format": string; "attestations": readonly (string)[]; "rules"?: readonly ({ "type": string; "configuration": Record<string, unknown> })[]; "mappings": readonly ({ "input": string; "output": string; "required"?: (boolean | "true" | "false") })[]; "validity": (number | string); "jsonSchema"?: string; "jsonSchemaUrl"?: string; "additionalContext"?: readonly (string)[]; "approval"?: ("automatic" | "manual"); "suspendable"?: boolean }
    answer: { "id": string; "credentialType": string; "format": string; "attestations": readonly (string)[]; "rules"?: readonly ({ "type": string; "configuration": Record<string, unknown> })[]; "mappings": readonly ({ "input": string; "output": string; "required"?: (boolean | "true" | "false") })[]; "validity": (number | string); "jsonSchema"?: string; "jsonSchemaUrl"?: string; "additionalContext"?: readonly (string)[]; "approval"?: ("automatic" | "manual"); "suspendable"?: boolean; "participantContextId": string }
  }
  "GET /participants/{participantContextId}/credentialdefinitions/{id}": {
    path: { "participantContextId": string; "id": string }
    answer: { "id": string; "credentialType": string; "format": string; "attestations": readonly (string)[]; "rules"?: readonly ({ "type": string; "configuration": Record<string, unknown> })[]; "mappings": readonly ({ "input": string; "output": string; "required"?: (boolean | "true" | "false") })[]; "validity": (number | string); "jsonSchema"?: string; "jsonSchemaUrl"?: string; "additionalContext"?: readonly (string)[]; "approval"?: ("automatic" | "manual"); "suspendable"?: boolean; "participantContextId": string }
  }
  "DELETE /participants/{participantContextId}/credentialdefinitions/{id}": {
    path: { "participantContextId": string; "id": string }
    answer: undefined
  }
  "POST /participants/{participantContextId}/credentialdefinitions/query": {
    path: { "participantContextId": string }
    body: ({ "@context"?: unknown; "@type"?: "QuerySpec"; "offset"?: number; "limit"?: number; "sortField"?: string; "sortOrder"?: ("ASC" | "DESC"); "filterExpression"?: readonly ({ "@type"?: "Criterion"; "operandLeft": string; "operator": string; "operandRight"?: unknown })[] } | null)
    answer: readonly ({ "id": string; "credentialType": string; "format": string; "attestations": readonly (string)[]; "rules"?: readonly ({ "type": string; "configuration": Record<string, unknown> })[]; "mappings": readonly ({ "input": string; "output": string; "required"?: (boolean | "true" | "false") })[]; "validity": (number | string); "jsonSchema"?: string; "jsonSchemaUrl"?: string; "additionalContext"?: readonly (string)[]; "approval"?: ("automatic" | "manual"); "suspendable"?: boolean; "participantContextId": string })[]
  }
  "GET /participants/{participantContextId}/credentialoffers/{id}": {
    path: { "participantContextId": string; "id": string }
    answer: { "id": string; "participantContextId": string; "holderId": string; "credentials": readonly (string)[]; "reason": string; "state": ("PENDING" | "SENT" | "FAILED"); "errorCode": (string | null); "createdAt": number; "updatedAt": number }
  }
  "POST /participants/{participantContextId}/credentialoffers/query": {
    path: { "participantContextId": string }
    body: ({ "@context"?: unknown; "@type"?: "QuerySpec"; "offset"?: number; "limit"?: number; "sortField"?: string; "sortOrder"?: ("ASC" | "DESC"); "filterExpression"?: readonly ({ "@type"?: "Criterion"; "operandLeft": string; "operator": string; "operandRight"?: unknown })[] } | null)
    answer: readonly ({ "id": string; "participantContextId": string; "holderId": string; "credentials": readonly (string)[]; "reason": string; "state": ("PENDING" | "SENT" | "FAILED"); "errorCode": (string | null); "createdAt": number; "updatedAt": number })[]
  }
  "POST /participants/{participantContextId}/credentials/{id}/resume": {
    path: { "participantContextId": string; "id": string }
    answer: undefined
  }
  "POST /participants/{participantContextId}/credentials/{id}/revoke": {
    path: { "participantContextId": string; "id": string }
    answer: undefined
  }
  "GET /participants/{participantContextId}/credentials/{id}/status": {
    path: { "participantContextId": string; "id": string }
    answer: { "credentialId": string; "status": ("revocation" | "suspension" | null); "reason": null }
  }
  "POST /participants/{participantContextId}/credentials/{id}/suspend": {
    path: { "participantContextId": string; "id": string }
    answer: undefined
  }
  "POST /participants/{participantContextId}/credentials/offer": {
    path: { "participantContextId": string }
    body: { "holderId": string; "credentials": readonly (string)[]; "reason"?: string }
    answer: undefined
  }
  "POST /participants/{participantContextId}/credentials/query": {
    path: { "participantContextId": string }
    body: ({ "@context"?: unknown; "@type"?: "QuerySpec"; "offset"?: number; "limit"?: number; "sortField"?: string; "sortOrder"?: ("ASC" | "DESC"); "filterExpression"?: readonly ({ "@type"?: "Criterion"; "operandLeft": string; "operator": string; "operandRight"?: unknown })[] } | null)
    answer: readonly ({ "id": string; "participantContextId": string; "holderId": string; "format": string; "credential": { "id": string; "type": readonly (string)[]; "issuer": string; "issuanceDate": string; "expirationDate": string; "credentialSubject": Record<string, unknown>; "credentialStatus": readonly (Record<string, unknown>)[] } })[]
  }
  "POST /participants/{participantContextId}/holders": {
    path: { "participantContextId": string }
    body: { "holderId": string; "did": string; "name"?: string; "properties"?: Record<string, unknown>; "formatNames"?: ("profile" | "edc") }
    answer: { "holderId": string; "participantContextId": string; "did": string; "holderName": string; "anonymous": boolean; "properties": Record<string, unknown>; "formatNames": ("profile" | "edc"); "createdAt": number }
  }
  "PUT /participants/{participantContextId}/holders": {
    path: { "participantContextId": string }
    body: { "holderId": string; "did": string; "name"?: string; "properties"?: Record<string, unknown>; "formatNames"?: ("profile" | "edc") }
    answer: { "holderId": string; "participantContextId": string; "did": string; "holderName": string; "anonymous": boolean; "properties": Record<string, unknown>; "formatNames": ("profile" | "edc"); "createdAt": number }
  }
  "GET /participants/{participantContextId}/holders/{holderId}": {
    path: { "participantContextId": string; "holderId": string }
    answer: { "holderId": string; "participantContextId": string; "did": string; "holderName": string; "anonymous": boolean; "properties": Record<string, unknown>; "formatNames": ("profile" | "edc"); "createdAt": number }
  }
  "DELETE /participants/{participantContextId}/holders/{holderId}": {
    path: { "participantContextId": string; "holderId": string }
    answer: undefined
  }
  "POST /participants/{participantContextId}/holders/query": {
    path: { "participantContextId": string }
    body: ({ "@context"?: unknown; "@type"?: "QuerySpec"; "offset"?: number; "limit"?: number; "sortField"?: string; "sortOrder"?: ("ASC" | "DESC"); "filterExpression"?: readonly ({ "@type"?: "Criterion"; "operandLeft": string; "operator": string; "operandRight"?: unknown })[] } | null)
    answer: readonly ({ "holderId": string; "participantContextId": string; "did": string; "holderName": string; "anonymous": boolean; "properties": Record<string, unknown>; "formatNames": ("profile" | "edc"); "createdAt": number })[]
  }
  "GET /participants/{participantContextId}/issuanceprocesses/{id}": {
    path: { "participantContextId": string; "id": string }
    answer: { "id": string; "participantContextId": string; "holderId": string; "holderPid": string; "claims": Record<string, unknown>; "credentialDefinitions": readonly (string)[]; "credentialFormats": Record<string, string>; "state": string; "errorCode": (string | null); "errorDetail": (string | null); "createdAt": number; "updatedAt": number }
  }
  "POST /participants/{participantContextId}/issuanceprocesses/{id}/approve": {
    path: { "participantContextId": string; "id": string }
    answer: undefined
  }
  "POST /participants/{participantContextId}/issuanceprocesses/{id}/reject": {
    path: { "participantContextId": string; "id": string }
    body: ({ "reason"?: string } | null)
    answer: undefined
  }
  "POST /participants/{participantContextId}/issuanceprocesses/query": {
    path: { "participantContextId": string }
    body: ({ "@context"?: unknown; "@type"?: "QuerySpec"; "offset"?: number; "limit"?: number; "sortField"?: string; "sortOrder"?: ("ASC" | "DESC"); "filterExpression"?: readonly ({ "@type"?: "Criterion"; "operandLeft": string; "operator": string; "operandRight"?: unknown })[] } | null)
    answer: readonly ({ "id": string; "participantContextId": string; "holderId": string; "holderPid": string; "claims": Record<string, unknown>; "credentialDefinitions": readonly (string)[]; "credentialFormats": Record<string, string>; "state": string; "errorCode": (string | null); "errorDetail": (string | null); "createdAt": number; "updatedAt": number })[]
  }
  "GET /participants/{participantContextId}/keys": {
    path: { "participantContextId": string }
    answer: readonly ({ "keyId": string; "kid": string; "algorithm": string; "state": ("ACTIVE" | "RETIRED" | "REVOKED" | "EXPIRED"); "createdAt": number; "endedAt": (number | null) })[]
  }
  "POST /participants/{participantContextId}/keys/{keyId}/revoke": {
    path: { "participantContextId": string; "keyId": string }
    answer: undefined
  }
  "POST /participants/{participantContextId}/keys/rotate": {
    path: { "participantContextId": string }
    body: ({ "algorithm"?: ("ES256" | "EdDSA") } | null)
    answer: { "keyId": string; "kid": string; "algorithm": string; "state": ("ACTIVE" | "RETIRED" | "REVOKED" | "EXPIRED"); "createdAt": number; "endedAt": (number | null) }
  }
  "POST /participants/{participantContextId}/preauthorizations": {
    path: { "participantContextId": string }
    body: { "holderId": string; "credentials": readonly (string)[]; "validDays"?: number }
    answer: { "code": string; "holderId": string; "credentials": readonly (string)[]; "expiresAt": number }
  }
}

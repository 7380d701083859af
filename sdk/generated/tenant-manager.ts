// Generated from docs/reference/openapi by tools/openapi/generate.ts: change the routes, not this file.

/** Tenant Manager API, v1alpha1. */
export type TenantManagerApi = {
  "GET /cells": {
    query?: { "offset"?: number; "limit"?: number }
    answer: readonly ({ "id": string; "version": number; "externalId": string; "state": string; "stateTimestamp": string; "properties"?: Record<string, unknown> })[]
  }
  "POST /cells": {
    body: { "externalId"?: string; "state": string; "stateTimestamp": string; "properties"?: Record<string, unknown> }
    answer: { "id": string; "version": number; "externalId": string; "state": string; "stateTimestamp": string; "properties"?: Record<string, unknown> }
  }
  "DELETE /cells/{id}": {
    path: { "id": string }
    answer: undefined
  }
  "GET /dataspace-profiles": {
    query?: { "offset"?: number; "limit"?: number }
    answer: readonly ({ "id": string; "version": number; "dataspaceSpec": { "protocolStack"?: readonly (string)[]; "credentialSpecs"?: readonly ({ "id": string; "type": string; "issuer": string; "format": string; "role"?: string })[] }; "artifacts"?: readonly (string)[]; "deployments"?: readonly ({ "id": string; "version": number; "state": string; "stateTimestamp": string; "cellId": string; "externalCellId": string })[]; "properties"?: Record<string, unknown> })[]
  }
  "POST /dataspace-profiles": {
    body: { "dataspaceSpec"?: { "protocolStack"?: readonly (string)[]; "credentialSpecs"?: readonly ({ "id": string; "type": string; "issuer": string; "format": string; "role"?: string })[] }; "artifacts"?: readonly (string)[]; "properties"?: Record<string, unknown> }
    answer: { "id": string; "version": number; "dataspaceSpec": { "protocolStack"?: readonly (string)[]; "credentialSpecs"?: readonly ({ "id": string; "type": string; "issuer": string; "format": string; "role"?: string })[] }; "artifacts"?: readonly (string)[]; "deployments"?: readonly ({ "id": string; "version": number; "state": string; "stateTimestamp": string; "cellId": string; "externalCellId": string })[]; "properties"?: Record<string, unknown> }
  }
  "GET /dataspace-profiles/{id}": {
    path: { "id": string }
    answer: { "id": string; "version": number; "dataspaceSpec": { "protocolStack"?: readonly (string)[]; "credentialSpecs"?: readonly ({ "id": string; "type": string; "issuer": string; "format": string; "role"?: string })[] }; "artifacts"?: readonly (string)[]; "deployments"?: readonly ({ "id": string; "version": number; "state": string; "stateTimestamp": string; "cellId": string; "externalCellId": string })[]; "properties"?: Record<string, unknown> }
  }
  "DELETE /dataspace-profiles/{id}": {
    path: { "id": string }
    answer: undefined
  }
  "POST /dataspace-profiles/{id}/deployments": {
    path: { "id": string }
    body: { "profileId"?: string; "cellId": string }
    answer: undefined
  }
  "POST /participant-profiles/query": {
    body: { "predicate": string; "offset"?: number; "limit"?: number }
    answer: readonly ({ "id": string; "version": number; "identifier": string; "tenantId": string; "participantRoles": Record<string, readonly (string)[]>; "vpas": readonly ({ "id": string; "version": number; "state": string; "stateTimestamp": string; "type": string; "cellId": string; "properties"?: Record<string, unknown> })[]; "properties"?: Record<string, unknown>; "error": boolean; "errorCode"?: string; "errorDetail"?: string })[]
  }
  "GET /tenants": {
    query?: { "offset"?: number; "limit"?: number }
    answer: readonly ({ "id": string; "version": number; "properties"?: Record<string, unknown> })[]
  }
  "POST /tenants": {
    body: { "properties"?: Record<string, unknown> }
    answer: { "id": string; "version": number; "properties"?: Record<string, unknown> }
  }
  "GET /tenants/{tenantId}": {
    path: { "tenantId": string }
    answer: { "id": string; "version": number; "properties"?: Record<string, unknown> }
  }
  "PATCH /tenants/{tenantId}": {
    path: { "tenantId": string }
    body: { "properties"?: (Record<string, unknown> | null); "removed"?: (readonly (string)[] | null) }
    answer: undefined
  }
  "DELETE /tenants/{tenantId}": {
    path: { "tenantId": string }
    answer: undefined
  }
  "GET /tenants/{tenantId}/participant-profiles": {
    path: { "tenantId": string }
    query?: { "offset"?: number; "limit"?: number }
    answer: readonly ({ "id": string; "version": number; "identifier": string; "tenantId": string; "participantRoles": Record<string, readonly (string)[]>; "vpas": readonly ({ "id": string; "version": number; "state": string; "stateTimestamp": string; "type": string; "cellId": string; "properties"?: Record<string, unknown> })[]; "properties"?: Record<string, unknown>; "error": boolean; "errorCode"?: string; "errorDetail"?: string })[]
  }
  "POST /tenants/{tenantId}/participant-profiles": {
    path: { "tenantId": string }
    body: { "identifier": string; "cellId"?: string; "dataspaceProfileIds"?: readonly (string)[]; "participantRoles"?: Record<string, readonly (string)[]>; "vpaProperties"?: { "cfm.connector"?: Record<string, unknown>; "cfm.credentialservice"?: Record<string, unknown>; "cfm.dataplane"?: Record<string, unknown>; "cfm.issuer"?: Record<string, unknown> }; "properties"?: Record<string, unknown> }
    answer: { "id": string; "version": number; "identifier": string; "tenantId": string; "participantRoles": Record<string, readonly (string)[]>; "vpas": readonly ({ "id": string; "version": number; "state": string; "stateTimestamp": string; "type": string; "cellId": string; "properties"?: Record<string, unknown> })[]; "properties"?: Record<string, unknown>; "error": boolean; "errorCode"?: string; "errorDetail"?: string }
  }
  "GET /tenants/{tenantId}/participant-profiles/{participantId}": {
    path: { "tenantId": string; "participantId": string }
    answer: { "id": string; "version": number; "identifier": string; "tenantId": string; "participantRoles": Record<string, readonly (string)[]>; "vpas": readonly ({ "id": string; "version": number; "state": string; "stateTimestamp": string; "type": string; "cellId": string; "properties"?: Record<string, unknown> })[]; "properties"?: Record<string, unknown>; "error": boolean; "errorCode"?: string; "errorDetail"?: string }
  }
  "DELETE /tenants/{tenantId}/participant-profiles/{participantId}": {
    path: { "tenantId": string; "participantId": string }
    answer: undefined
  }
  "POST /tenants/query": {
    body: { "predicate": string; "offset"?: number; "limit"?: number }
    answer: readonly ({ "id": string; "version": number; "properties"?: Record<string, unknown> })[]
  }
}

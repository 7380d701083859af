// Generated from docs/reference/openapi by tools/openapi/generate.ts: change the routes, not this file.

/** Provision Manager API, v1alpha1. */
export type ProvisionManagerApi = {
  "GET /activity-definitions": {
    query?: { "offset"?: number; "limit"?: number }
    answer: readonly ({ "type": string; "description"?: string; "inputSchema"?: Record<string, unknown>; "outputSchema"?: Record<string, unknown> })[]
  }
  "POST /activity-definitions": {
    body: { "type": string; "description"?: string; "inputSchema"?: Record<string, unknown>; "outputSchema"?: Record<string, unknown> }
    answer: undefined
  }
  "DELETE /activity-definitions/{activityType}": {
    path: { "activityType": string }
    answer: undefined
  }
  "GET /orchestration-definitions": {
    query?: { "offset"?: number; "limit"?: number }
    answer: readonly ({ "templateRef": string; "description"?: string; "schema"?: Record<string, unknown>; "activities": Record<string, readonly ({ "id": string; "type": string; "discriminator": string; "dependsOn": readonly (string)[]; "vpaType"?: string })[]> })[]
  }
  "POST /orchestration-definitions": {
    body: { "id"?: string; "description"?: string; "schema"?: Record<string, unknown>; "activities": Record<string, readonly ({ "id": string; "type": string; "dependsOn"?: readonly (string)[]; "vpaType"?: string })[]> }
    answer: { "id": string; "description": string }
  }
  "GET /orchestration-definitions/{templateRef}": {
    path: { "templateRef": string }
    answer: readonly ({ "templateRef": string; "description"?: string; "schema"?: Record<string, unknown>; "activities": Record<string, readonly ({ "id": string; "type": string; "discriminator": string; "dependsOn": readonly (string)[]; "vpaType"?: string })[]> })[]
  }
  "DELETE /orchestration-definitions/{templateRef}": {
    path: { "templateRef": string }
    answer: undefined
  }
  "POST /orchestrations": {
    body: { "id": string; "correlationId": string; "orchestrationType": string; "payload"?: Record<string, unknown> }
    answer: { "id": string; "correlationId": string; "definitionId": string; "state": number; "stateTimestamp": string; "createdTimestamp": string; "orchestrationType": string; "steps": readonly ({ "activities": readonly ({ "id": string; "type": string; "discriminator": string; "dependsOn": readonly (string)[]; "vpaType"?: string })[] })[]; "processingData": Record<string, unknown>; "outputData": Record<string, unknown>; "completed": Record<string, Record<string, unknown>>; "errorCode"?: string; "errorDetail"?: string }
  }
  "GET /orchestrations/{orchestrationId}": {
    path: { "orchestrationId": string }
    answer: { "id": string; "correlationId": string; "definitionId": string; "state": number; "stateTimestamp": string; "createdTimestamp": string; "orchestrationType": string; "steps": readonly ({ "activities": readonly ({ "id": string; "type": string; "discriminator": string; "dependsOn": readonly (string)[]; "vpaType"?: string })[] })[]; "processingData": Record<string, unknown>; "outputData": Record<string, unknown>; "completed": Record<string, Record<string, unknown>>; "errorCode"?: string; "errorDetail"?: string }
  }
  "POST /orchestrations/query": {
    body: { "predicate": string; "offset"?: number; "limit"?: number }
    answer: readonly ({ "id": string; "correlationId": string; "definitionId": string; "state": number; "stateTimestamp": string; "createdTimestamp": string; "orchestrationType": string })[]
  }
}

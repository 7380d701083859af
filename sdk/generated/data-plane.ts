// Generated from docs/reference/openapi by tools/openapi/generate.ts: change the routes, not this file.

/** Data plane administration, v1. */
export type DataPlaneApi = {
  "PUT /participants/{participantContextId}": {
    path: { "participantContextId": string }
    answer: { "participantContextId": string; "dataplaneId": string; "endpoint": string; "profiles": readonly (string)[] }
  }
  "DELETE /participants/{participantContextId}": {
    path: { "participantContextId": string }
    answer: undefined
  }
}

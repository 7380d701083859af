// Generated from docs/reference/openapi by tools/openapi/generate.ts: change the routes, not this file.

/** Clients of the identity provider, 1.0.0. */
export type IdentityProviderApi = {
  "GET /clients": {
    query?: { "offset"?: number; "limit"?: number }
    answer: readonly ({ "clientId": string; "role": ("admin" | "provisioner" | "participant" | "workload"); "participantContextId"?: string; "scopes": readonly (string)[]; "hasSecret": boolean })[]
  }
  "GET /clients/{clientId}": {
    path: { "clientId": string }
    answer: { "clientId": string; "role": ("admin" | "provisioner" | "participant" | "workload"); "participantContextId"?: string; "scopes": readonly (string)[]; "hasSecret": boolean }
  }
  "PUT /clients/{clientId}": {
    path: { "clientId": string }
    body: { "role": ("admin" | "provisioner" | "participant" | "workload"); "participantContextId"?: string; "scopes": readonly (string)[] }
    answer: { "clientId": string; "role": ("admin" | "provisioner" | "participant" | "workload"); "participantContextId"?: string; "scopes": readonly (string)[]; "hasSecret": boolean }
  }
  "DELETE /clients/{clientId}": {
    path: { "clientId": string }
    answer: undefined
  }
  "POST /clients/{clientId}/secret": {
    path: { "clientId": string }
    answer: { "clientId": string; "clientSecret": string }
  }
}

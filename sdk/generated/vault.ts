// Generated from docs/reference/openapi by tools/openapi/generate.ts: change the routes, not this file.

/** Vault clients, 1.0. */
export type VaultApi = {
  "PUT /clients/{clientId}": {
    path: { "clientId": string }
    body: { "participantContextId": string }
    answer: undefined
  }
  "DELETE /clients/{clientId}": {
    path: { "clientId": string }
    answer: undefined
  }
}

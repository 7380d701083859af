// Generated from docs/reference/openapi by tools/openapi/generate.ts: change the routes, not this file.

/** Identity API, v1beta. */
export type IdentityApi = {
  "GET /participants": {
    query?: { "offset"?: number; "limit"?: number }
    answer: readonly ({ "participantContextId": string; "did": string; "identity": string; "state": number; "createdAt": number; "lastModified": number })[]
  }
  "POST /participants": {
    body: { "participantContextId": string; "did": string; "key"?: { "keyId": string; "type"?: "JsonWebKey2020"; "usage"?: readonly (("sign_token" | "sign_presentation" | "sign_credentials"))[]; "keyGeneratorParams"?: { "algorithm": "EC"; "curve"?: "secp256r1" }; "active"?: true; "privateKeyAlias"?: string }; "keys"?: readonly ({ "keyId": string; "type"?: "JsonWebKey2020"; "usage"?: readonly (("sign_token" | "sign_presentation" | "sign_credentials"))[]; "keyGeneratorParams"?: { "algorithm": "EC"; "curve"?: "secp256r1" }; "active"?: true; "privateKeyAlias"?: string })[]; "serviceEndpoints"?: readonly ({ "id": string; "type": string; "serviceEndpoint": string })[]; "active"?: boolean; "provisionStsAccount"?: boolean }
    answer: { "apiKey": null; "clientId": string; "clientSecret": (string | null) }
  }
  "GET /participants/{participantContextId}": {
    path: { "participantContextId": string }
    answer: { "participantContextId": string; "did": string; "identity": string; "state": number; "createdAt": number; "lastModified": number }
  }
  "DELETE /participants/{participantContextId}": {
    path: { "participantContextId": string }
    answer: undefined
  }
  "GET /participants/{participantContextId}/credentials": {
    path: { "participantContextId": string }
    query?: { "offset"?: number; "limit"?: number; "type"?: string }
    answer: readonly ({ "id": string; "participantContextId": string; "issuerId": string; "holderId": string; "holderPid": string; "state": number; "timestamp": number; "verifiableCredential": { "format": string; "rawVc": string; "credential": { "id": (string | null); "type": readonly (string)[]; "issuer": { "id": string }; "issuanceDate": string; "expirationDate": (string | null); "credentialSubject": readonly (Record<string, unknown>)[]; "credentialStatus": readonly (unknown)[] } }; "usage": "Holder" })[]
  }
  "GET /participants/{participantContextId}/credentials/{credentialId}": {
    path: { "participantContextId": string; "credentialId": string }
    answer: { "id": string; "participantContextId": string; "issuerId": string; "holderId": string; "holderPid": string; "state": number; "timestamp": number; "verifiableCredential": { "format": string; "rawVc": string; "credential": { "id": (string | null); "type": readonly (string)[]; "issuer": { "id": string }; "issuanceDate": string; "expirationDate": (string | null); "credentialSubject": readonly (Record<string, unknown>)[]; "credentialStatus": readonly (unknown)[] } }; "usage": "Holder" }
  }
  "POST /participants/{participantContextId}/credentials/request": {
    path: { "participantContextId": string }
    body: { "issuerDid": string; "holderPid"?: string; "credentials": readonly ({ "id": string; "type": string; "format": string })[] }
    answer: undefined
  }
  "GET /participants/{participantContextId}/credentials/request/{holderPid}": {
    path: { "participantContextId": string; "holderPid": string }
    answer: { "issuerDid": string; "holderPid": string; "issuerPid": (string | null); "status": ("CREATED" | "REQUESTING" | "REQUESTED" | "ISSUED" | "ERROR"); "typesAndFormats": readonly ({ "id": string; "credentialType": string; "format": string })[]; "error": ({ "code": string; "reason": string } | null) }
  }
  "POST /participants/{participantContextId}/dids/query": {
    path: { "participantContextId": string }
    body: { "offset"?: number; "limit"?: number }
    answer: readonly (({ "id": string } & Record<string, unknown>))[]
  }
  "GET /participants/{participantContextId}/keypairs": {
    path: { "participantContextId": string }
    query?: { "offset"?: number; "limit"?: number }
    answer: readonly ({ "id": string; "participantContextId": string; "timestamp": number; "keyId": string; "usage": readonly (("sign_token" | "sign_presentation" | "sign_credentials"))[]; "state": number; "serializedPublicKey": string })[]
  }
  "POST /participants/{participantContextId}/state": {
    path: { "participantContextId": string }
    query: { "isActive": boolean }
    answer: undefined
  }
}

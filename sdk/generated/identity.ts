// Generated from docs/reference/openapi by tools/openapi/generate.ts: change the routes, not this file.

/** Identity API, v1beta. */
export type IdentityApi = {
  "GET /participants": {
    query?: { "offset"?: number; "limit"?: number }
    answer: readonly ({ "participantContextId": string; "did": string; "identity": string; "didHosting": ("platform" | "domain" | "customer"); "state": number; "createdAt": number; "lastModified": number })[]
  }
  "POST /participants": {
    body: { "participantContextId": string; "did": string; "didHosting"?: ("platform" | "domain" | "customer"); "key"?: { "keyId": string; "type"?: "JsonWebKey2020"; "usage"?: readonly (("sign_token" | "sign_presentation" | "sign_credentials"))[]; "keyGeneratorParams"?: ({ "algorithm": "EC"; "curve"?: "secp256r1" } | { "algorithm": "EdDSA"; "curve"?: "Ed25519" }); "active"?: boolean; "privateKeyAlias"?: string }; "keys"?: readonly ({ "keyId": string; "type"?: "JsonWebKey2020"; "usage"?: readonly (("sign_token" | "sign_presentation" | "sign_credentials"))[]; "keyGeneratorParams"?: ({ "algorithm": "EC"; "curve"?: "secp256r1" } | { "algorithm": "EdDSA"; "curve"?: "Ed25519" }); "active"?: boolean; "privateKeyAlias"?: string })[]; "serviceEndpoints"?: readonly ({ "id": string; "type": string; "serviceEndpoint": string })[]; "active"?: boolean; "provisionStsAccount"?: boolean }
    answer: { "apiKey": null; "clientId": string; "clientSecret": (string | null) }
  }
  "GET /participants/{participantContextId}": {
    path: { "participantContextId": string }
    answer: { "participantContextId": string; "did": string; "identity": string; "didHosting": ("platform" | "domain" | "customer"); "state": number; "createdAt": number; "lastModified": number }
  }
  "DELETE /participants/{participantContextId}": {
    path: { "participantContextId": string }
    answer: undefined
  }
  "GET /participants/{participantContextId}/credentials": {
    path: { "participantContextId": string }
    query?: { "offset"?: number; "limit"?: number; "type"?: string }
    answer: readonly ({ "id": string; "participantContextId": string; "issuerId": string; "holderId": string; "holderPid": string; "state": number; "timestamp": number; "renewal": { "state": ("NONE" | "SCHEDULED" | "REQUESTED" | "FAILED"); "at": (number | null); "attempts": number; "holderPid": (string | null); "error": ({ "code": string; "reason": string } | null) }; "verifiableCredential": { "format": string; "rawVc": string; "credential": { "id": (string | null); "type": readonly (string)[]; "issuer": { "id": string }; "issuanceDate": string; "expirationDate": (string | null); "credentialSubject": readonly (Record<string, unknown>)[]; "credentialStatus": readonly (unknown)[] } }; "usage": "Holder" })[]
  }
  "GET /participants/{participantContextId}/credentials/{credentialId}": {
    path: { "participantContextId": string; "credentialId": string }
    answer: { "id": string; "participantContextId": string; "issuerId": string; "holderId": string; "holderPid": string; "state": number; "timestamp": number; "renewal": { "state": ("NONE" | "SCHEDULED" | "REQUESTED" | "FAILED"); "at": (number | null); "attempts": number; "holderPid": (string | null); "error": ({ "code": string; "reason": string } | null) }; "verifiableCredential": { "format": string; "rawVc": string; "credential": { "id": (string | null); "type": readonly (string)[]; "issuer": { "id": string }; "issuanceDate": string; "expirationDate": (string | null); "credentialSubject": readonly (Record<string, unknown>)[]; "credentialStatus": readonly (unknown)[] } }; "usage": "Holder" }
  }
  "DELETE /participants/{participantContextId}/credentials/{credentialId}": {
    path: { "participantContextId": string; "credentialId": string }
    answer: undefined
  }
  "GET /participants/{participantContextId}/credentials/offers": {
    path: { "participantContextId": string }
    query?: { "offset"?: number; "limit"?: number }
    answer: readonly ({ "id": string; "issuerDid": string; "state": ("RECEIVED" | "OPEN" | "RENEWED" | "UNRESOLVED" | "ACCEPTED"); "credentials": readonly ({ "id": string; "credentialType": (string | null); "profile": (string | null); "offerReason": (string | null) })[]; "holderPid": (string | null); "error": ({ "code": string; "reason": string } | null); "receivedAt": number })[]
  }
  "GET /participants/{participantContextId}/credentials/offers/{offerId}": {
    path: { "participantContextId": string; "offerId": string }
    answer: { "id": string; "issuerDid": string; "state": ("RECEIVED" | "OPEN" | "RENEWED" | "UNRESOLVED" | "ACCEPTED"); "credentials": readonly ({ "id": string; "credentialType": (string | null); "profile": (string | null); "offerReason": (string | null) })[]; "holderPid": (string | null); "error": ({ "code": string; "reason": string } | null); "receivedAt": number }
  }
  "DELETE /participants/{participantContextId}/credentials/offers/{offerId}": {
    path: { "participantContextId": string; "offerId": string }
    answer: undefined
  }
  "POST /participants/{participantContextId}/credentials/offers/{offerId}/accept": {
    path: { "participantContextId": string; "offerId": string }
    body: ({ "credentials"?: readonly (string)[]; "holderPid"?: string } | null)
    answer: undefined
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
  "GET /participants/{participantContextId}/dids/document": {
    path: { "participantContextId": string }
    answer: ({ "id": string } & Record<string, unknown>)
  }
  "POST /participants/{participantContextId}/dids/publish": {
    path: { "participantContextId": string }
    body: { "did": string }
    answer: undefined
  }
  "POST /participants/{participantContextId}/dids/query": {
    path: { "participantContextId": string }
    body: { "offset"?: number; "limit"?: number }
    answer: readonly (({ "id": string } & Record<string, unknown>))[]
  }
  "POST /participants/{participantContextId}/dids/state": {
    path: { "participantContextId": string }
    body: { "did": string }
    answer: string
  }
  "POST /participants/{participantContextId}/dids/unpublish": {
    path: { "participantContextId": string }
    body: { "did": string }
    answer: undefined
  }
  "POST /participants/{participantContextId}/dids/verify": {
    path: { "participantContextId": string }
    answer: { "did": string; "url": string; "state": ("MATCHES" | "DIFFERS" | "UNREACHABLE"); "problem": ({ "code": string; "reason": string } | null); "differences": readonly ({ "kind": string; "id": string; "message": string })[]; "activatedKeyPairs": readonly (string)[] }
  }
  "GET /participants/{participantContextId}/keypairs": {
    path: { "participantContextId": string }
    query?: { "offset"?: number; "limit"?: number }
    answer: readonly ({ "id": string; "participantContextId": string; "timestamp": number; "keyId": string; "usage": readonly (("sign_token" | "sign_presentation" | "sign_credentials"))[]; "state": number; "defaultPair": boolean; "replaces": (string | null); "publishedUntil": (number | null); "serializedPublicKey": string })[]
  }
  "PUT /participants/{participantContextId}/keypairs": {
    path: { "participantContextId": string }
    query?: { "makeDefault"?: boolean }
    body: { "keyId": string; "type"?: "JsonWebKey2020"; "usage"?: readonly (("sign_token" | "sign_presentation" | "sign_credentials"))[]; "keyGeneratorParams"?: ({ "algorithm": "EC"; "curve"?: "secp256r1" } | { "algorithm": "EdDSA"; "curve"?: "Ed25519" }); "active"?: boolean; "privateKeyAlias"?: string }
    answer: undefined
  }
  "GET /participants/{participantContextId}/keypairs/{keyPairId}": {
    path: { "participantContextId": string; "keyPairId": string }
    answer: { "id": string; "participantContextId": string; "timestamp": number; "keyId": string; "usage": readonly (("sign_token" | "sign_presentation" | "sign_credentials"))[]; "state": number; "defaultPair": boolean; "replaces": (string | null); "publishedUntil": (number | null); "serializedPublicKey": string }
  }
  "POST /participants/{participantContextId}/keypairs/{keyPairId}/activate": {
    path: { "participantContextId": string; "keyPairId": string }
    answer: undefined
  }
  "POST /participants/{participantContextId}/keypairs/{keyPairId}/revoke": {
    path: { "participantContextId": string; "keyPairId": string }
    body: ({ "keyId": string; "type"?: "JsonWebKey2020"; "usage"?: readonly (("sign_token" | "sign_presentation" | "sign_credentials"))[]; "keyGeneratorParams"?: ({ "algorithm": "EC"; "curve"?: "secp256r1" } | { "algorithm": "EdDSA"; "curve"?: "Ed25519" }); "active"?: boolean; "privateKeyAlias"?: string } | null)
    answer: undefined
  }
  "POST /participants/{participantContextId}/keypairs/{keyPairId}/rotate": {
    path: { "participantContextId": string; "keyPairId": string }
    query?: { "duration"?: number }
    body: ({ "keyId": string; "type"?: "JsonWebKey2020"; "usage"?: readonly (("sign_token" | "sign_presentation" | "sign_credentials"))[]; "keyGeneratorParams"?: ({ "algorithm": "EC"; "curve"?: "secp256r1" } | { "algorithm": "EdDSA"; "curve"?: "Ed25519" }); "active"?: boolean; "privateKeyAlias"?: string } | null)
    answer: undefined
  }
  "POST /participants/{participantContextId}/state": {
    path: { "participantContextId": string }
    query: { "isActive": boolean }
    answer: undefined
  }
}

import type { ServiceDatabase } from '@weft/foundation/database'
import { WeftError } from '@weft/foundation/errors'
import type { Task } from '@weft/foundation/processes'
import type { Vault } from '@weft/foundation/secrets'
import { type CredentialContainer, type CredentialDelivery, deliverCredentials } from '@weft/protocols/dcp'
import { issueCredential, type SigningKey } from '@weft/protocols/trust'
import { type FormatNaming, formatName, traitsOf } from './domain/credential-profile.ts'
import { issuerErrors } from './domain/errors.ts'
import type { Issuer, IssuerUrls } from './domain/issuer.ts'
import { callHolder, type HolderCallOptions } from './holder-calls.ts'
import type { Issuers } from './issuers.ts'
import { type IssuedCredential, readCredentialsOf } from './store/credentials.ts'
import { readHolder } from './store/holders.ts'
import { type Issuance, readIssuance } from './store/issuances.ts'
import { readIssuer } from './store/issuers.ts'

export interface DeliveryOptions extends HolderCallOptions {
  readonly database: ServiceDatabase
  readonly vault: Vault
  readonly issuers: Issuers
  readonly urls: IssuerUrls
}

/** Name of the vault entry with the holder's access token of a request. */
export function accessTokenName(requestId: string): string {
  return `issuer-service/request/${requestId}`
}

/** What a delivery is made of, read in one transaction. */
export interface Loaded {
  readonly issuer: Issuer
  readonly issuance: Issuance
  readonly credentials: readonly IssuedCredential[]
  readonly naming: FormatNaming
}

/** @throws `issuer.issuance-unknown` */
export function loadIssuance({ database }: DeliveryOptions, task: Task): Promise<Loaded> {
  return database.tenant(task.participantContextId, async (tx) => {
    const issuer = await readIssuer(tx)
    const issuance = await readIssuance(tx, task.processId)
    if (!issuer || !issuance) throw new WeftError(issuerErrors['issuance-unknown'])
    const holder = await readHolder(tx, issuance.holderId)
    const credentials = await readCredentialsOf(tx, task.processId)
    return { issuer, issuance, credentials, naming: holder?.formatNames ?? 'profile' }
  })
}

/**
 * Signs the credentials and delivers them. They are signed anew on every try; what is signed is the same, so the holder
 * gets one credential however often it arrives.
 * @param accessToken id under which the vault has the holder's access token
 */
export async function deliverIssued(
  options: DeliveryOptions,
  loaded: Loaded,
  key: SigningKey,
  accessToken: string | undefined,
): Promise<void> {
  const { issuance, credentials } = loaded
  const containers = await Promise.all(credentials.map((credential) => contain(options, loaded, credential, key)))
  const { id: issuerPid, holderPid } = issuance
  const delivery: CredentialDelivery = { status: 'ISSUED', issuerPid, holderPid, credentials: containers }
  await tellHolder(options, loaded, key, accessToken, delivery)
}

/** Tells the holder that nothing is issued. The code alone: the explanation may say what the issuer knows of others (DCP-46). */
export async function deliverRejection(options: DeliveryOptions, loaded: Loaded, key: SigningKey): Promise<void> {
  const { id: issuerPid, holderPid, error, hasAccessToken } = loaded.issuance
  const delivery: CredentialDelivery = { status: 'REJECTED', issuerPid, holderPid, rejectionReason: error?.code }
  await tellHolder(options, loaded, key, hasAccessToken ? issuerPid : undefined, delivery)
}

async function contain(
  options: DeliveryOptions,
  { issuer, naming }: Loaded,
  credential: IssuedCredential,
  key: SigningKey,
): Promise<CredentialContainer> {
  const { format, credentialType, schemaUrl } = credential
  const payload = await issueCredential(
    {
      profile: format,
      id: credential.credentialId,
      issuer: issuer.did,
      types: [credentialType],
      subject: { id: credential.subjectDid, claims: credential.subjectClaims },
      validFrom: credential.validFrom,
      validUntil: credential.validUntil,
      status: credential.status.map(({ kind, purpose, listId, index }) => ({
        kind,
        purpose,
        index,
        listUrl: options.urls.statusList(listId),
      })),
      ...(schemaUrl === null ? {} : { schema: { id: schemaUrl, type: traitsOf(format).schemaType } }),
      contexts: credential.contexts,
    },
    key,
  )
  return { credentialType, payload, format: formatName(format, naming) }
}

/** DCP-35: to the credential service in the holder's DID document, with the holder's own access token sent back. */
async function tellHolder(
  options: DeliveryOptions,
  { issuer, issuance }: Loaded,
  key: SigningKey,
  accessTokenOf: string | undefined,
  delivery: CredentialDelivery,
): Promise<void> {
  const accessToken =
    accessTokenOf === undefined
      ? undefined
      : await options.vault.partition(issuer.participantContextId).get(accessTokenName(accessTokenOf))
  const call = { issuer: issuer.did, key, holder: issuance.holderDid, accessToken }
  await callHolder(options, call, (to) => deliverCredentials({ ...to, delivery }))
}

import { createHash } from 'node:crypto'
import { WeftError } from '@weft/foundation/errors'
import type { OutboundClient } from '@weft/foundation/http'
import { ApiError } from '../api-client.ts'
import { type Apis, apisFor } from './clients.ts'
import { type Dataspace, issuerContext } from './dataspace.ts'
import { demoErrors } from './errors.ts'
import { dataspaceProfile, type Platform } from './platform.ts'
import { until } from './waiting.ts'

/** An organisation that is to take part. */
export interface Applicant {
  /** `Bolt Works GmbH` */
  readonly name: string
  /** Last segment of its DID: `bolt-works-4f2a`. */
  readonly shortName: string
  /** Roles in the dataspace; they decide which credentials it gets. */
  readonly roles: readonly string[]
}

/** An onboarded organisation: what it needs to act for itself. */
export interface Organisation {
  readonly name: string
  readonly did: string
  readonly participantContextId: string
  /** Its own machine client's APIs. */
  readonly apis: Apis
  /** Where partners reach it. */
  readonly dspAddress: string
}

const onboardingDeadlineMs = 60_000

/** Creates tenant and participant profile unless they are there, and waits until every VPA is active. */
export async function onboard(
  platform: Platform,
  operator: Apis,
  dataspace: Dataspace,
  applicant: Applicant,
  vpaBecameActive: (vpaType: string) => void,
): Promise<string> {
  const did = didOf(platform, applicant)
  const profile = (await findProfile(operator, did)) ?? (await createProfile(operator, dataspace, applicant, did))
  const seen = new Set<string>()
  await until(`Onboarding ${applicant.name}`, onboardingDeadlineMs, async () => {
    const path = { tenantId: profile.tenantId, participantId: profile.id }
    const { body } = await operator.tenants.call('GET /tenants/{tenantId}/participant-profiles/{participantId}', {
      path,
    })
    if (body.error) {
      throw new WeftError(demoErrors['went-wrong'], {
        message: `Onboarding ${applicant.name} failed: ${body.errorDetail}`,
      })
    }
    for (const vpa of body.vpas ?? []) {
      if (vpa.state === 'active' && !seen.has(vpa.type)) vpaBecameActive(vpa.type)
      if (vpa.state === 'active') seen.add(vpa.type)
    }
    return body.vpas?.every((vpa) => vpa.state === 'active') ? body : undefined
  })
  return profile.id.replaceAll('-', '')
}

interface ProfileKey {
  readonly id: string
  readonly tenantId: string
}

async function findProfile({ tenants }: Apis, did: string): Promise<ProfileKey | undefined> {
  const found = await tenants.call('POST /participant-profiles/query', {
    body: { predicate: `identifier = '${did}'`, offset: 0, limit: 1 },
  })
  return found.body[0]
}

async function createProfile(
  { tenants }: Apis,
  dataspace: Dataspace,
  applicant: Applicant,
  did: string,
): Promise<ProfileKey> {
  const properties = { name: applicant.name, shortName: applicant.shortName }
  const known = await tenants.call('POST /tenants/query', {
    body: { predicate: `properties.shortName = '${applicant.shortName}'`, offset: 0, limit: 1 },
  })
  const tenantId = known.body[0]?.id ?? (await tenants.call('POST /tenants', { body: { properties } })).body.id
  const created = await tenants.call('POST /tenants/{tenantId}/participant-profiles', {
    path: { tenantId },
    body: {
      identifier: did,
      cellId: dataspace.cellId,
      dataspaceProfileIds: [dataspace.profileId],
      participantRoles: { [dataspace.profileId]: [...applicant.roles] },
      vpaProperties: {
        'cfm.issuer': { name: applicant.name, membershipType: 'full-member', since: '2026-01-01T00:00:00Z' },
      },
      properties: { name: applicant.name },
    },
  })
  return { id: created.body.id, tenantId }
}

function didOf(platform: Platform, applicant: Applicant): string {
  return `did:web:${new URL(platform.runtime.publicUrl).host.replace(':', '%3A')}:${applicant.shortName}`
}

/**
 * Takes an onboarded organisation's access: its client secret is shown once, by the identity provider's API, and only to
 * who may manage clients.
 */
export async function takeAccess(
  platform: Platform,
  administrator: Apis,
  applicant: Applicant,
  participantContextId: string,
  outbound: OutboundClient,
): Promise<Organisation> {
  const { body } = await administrator.identityProvider.call('POST /clients/{clientId}/secret', {
    path: { clientId: `${participantContextId}-api` },
  })
  return {
    name: applicant.name,
    did: didOf(platform, applicant),
    participantContextId,
    apis: apisFor(platform, body, outbound),
    dspAddress: `${platform.runtime.publicUrl}/dsp/${participantContextId}/${dataspaceProfile}`,
  }
}

/** The types of the credentials that an organisation holds, as its own client sees them. */
export async function credentialTypesHeld({ apis, participantContextId }: Organisation): Promise<string[]> {
  const { body } = await apis.identity.call('GET /participants/{participantContextId}/credentials', {
    path: { participantContextId },
  })
  return body
    .flatMap((credential) => credential.verifiableCredential.credential.type)
    .filter((type) => type !== 'VerifiableCredential')
    .toSorted()
}

/** Has the issuer revoke the membership of a holder. */
export async function revokeMembership(administrator: Apis, did: string): Promise<void> {
  const path = { participantContextId: issuerContext }
  const { body } = await administrator.issuer.call('POST /participants/{participantContextId}/credentials/query', {
    path,
    body: {
      filterExpression: [
        { operandLeft: 'holderId', operator: '=', operandRight: did },
        { operandLeft: 'credentialType', operator: '=', operandRight: 'MembershipCredential' },
      ],
    },
  })
  const credential = body[0]
  if (!credential)
    throw new WeftError(demoErrors['went-wrong'], { message: `The issuer knows no membership credential of ${did}.` })
  await administrator.issuer.call('POST /participants/{participantContextId}/credentials/{id}/revoke', {
    path: { ...path, id: credential.id },
  })
}

/** A short name that is the same for the same run, so that a step that is repeated finds what it made. */
export function shortNameFor(name: string, run: string): string {
  const tail = createHash('sha256').update(`${name} ${run}`).digest('hex').slice(0, 6)
  return `${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}-${tail}`
}

/** Whether an answer says that the thing is there already, which is as good as having made it. */
export function saysExists(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409
}

/** Something that must be true of the tables once a demo has come to its end: `offenders` selects what breaks it. */
export interface Invariant {
  readonly says: string
  readonly offenders: string
}

const engines = [
  'control_plane',
  'data_plane',
  'identity_hub',
  'issuer_service',
  'provision_manager',
  'tenant_manager',
] as const

/**
 * Work that will be done. Deadlines and the forgetting of finished flows are not: a process that only waits to be given
 * up is stuck.
 */
const work = engines
  .map(
    (schema) =>
      `select process_type, process_id from ${schema}.process_task
       where parked_at is null and name not like '%.deadline' and name <> 'data-flow.forget'`,
  )
  .join(' union all ')

/**
 * Processes that somebody has to carry on. At rest and so exempt: whatever has ended, transfers and data flows that
 * are STARTED or SUSPENDED (data moves, or may move again), and flows that are PREPARED (the counterparty starts them).
 */
const unfinished = `
  select 'contract_negotiation' process_type, id process_id, state from control_plane.contract_negotiation
    where state not in ('FINALIZED', 'TERMINATED')
  union all select 'transfer_process', id, state from control_plane.transfer_process
    where state not in ('STARTED', 'SUSPENDED', 'COMPLETED', 'TERMINATED')
  union all select 'data-flow', id, state from data_plane.data_flow
    where state not in ('PREPARED', 'STARTED', 'SUSPENDED', 'COMPLETED', 'TERMINATED')
  union all select 'credential_request', holder_pid, state from identity_hub.credential_request
    where state not in ('ISSUED', 'ERROR')
  union all select 'issuance', id, state from issuer_service.issuance_process
    where state not in ('DELIVERED', 'ERRORED')
  union all select 'orchestration', id, state::text from provision_manager.orchestration where state < 2
  union all select 'deployment', manifest_id, state from tenant_manager.deployment where state not in ('active', 'error')`

const progress: readonly Invariant[] = [
  {
    says: 'a process that is not at its end has a due task',
    offenders: `select * from (${unfinished}) process where not exists
      (select from (${work}) task where task.process_type = process.process_type and task.process_id = process.process_id)`,
  },
  {
    says: 'no task is parked',
    offenders: engines
      .map((schema) => `select name, process_id, last_error from ${schema}.process_task where parked_at is not null`)
      .join(' union all '),
  },
  { says: 'no message is given up', offenders: 'select * from messaging.dead_letter' },
]

const negotiation = 'control_plane.contract_negotiation'

const trades: readonly Invariant[] = [
  {
    says: 'a finalized negotiation is there once at each side, and each knows the other',
    offenders: `select mine.id, mine.role from ${negotiation} mine where mine.state = 'FINALIZED' and 1 <>
      (select count(*) from ${negotiation} other where other.id = mine.correlation_id
        and other.correlation_id = mine.id and other.role <> mine.role and other.state = 'FINALIZED')`,
  },
  {
    says: 'a consumer pid is negotiated once at the provider, and the provider negotiates nothing else',
    offenders: `select asked.id, count(given.id) from ${negotiation} given
      left join ${negotiation} asked on asked.id = given.correlation_id and asked.role = 'CONSUMER'
      where given.role = 'PROVIDER' group by asked.id having asked.id is null or count(given.id) > 1`,
  },
  {
    says: 'a finalized negotiation has one agreement at each side, with the same id, and no other has any',
    offenders: `select negotiation.id, negotiation.state, count(agreement.id) from ${negotiation} negotiation
      left join control_plane.contract_agreement agreement on agreement.negotiation_id = negotiation.id
        and agreement.participant_context_id = negotiation.participant_context_id
        and agreement.id = negotiation.agreement_id
      group by negotiation.id, negotiation.state
      having count(agreement.id) <> case when negotiation.state = 'FINALIZED' then 1 else 0 end`,
  },
  {
    says: 'an agreement is kept by two parties',
    offenders: `select agreement_id, count(distinct participant_context_id), count(*) from control_plane.contract_agreement
      group by agreement_id having count(*) <> 2 or count(distinct participant_context_id) <> 2`,
  },
  {
    says: 'a transfer is there once at each side, in the same state',
    offenders: `select mine.id, mine.role, mine.state from control_plane.transfer_process mine where 1 <>
      (select count(*) from control_plane.transfer_process other where other.id = mine.correlation_id
        and other.correlation_id = mine.id and other.role <> mine.role and other.state = mine.state)`,
  },
  {
    says: 'a transfer has one data flow at its side, in the same state',
    offenders: `select transfer.id, transfer.state from control_plane.transfer_process transfer where 1 <>
      (select count(*) from data_plane.data_flow flow where flow.id = transfer.data_flow_id
        and flow.participant_context_id = transfer.participant_context_id and flow.state = transfer.state)`,
  },
  {
    says: 'a data flow belongs to one transfer',
    offenders: `select flow.id from data_plane.data_flow flow where 1 <>
      (select count(*) from control_plane.transfer_process transfer where flow.id = transfer.data_flow_id
        and flow.participant_context_id = transfer.participant_context_id)`,
  },
]

/** The participants as the tenant manager knows them; every other service has exactly these. */
const participants = `(select replace(id, '-', '') context, identifier did from tenant_manager.participant_profile)`

/** `rows` yields a `context` for every thing of a kind that a participant must have exactly one of. */
function oneEach(what: string, rows: string): Invariant {
  return {
    says: `a participant has one ${what}, and there is no other`,
    offenders: `select coalesce(participant.context, thing.context) context, count(thing.context)
      from ${participants} participant full join (${rows}) thing using (context)
      group by participant.context, thing.context having participant.context is null or count(thing.context) <> 1`,
  }
}

const onboarding: readonly Invariant[] = [
  oneEach(
    'context at the control plane',
    'select participant_context_id context from control_plane.participant_context',
  ),
  oneEach('context at the identity hub', 'select participant_context_id context from identity_hub.participant'),
  oneEach('key pair', 'select participant_context_id context from identity_hub.key_pair'),
  oneEach('place at the data plane', 'select participant_context_id context from data_plane.participant'),
  oneEach('registered data plane', 'select participant_context_id context from control_plane.data_plane'),
  oneEach(
    'client at the identity provider',
    `select coalesce(bound_context_id, client_id) context from identity_provider.client
     where role = 'participant' and client_id = bound_context_id || '-api'`,
  ),
  oneEach(
    'client at the vault',
    `select participant_context_id context from vault.client where participant_context_id not in
     ('identity-provider', (select participant_context_id from issuer_service.issuer))`,
  ),
  oneEach(
    'place as a holder',
    `select context from issuer_service.holder left join ${participants} participant using (did)`,
  ),
  oneEach(
    'orchestration, completed',
    `select replace(correlation_id, '-', '') context from provision_manager.orchestration where state = 2`,
  ),
  oneEach(
    'deployment, active',
    `select replace(participant_profile_id, '-', '') context from tenant_manager.deployment where state = 'active'`,
  ),
  oneEach(
    'credential request, fulfilled',
    `select participant_context_id context from identity_hub.credential_request where state = 'ISSUED'`,
  ),
  {
    says: 'every orchestration is completed',
    offenders: 'select id, state, error_code from provision_manager.orchestration where state <> 2',
  },
  {
    says: 'a client of a participant is its API client',
    offenders: `select client_id from identity_provider.client
      where role = 'participant' and client_id <> bound_context_id || '-api'`,
  },
  {
    says: 'every VPA is active, one of each type',
    offenders: `select id, vpa->>'type', min(vpa->>'state'), count(*) from tenant_manager.participant_profile,
      jsonb_array_elements(vpas) vpa group by id, vpa->>'type' having count(*) <> 1 or min(vpa->>'state') <> 'active'
      or max(vpa->>'state') <> 'active'`,
  },
  {
    says: 'a tenant has one profile, and its name is there once',
    offenders: `select tenant.properties->>'shortName', count(*) from tenant_manager.tenant tenant
      left join tenant_manager.participant_profile profile on profile.tenant_id = tenant.id
      group by tenant.properties->>'shortName' having count(*) <> 1 or count(profile.id) <> 1`,
  },
]

const issued = `select subject_did did, credential_type type, credential_id from issuer_service.issued_credential`
const held = `select holder_did did, type, credential_id from identity_hub.held_credential, unnest(types) type
  where type <> 'VerifiableCredential'`

const credentials: readonly Invariant[] = [
  {
    says: 'what is issued is held and what is held was issued',
    offenders: `select * from (${issued}) issued full join (${held}) held using (did, type, credential_id)
      where issued.did is null or held.did is null`,
  },
  {
    says: 'a credential of a type is issued once',
    offenders: `select did, type, count(*) from (${issued}) issued group by did, type having count(*) <> 1`,
  },
  {
    says: 'a credential of a type is held once',
    offenders: `select did, type, count(*) from (${held}) held group by did, type having count(*) <> 1`,
  },
  {
    says: 'everybody holds a ParticipantCredential',
    offenders: `select did from ${participants} participant
      where did not in (select did from (${held}) held where type = 'ParticipantCredential')`,
  },
  {
    says: 'an issuer has one list of a kind for a purpose',
    offenders: `select participant_context_id, kind, purpose, count(*) from issuer_service.status_list
      group by 1, 2, 3 having count(*) <> 1`,
  },
]

export const invariants: readonly Invariant[] = [...progress, ...trades, ...onboarding, ...credentials]

const one = (table: string, condition = 'true') =>
  `delete from ${table} where ctid = (select ctid from ${table} where ${condition} limit 1)`

/** One way to break each invariant, by what it says: the proof that its breach would be noticed. */
export const madeFaults: Readonly<Record<string, string>> = {
  'a process that is not at its end has a due task': `update control_plane.contract_negotiation set state = 'REQUESTED'`,
  'no task is parked': 'update control_plane.process_task set parked_at = now()',
  'no message is given up': `
    insert into messaging.dead_letter values (1, gen_random_uuid(), 'subject', '{}', now(), 5, 'reason')`,
  'a finalized negotiation is there once at each side, and each knows the other': one(
    'control_plane.contract_negotiation',
    `role = 'PROVIDER' and state = 'FINALIZED'`,
  ),
  'a consumer pid is negotiated once at the provider, and the provider negotiates nothing else': one(
    'control_plane.contract_negotiation',
    `role = 'CONSUMER' and state = 'FINALIZED'`,
  ),
  'a finalized negotiation has one agreement at each side, with the same id, and no other has any': `
    update control_plane.contract_agreement set id = id || '-other'`,
  'an agreement is kept by two parties': one('control_plane.contract_agreement'),
  'a transfer is there once at each side, in the same state': one('control_plane.transfer_process'),
  'a transfer has one data flow at its side, in the same state': `update data_plane.data_flow set state = 'COMPLETED'`,
  'a data flow belongs to one transfer': `update data_plane.data_flow set id = id || '-other'`,
  'a participant has one context at the control plane, and there is no other': one('control_plane.participant_context'),
  'a participant has one context at the identity hub, and there is no other': one('identity_hub.participant'),
  'a participant has one key pair, and there is no other': `
    insert into identity_hub.key_pair select participant_context_id, id || '-2', kid || '-2', public_jwk, usage,
      position + 1, created_at from identity_hub.key_pair`,
  'a participant has one place at the data plane, and there is no other': one('data_plane.participant'),
  'a participant has one registered data plane, and there is no other': one('control_plane.data_plane'),
  'a participant has one client at the identity provider, and there is no other': one(
    'identity_provider.client',
    `role = 'participant'`,
  ),
  'a participant has one client at the vault, and there is no other': `
    insert into vault.client values ('nobody', 'nobody-vault')`,
  'a participant has one place as a holder, and there is no other': one('issuer_service.holder'),
  'a participant has one orchestration, completed, and there is no other': `
    insert into provision_manager.orchestration select (jsonb_populate_record(known, '{"id":"again"}')).*
      from provision_manager.orchestration known limit 1`,
  'a participant has one deployment, active, and there is no other': `
    update tenant_manager.deployment set state = 'error'`,
  'a participant has one credential request, fulfilled, and there is no other': `
    insert into identity_hub.credential_request select (jsonb_populate_record(known, '{"holder_pid":"again"}')).*
      from identity_hub.credential_request known limit 1`,
  'every orchestration is completed': 'update provision_manager.orchestration set state = 3',
  'a client of a participant is its API client': `
    update identity_provider.client set client_id = client_id || '-2' where role = 'participant'`,
  'every VPA is active, one of each type': `
    update tenant_manager.participant_profile set vpas = jsonb_set(vpas, '{0,state}', '"pending"')`,
  'a tenant has one profile, and its name is there once': `
    insert into tenant_manager.tenant select id || '-2', version, properties from tenant_manager.tenant`,
  'what is issued is held and what is held was issued': one('identity_hub.held_credential'),
  'a credential of a type is issued once': `
    update issuer_service.issued_credential set credential_type = 'ParticipantCredential'`,
  'a credential of a type is held once': `
    insert into identity_hub.held_credential select (jsonb_populate_record(known, '{"id":"again"}')).*
      from identity_hub.held_credential known limit 1`,
  'everybody holds a ParticipantCredential': `
    delete from identity_hub.held_credential where 'ParticipantCredential' = any(types)`,
  'an issuer has one list of a kind for a purpose': `
    insert into issuer_service.status_list select (jsonb_populate_record(known, '{"id":"again"}')).*
      from issuer_service.status_list known`,
}

export { type ControlPlaneOptions, controlPlaneModule } from './service.ts'
export { type ControlPlaneSettings, controlPlaneSettings } from './settings.ts'
export type { CounterpartyIdentity, SenderQuestion, VerifiedSender } from './trust/counterparty-identity.ts'

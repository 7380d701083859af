export { type IssuerServiceSettings, issuerServiceModule, issuerServiceSettings } from './service.ts'

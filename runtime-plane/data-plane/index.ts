export type { DataFlow, HttpPlace, PlaceHeaders } from './domain/data-flow.ts'
export type { Carriage, Peer, Transport } from './domain/transport.ts'
export { type DataPlaneOptions, type DataPlaneSettings, dataPlaneModule, dataPlaneSettings } from './service.ts'

export { type DataPlaneSettings, dataPlaneModule, dataPlaneSettings } from './service.ts'

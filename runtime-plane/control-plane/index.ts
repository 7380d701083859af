export { controlPlaneModule } from './service.ts'
export { type ControlPlaneSettings, controlPlaneSettings } from './settings.ts'

export { settingsErrors } from './errors.ts'
export { loadSettings, type SettingsSources } from './load-settings.ts'
export { SecretText, secretText } from './secret-text.ts'

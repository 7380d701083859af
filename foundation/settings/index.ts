export { settingsErrors } from './errors.ts'
export { loadSettings, type SettingsSources } from './load-settings.ts'
export { type SecretText, secretText } from './secret-text.ts'

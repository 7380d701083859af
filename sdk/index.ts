export { type ApiAnswer, type ApiClient, ApiError, createApiClient, type Operations } from './api-client.ts'

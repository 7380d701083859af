import { type ServiceKey, serviceKey } from '../assembly/index.ts'
import type { Messaging } from './port.ts'

export { messagingErrors } from './errors.ts'
export type { Consumer, ConsumerOptions, KeyValue, KeyValueEntry, Message, Messaging, Verdict } from './port.ts'
export { createPostgresqlMessaging } from './postgresql.ts'

export const messagingKey: ServiceKey<Messaging> = serviceKey('messaging')

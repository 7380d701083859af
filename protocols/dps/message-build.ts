import { buildDataAddress } from '../dsp/index.ts'
import type { JsonObject } from '../policy/index.ts'
import type { OutgoingDpsMessage } from './messages.ts'

/** A message as JSON that is valid under its schema; what is undefined or an empty list is left out. */
export function buildDpsMessage(message: OutgoingDpsMessage): JsonObject {
  const { type: _type, ...members } = message
  const json: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue
    json[name] = value
  }
  const address = 'dataAddress' in message ? message.dataAddress : undefined
  if (address !== undefined) json.dataAddress = buildDataAddress(address)
  return json
}

import { WeftError } from '@weft/foundation/errors'
import { type DataAddress, parseDataAddress } from '../dsp/index.ts'
import { isJsonObject, type JsonObject, JsonReader } from '../policy/index.ts'
import { dataFlowStates } from './data-flow-machine.ts'
import { dpsErrors } from './errors.ts'
import type { AuthorizationEntry, DataFlowBase, DpsMessage, DpsMessageOf, DpsMessageType } from './messages.ts'

type Readers = { readonly [T in DpsMessageType]: (message: JsonReader) => DpsMessageOf<T> }

const readers: Readers = {
  DataFlowPrepareMessage: (m) => ({ type: 'DataFlowPrepareMessage', ...base(m) }),
  DataFlowStartMessage: (m) => ({ type: 'DataFlowStartMessage', ...base(m), ...dataAddress(m) }),
  DataFlowStartedNotificationMessage: (m) => ({
    type: 'DataFlowStartedNotificationMessage',
    ...optional('messageId', m),
    ...dataAddress(m),
  }),
  DataFlowSuspendMessage: (m) => ({
    type: 'DataFlowSuspendMessage',
    ...optional('messageId', m),
    ...optional('reason', m),
  }),
  DataFlowResumeMessage: (m) => ({ type: 'DataFlowResumeMessage', ...optional('messageId', m), ...dataAddress(m) }),
  DataFlowTerminateMessage: (m) => ({
    type: 'DataFlowTerminateMessage',
    ...optional('messageId', m),
    ...optional('reason', m),
  }),
  DataFlowStatusMessage: (m) => ({
    type: 'DataFlowStatusMessage',
    ...optional('messageId', m),
    ...optional('dataFlowId', m),
    state: m.at('state').oneOf(dataFlowStates),
    ...dataAddress(m),
    ...optional('error', m),
  }),
  DataFlowStatusResponseMessage: (m) => ({
    type: 'DataFlowStatusResponseMessage',
    dataFlowId: m.at('dataFlowId').id(),
    state: m.at('state').oneOf(dataFlowStates),
  }),
  DataPlaneRegistrationMessage: (m) => {
    const profiles = m
      .at('profiles')
      .items(100)
      .map((profile) => profile.text(2048))
    if (profiles.length === 0) throw m.at('profiles').error('must name at least one profile')
    return {
      type: 'DataPlaneRegistrationMessage',
      dataplaneId: m.at('dataplaneId').text(512),
      endpoint: url(m.at('endpoint')),
      profiles,
      labels: labels(m),
      ...authorization(m),
    }
  },
  ControlPlaneRegistrationMessage: (m) => ({
    type: 'ControlPlaneRegistrationMessage',
    controlplaneId: m.at('controlplaneId').text(512),
    endpoint: url(m.at('endpoint')),
    ...authorization(m),
  }),
}

/**
 * Reads a message of Data Plane Signaling 1.0. Lenient where planes in the field are (4.4): ids, claims, a data address's
 * `@type` and the body of a started notification may be missing. Unknown members are ignored.
 *
 * @param type what the path says it is; the wire does not
 * @throws `dps.malformed-message`, `dps.unknown-authorization-type` (DPS-14), with the JSON pointer as `field`
 */
export function parseDpsMessage<T extends DpsMessageType>(type: T, body: unknown): DpsMessageOf<T> {
  const message = new JsonReader(body ?? {}, dpsErrors['malformed-message'])
  message.object()
  const read: (message: JsonReader) => DpsMessage = readers[type]
  return read(message) as DpsMessageOf<T>
}

function base(m: JsonReader): DataFlowBase {
  const metadata = m.at('metadata')
  return {
    messageId: m.at('messageId').id(),
    participantId: m.at('participantId').id(),
    counterPartyId: m.at('counterPartyId').id(),
    dataspaceContext: m.at('dataspaceContext').text(2048),
    processId: m.at('processId').id(),
    agreementId: m.at('agreementId').id(),
    datasetId: m.at('datasetId').id(),
    // What drafts before RC3 call it.
    profile: m.at(!m.at('profile').present && m.at('transferType').present ? 'transferType' : 'profile').text(2048),
    // Added late to the protocol: planes of its earlier drafts send none.
    claims: m.at('claims').present ? boundedObject(m.at('claims')) : {},
    labels: labels(m),
    ...(metadata.present ? { metadata: boundedObject(metadata) } : {}),
  }
}

function boundedObject(place: JsonReader): JsonObject {
  place.bounded(32, 10_000)
  return place.object()
}

function labels(m: JsonReader): readonly string[] {
  return m
    .at('labels')
    .items(100)
    .map((label) => label.text(512))
}

function optional<const N extends string>(name: N, m: JsonReader): { readonly [K in N]?: string } {
  const text = m.at(name).optionalText()
  const members: { [K in N]?: string } = {}
  if (text !== undefined) members[name] = text
  return members
}

function dataAddress(m: JsonReader): { readonly dataAddress?: DataAddress } {
  const address = m.at('dataAddress')
  if (!address.present) return {}
  return { dataAddress: parseDataAddress(address.value, address.pointer, dpsErrors['malformed-message']) }
}

function url(place: JsonReader): string {
  const text = place.text(2048)
  const parsed = URL.canParse(text) ? new URL(text) : undefined
  if (!parsed || (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') || parsed.username !== '') {
    throw place.error('must be an absolute http or https URL without user information')
  }
  return text
}

function authorization(m: JsonReader): { readonly authorization?: AuthorizationEntry } {
  const place = m.at('authorization')
  if (!place.present) return {}
  place.object()
  const type = place.at('type').text(256)
  if (type === 'oauth2_client_credentials') return { authorization: clientCredentials(place) }
  if (type === 'oauth2_token_exchange') return { authorization: tokenExchange(place) }
  throw new WeftError(dpsErrors['unknown-authorization-type'], { field: place.at('type').pointer })
}

function clientCredentials(place: JsonReader): AuthorizationEntry {
  const [jwks, jwksUri] = [place.at('jwks'), place.at('jwksUri')]
  if (jwks.present && jwksUri.present) throw place.error('must not have both jwks and jwksUri')
  if (jwks.present && !(isJsonObject(jwks.value) && Array.isArray(jwks.at('keys').value))) {
    throw jwks.error('must be a JWK set')
  }
  return {
    type: 'oauth2_client_credentials',
    tokenEndpoint: url(place.at('tokenEndpoint')),
    clientId: place.at('clientId').text(512),
    clientSecret: place.at('clientSecret').text(2048),
    ...(jwks.present ? { jwks: boundedObject(jwks) } : {}),
    ...(jwksUri.present ? { jwksUri: url(jwksUri) } : {}),
  }
}

function tokenExchange(place: JsonReader): AuthorizationEntry {
  // Keys that travel inline could not be rotated by the broker, so the profile forbids them (4.7).
  if (place.at('jwks').present) throw place.at('jwks').error('must be absent for oauth2_token_exchange')
  return {
    type: 'oauth2_token_exchange',
    tokenExchangeEndpoint: url(place.at('tokenExchangeEndpoint')),
    issuer: url(place.at('issuer')),
    jwksUri: url(place.at('jwksUri')),
  }
}

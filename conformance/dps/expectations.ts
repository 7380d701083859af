import { setTimeout as pause } from 'node:timers/promises'

/** What a sequence finds wrong; its message is the finding. */
export class Finding extends Error {}

const pollMs = 50

/** Waits until `look` finds something. @throws Finding when it does not within the suite's patience */
export async function eventually<T>(
  what: string,
  patienceMs: number,
  look: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const end = Date.now() + patienceMs
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (Date.now() > end) throw new Finding(`${what}: nothing came within ${patienceMs} ms`)
    await pause(pollMs)
  }
}

/** @throws Finding with what was expected and what came */
export function expectEqual(what: string, found: unknown, expected: unknown): void {
  if (JSON.stringify(found) !== JSON.stringify(expected)) {
    throw new Finding(`${what}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`)
  }
}

/** @throws Finding for any other status than a 2xx */
export function expectSuccess(what: string, answer: Answer): void {
  if (answer.status < 200 || answer.status > 299) {
    throw new Finding(`${what} was answered ${answer.status}: ${JSON.stringify(answer.body)}`)
  }
}

/** @throws Finding for any other status than a 4xx: a refusal is neither a success nor a fault */
export function expectRefusal(what: string, answer: Answer): void {
  if (answer.status < 400 || answer.status > 499)
    throw new Finding(`${what} was answered ${answer.status}, not refused`)
}

/** An answer of the software under test. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: JsonObject
}

export type JsonObject = Readonly<Record<string, unknown>>

const callMs = 10_000

/** One HTTP call with JSON or a form. A body that is no JSON object counts as an empty one. */
export async function call(
  method: 'GET' | 'POST' | 'PUT',
  url: string,
  headers: Readonly<Record<string, string>>,
  body?: JsonObject | URLSearchParams,
): Promise<Answer> {
  const json = body !== undefined && !(body instanceof URLSearchParams)
  const response = await fetch(url, {
    method,
    headers: { accept: 'application/json', ...(json ? { 'content-type': 'application/json' } : {}), ...headers },
    ...(body === undefined ? {} : { body: json ? JSON.stringify(body) : body }),
    signal: AbortSignal.timeout(callMs),
    redirect: 'error',
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: parsed(text) }
}

function parsed(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as JsonObject) : {}
  } catch {
    return {}
  }
}

/** The members that a message of DPS must have, each with the type that it must have. */
export type Shape = Readonly<Record<string, 'text' | 'object' | 'texts?' | 'object?' | 'text?'>>

const base: Shape = {
  messageId: 'text',
  participantId: 'text',
  counterPartyId: 'text',
  dataspaceContext: 'text',
  processId: 'text',
  agreementId: 'text',
  datasetId: 'text',
  profile: 'text',
  claims: 'object',
  labels: 'texts?',
  metadata: 'object?',
}

/** Shapes of what a control plane sends (RC3), by the last segment of the path. */
export const controlPlaneShapes: Readonly<Record<string, Shape>> = {
  prepare: base,
  start: { ...base, dataAddress: 'object?' },
  started: { messageId: 'text', dataAddress: 'object?' },
  suspend: { messageId: 'text', reason: 'text?' },
  resume: { messageId: 'text', dataAddress: 'object?' },
  terminate: { messageId: 'text', reason: 'text?' },
  completed: {},
}

/** Shape of what a data plane answers and reports. */
export const statusShape: Shape = {
  messageId: 'text',
  dataFlowId: 'text',
  state: 'text',
  dataAddress: 'object?',
  error: 'text?',
}

/** @throws Finding naming the first member that is missing or of the wrong type */
export function expectShape(what: string, body: unknown, shape: Shape): void {
  const message = body as JsonObject
  for (const [member, kind] of Object.entries(shape)) {
    const value = message?.[member]
    if (value === undefined && kind.endsWith('?')) continue
    if (!fits(value, kind)) throw new Finding(`${what}: "${member}" is ${JSON.stringify(value)}, not ${kind}`)
  }
}

function fits(value: unknown, kind: Shape[string]): boolean {
  if (kind.startsWith('texts')) return Array.isArray(value) && value.every((one) => typeof one === 'string')
  if (kind.startsWith('text')) return typeof value === 'string' && value !== ''
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** @throws Finding unless it is a data address as DSP has it */
export function expectDataAddress(what: string, value: unknown): JsonObject {
  const address = value as JsonObject
  expectShape(what, address, { '@type': 'text', endpointType: 'text' })
  expectEqual(`${what}, "@type"`, address['@type'], 'DataAddress')
  for (const property of (address.endpointProperties as JsonObject[] | undefined) ?? []) {
    expectShape(`${what}, a property`, property, { '@type': 'text', name: 'text', value: 'text' })
  }
  return address
}

/** The properties of a data address by their names. */
export function propertiesOf(address: JsonObject): Readonly<Record<string, string>> {
  const list = (address.endpointProperties as { readonly name: string; readonly value: string }[] | undefined) ?? []
  return Object.fromEntries(list.map(({ name, value }) => [name, value]))
}

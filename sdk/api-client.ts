import type { OutboundClient } from '@weft/foundation/http'

/** The operations of one API, generated from its OpenAPI document: `'GET /tenants/{tenantId}'` -> what goes in and comes out. */
export type Operations = Record<
  string,
  {
    readonly path?: Readonly<Record<string, string>>
    readonly query?: Readonly<Record<string, unknown>>
    readonly body?: unknown
    readonly answer: unknown
  }
>

/** What an operation takes: only the members that it declares. */
type ApiInput<Operation extends Operations[string]> = Omit<Operation, 'answer'>

export interface ApiAnswer<Body> {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Body
}

/** A typed client of one administration API. */
export interface ApiClient<Api extends Operations> {
  /** @throws ApiError for every answer of 400 and above; the outbound client's errors when nobody answered. */
  call<Name extends keyof Api & string>(name: Name, input: ApiInput<Api[Name]>): Promise<ApiAnswer<Api[Name]['answer']>>
}

/** An API said no. `code` and `field` are the answer's own, whatever the API's error shape. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly operation: string
  readonly status: number
  readonly code: string | undefined
  readonly field: string | undefined

  constructor(operation: string, status: number, body: unknown) {
    const said = readErrorBody(body)
    super(`${operation} was answered ${status}: ${said.message ?? 'no reason given'}`)
    this.operation = operation
    this.status = status
    this.code = said.code
    this.field = said.field
  }
}

export interface ApiClientOptions {
  /** `http://127.0.0.1:7101/api/management/v5beta`; operations' paths are appended. */
  readonly baseUrl: string
  /** Gives a current access token for each call. */
  readonly token: () => Promise<string>
  readonly outbound: OutboundClient
  readonly timeoutMs?: number
}

/** Makes a client for the operations of one API. */
export function createApiClient<Api extends Operations>(options: ApiClientOptions): ApiClient<Api> {
  const base = options.baseUrl.replace(/\/$/, '')
  return {
    call: async (name, input) => {
      const [method, template] = splitOperation(name)
      const response = await options.outbound.send({
        method,
        url: base + fillPath(template, input.path ?? {}) + queryText(input.query ?? {}),
        headers: { authorization: `Bearer ${await options.token()}` },
        ...(input.body === undefined ? {} : { body: input.body as object }),
        ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
        purpose: `api.${name}`,
        // The base comes from settings: these are our own services.
        internal: true,
      })
      const body = readBody(response.headers['content-type'], response.text())
      if (response.status >= 400) throw new ApiError(name, response.status, body)
      return { status: response.status, headers: response.headers, body: body as never }
    },
  }
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

function splitOperation(name: string): [Method, string] {
  const space = name.indexOf(' ')
  return [name.slice(0, space) as Method, name.slice(space + 1)]
}

function fillPath(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{([^}]+)\}/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`path parameter ${name} of ${template} is missing`)
    return encodeURIComponent(value)
  })
}

function queryText(values: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query.set(name, String(value))
  return query.size === 0 ? '' : `?${query}`
}

function readBody(contentType: string | string[] | undefined, text: string): unknown {
  if (text === '') return undefined
  return String(contentType).includes('json') ? JSON.parse(text) : text
}

/** Reads the code, field and message of the three error shapes that our APIs use: problem, EDC's array, CFM's object. */
function readErrorBody(body: unknown): { code?: string; field?: string; message?: string } {
  const first: unknown = Array.isArray(body) ? body[0] : body
  if (typeof first !== 'object' || first === null) return typeof body === 'string' ? { message: body } : {}
  const members = first as Record<string, unknown>
  return {
    code: text(members.errorCode) ?? text(members.code),
    field: text(members.field) ?? text(members.path),
    message: text(members.detail) ?? text(members.message) ?? text(members.title),
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable, Writable } from 'node:stream'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { WeftError } from '../errors/index.ts'

/** What a listener is for: each kind of traffic has its own port. */
export type ListenerName = 'public' | 'admin' | 'signaling' | 'internal' | 'observability'

/** A fastify instance whose routes are typed by their TypeBox schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

/** The ports of one assembly. Modules register their APIs in `prepare`; the ports open in `start`. */
export interface Listeners {
  /** @throws Error when this assembly has no such listener. */
  app(name: ListenerName): App
  /** `http://127.0.0.1:7101`, once listening. */
  url(name: ListenerName): string
}

export interface RenderedError {
  readonly contentType: string
  readonly body: unknown
}

/** An API: a set of routes under a prefix on one listener, with its own OpenAPI document at `{prefix}/openapi.json`. */
export interface ApiDefinition {
  readonly name: string
  readonly title: string
  readonly version: string
  /** `/api/management`; may be empty. */
  readonly prefix: string
  /** How this API shows errors; RFC 9457 problem documents when absent. */
  readonly renderError?: (error: WeftError, correlationId: string) => RenderedError
  /** Largest body in bytes; default 1 MiB. */
  readonly bodyLimit?: number
  /** False leaves the OpenAPI document out: protocol endpoints are described by their specification. Default true. */
  readonly documented?: boolean
  readonly routes: (app: App) => void
}

export interface OutboundRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /**
   * Objects are sent as JSON, URLSearchParams as a form. A stream is sent with back-pressure and without a size limit;
   * whoever fails first ends both, so that a part is never taken for the whole.
   */
  readonly body?: object | string | URLSearchParams | Readable
  /** Whole exchange; with a stream as body each pause of it, then the wait for the answer. Default 10,000. */
  readonly timeoutMs?: number
  /** Largest answer, after decompression; default 1 MiB. */
  readonly maxBytes?: number
  /** Label of the counters and log lines: `dcp.presentation-query`. */
  readonly purpose: string
  /**
   * Only for addresses of our own settings, or of one of our own services: it may go to what stands inside the
   * deployment. Never for an address that a counterparty or a user named, not even in part.
   */
  readonly internal?: true
}

export interface OutboundResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
  text(): string
  /** @throws `outbound.invalid-json` */
  json(): unknown
}

export interface StreamedResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/**
 * The one way out. Refuses addresses inside (checked on the resolved address, which is then the one connected to),
 * except for exact origins that the settings name; follows no redirect; bounds time and size; carries the correlation id.
 */
export interface OutboundClient {
  /** Any status is an answer, not an error. @throws `outbound.address-refused`, `.timeout`, `.too-large`, `.unreachable` */
  send(request: OutboundRequest): Promise<OutboundResponse>
  /** Pipes the answer's body, with back-pressure and without a size limit, into what `open` returns for its head; `timeoutMs` bounds the wait for the head and each pause between chunks. */
  stream(request: OutboundRequest, open: (head: StreamedResponse) => Writable): Promise<StreamedResponse>
  close(): Promise<void>
}

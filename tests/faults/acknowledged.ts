import type { OutboundClient, OutboundRequest } from '@weft/foundation/http'

/** Something that the platform has answered to have made. */
export interface Acknowledged {
  /** `POST /participants/{participantContextId}/assets` */
  readonly operation: string
  readonly url: string
  readonly id: string
}

/** An outbound client that remembers every id that a successful creation was answered with. */
export function remembering(client: OutboundClient, acknowledged: Acknowledged[]): OutboundClient {
  return {
    send: async (request) => {
      const response = await client.send(request)
      const id = response.status < 300 ? createdId(request, response.body.toString()) : undefined
      if (id !== undefined) {
        acknowledged.push({ operation: request.purpose.replace(/^api\./, ''), url: request.url, id })
      }
      return response
    },
    stream: (request, open) => client.stream(request, open),
    close: () => client.close(),
  }
}

/** The id in the answer, or, where an answer has none, in the request. */
function createdId(request: OutboundRequest, answer: string): string | undefined {
  if (request.method !== 'POST' || !request.purpose.startsWith('api.')) return undefined
  return idIn(answer) ?? (typeof request.body === 'object' ? idOf(request.body) : undefined)
}

function idIn(text: string): string | undefined {
  if (!text.startsWith('{')) return undefined
  return idOf(JSON.parse(text) as object)
}

function idOf(body: object): string | undefined {
  const { '@id': jsonLd, id } = body as { readonly '@id'?: unknown; readonly id?: unknown }
  if (typeof jsonLd === 'string') return jsonLd
  return typeof id === 'string' ? id : undefined
}

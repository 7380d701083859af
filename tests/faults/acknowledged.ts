import type { OutboundClient, OutboundRequest } from '@weft/foundation/http'

/** Something that the platform has answered to have done. */
export interface Acknowledged {
  /** `POST /participants/{participantContextId}/assets` */
  readonly operation: string
  readonly url: string
  /** Of what was made or changed. */
  readonly id: string
}

/** An outbound client that remembers what every successful POST of an API call was about. */
export function remembering(client: OutboundClient, acknowledged: Acknowledged[]): OutboundClient {
  return {
    send: async (request) => {
      const response = await client.send(request)
      if (request.method === 'POST' && request.purpose.startsWith('api.') && response.status < 300) {
        const operation = request.purpose.replace(/^api\./, '')
        acknowledged.push({ operation, url: request.url, id: idFor(operation, request, response.text()) })
      }
      return response
    },
    stream: (request, open) => client.stream(request, open),
    close: () => client.close(),
  }
}

/** The id in the path when something there is changed, else in the answer, else in the request. */
function idFor(operation: string, { url, body }: OutboundRequest, answer: string): string {
  const changed = /\/([^/]+)\/(?:revoke|terminate|deployments|secret)$/.exec(new URL(url).pathname)?.[1]
  const id =
    (changed === undefined ? undefined : decodeURIComponent(changed)) ??
    (answer.startsWith('{') ? idIn(JSON.parse(answer) as object) : undefined) ??
    (typeof body === 'object' ? idIn(body) : undefined)
  return id ?? (operation.endsWith('/query') || operation.endsWith('/request') ? '' : failWithoutId(operation))
}

function idIn(body: object): string | undefined {
  const { '@id': jsonLd, id, name, type, participantContextId } = body as Readonly<Record<string, unknown>>
  return [jsonLd, id, participantContextId, type, name].find((value) => typeof value === 'string')
}

function failWithoutId(operation: string): never {
  throw new Error(`The answer to ${operation} names nothing.`)
}

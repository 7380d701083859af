import { type ApiDefinition, acceptForms } from '@weft/foundation/http'
import { buildTokenResponse, oauthErrorCode, oauthErrors, readRenewalForm } from '@weft/protocols/dps'
import { Type } from 'typebox'
import { type RenewalOptions, renewFlowToken } from '../renewals.ts'

const params = Type.Object({ dataFlowId: Type.String({ minLength: 1, maxLength: 512 }) })

/** Where a consumer gets the next access token of a flow: `POST /data/{dataFlowId}/token` (4.8). */
export function renewalApi(options: RenewalOptions): ApiDefinition {
  return {
    name: 'data-token',
    title: 'Renewal of data tokens',
    version: '1',
    prefix: '/data',
    bodyLimit: 32_768,
    documented: false,
    renderError: (error) => {
      const code = error.entry.code === 'request.malformed' ? oauthErrors['invalid-request'].code : error.code
      const body = { error: oauthErrorCode(code), error_description: error.message }
      return { contentType: 'application/json', body }
    },
    routes: (app) => {
      acceptForms(app)
      const access = { kind: 'protocol', protocol: 'oauth' } as const
      app.post('/:dataFlowId/token', { config: { access }, schema: { params } }, async (request, reply) => {
        // RFC 6749 section 5.1.
        reply.header('cache-control', 'no-store')
        const clientToken = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
        const { dataFlowId } = request.params
        const renewed = await renewFlowToken(options, {
          dataFlowId,
          refreshToken: readRenewalForm(request.body),
          clientToken,
        })
        return buildTokenResponse(renewed)
      })
    },
  }
}

import { requestErrors, WeftError } from '@weft/foundation/errors'
import type { App } from '@weft/foundation/http'
import { Type } from 'typebox'
import type { Parts } from '../../parts.ts'
import { associatedProfiles } from '../../store/profiles.ts'
import { requireHttpAddress } from './counterparty.ts'
import { Context, ContextParams, errorAnswers, inContext, participantRoute, withActiveContext } from './wire.ts'

const DiscoveryBody = Type.Object({
  '@context': Context,
  '@type': Type.Literal('DiscoveryRequest'),
  counterPartyId: Type.Optional(Type.String({ description: 'DID; its document says where DSP is spoken.' })),
  counterPartyAddress: Type.Optional(Type.String({ description: 'Of the version document, or of what is above it.' })),
})

const DiscoveryAnswer = Type.Object({
  '@context': Context,
  '@type': Type.Literal('DiscoveryResponse'),
  profile: Type.String({ description: 'The participant’s own profile that fits.' }),
  version: Type.String(),
  binding: Type.Literal('HTTPS'),
  counterParty: Type.Object({
    path: Type.String(),
    dataServiceEndpoint: Type.String({ description: 'What other requests take as counterPartyAddress.' }),
  }),
})

/** Where a counterparty speaks DSP, and under which of the participant's profiles it can be talked to (DSP-03). */
export function discoveryRoutes(app: App, parts: Parts): void {
  app.post(
    '/participants/:participantContextId/discover/request',
    {
      config: participantRoute('catalog', 'read'),
      schema: {
        summary: 'Find out which DSP versions a counterparty speaks, and where.',
        params: ContextParams,
        body: DiscoveryBody,
        response: { 200: Type.Array(DiscoveryAnswer), ...errorAnswers },
      },
    },
    async (request) => {
      const { counterPartyAddress, counterPartyId } = request.body
      const names = await withActiveContext(parts, request.params, associatedProfiles)
      const offers = await parts.discovery.find(whom(counterPartyAddress, counterPartyId))
      const profiles = names.flatMap((name) => parts.directory.profile(name) ?? [])
      return profiles.flatMap(({ name, protocol }) =>
        offers
          .filter((offer) => offer.version === protocol.version && (offer.profile ?? name) === name)
          .map(({ version, path, base }) =>
            inContext({
              '@type': 'DiscoveryResponse' as const,
              profile: name,
              version,
              binding: 'HTTPS' as const,
              counterParty: { path, dataServiceEndpoint: base },
            }),
          ),
      )
    },
  )
}

function whom(address: string | undefined, did: string | undefined) {
  if (address !== undefined) return { address: requireHttpAddress(address) }
  if (did !== undefined) return { did }
  throw new WeftError(requestErrors['invalid-field'], {
    field: 'counterPartyId',
    message: 'Give "counterPartyId" or "counterPartyAddress".',
  })
}

import { requestErrors, WeftError } from '@weft/foundation/errors'
import type { ApiDefinition } from '@weft/foundation/http'
import { buildVersionDocument, type VersionEntry, versionPath } from '@weft/protocols/dsp'
import { type Static, Type } from 'typebox'
import type { DataspaceProfile } from '../../domain/dataspace-profile.ts'
import type { Parts } from '../../parts.ts'
import { findContext } from '../../store/participants.ts'
import { associatedProfiles } from '../../store/profiles.ts'
import { contextIdOf } from './message.ts'

const params = Type.Object({ participantContextId: Type.String() })

/** Which versions a participant speaks, and where (DSP-01, DSP-02): unversioned and open to everybody. */
export function versionEndpoint(parts: Parts): ApiDefinition {
  return {
    name: 'dsp-versions',
    title: 'Dataspace Protocol: versions',
    version: '2025-1',
    prefix: '/dsp/:participantContextId',
    documented: false,
    routes: (app) => {
      app.get<{ Params: Static<typeof params> }>(
        versionPath,
        { config: { access: { kind: 'open' } }, schema: { params } },
        async (request) => {
          const names = await parts.database.tenant(contextIdOf(request.params), async (tx) => {
            const context = await findContext(tx)
            return context?.state === 'ACTIVATED' ? associatedProfiles(tx) : []
          })
          const profiles = names.flatMap((name) => parts.directory.profile(name) ?? [])
          const [first, ...others] = profiles.map(entryOf)
          // The document must have an entry, so a participant without profiles has none to show.
          if (!first) throw new WeftError(requestErrors['not-found'], { message: 'There is nothing at this path.' })
          return buildVersionDocument([first, ...others])
        },
      )
    },
  }
}

function entryOf(profile: DataspaceProfile): VersionEntry {
  return {
    version: profile.protocol.version,
    path: `/${profile.name}`,
    binding: 'HTTPS',
    identifierType: 'did:web',
    auth: { protocol: 'DCP', version: '1.0', profile: ['vc11-sl2021/jwt'] },
    profile: profile.name,
  }
}

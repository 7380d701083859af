import { randomUUID } from 'node:crypto'
import type { Organisation } from '@weft/sdk/demo'
import { until } from '../../tools/suite/until.ts'
import type { Deployment } from '../deployments.ts'
import { inFlight } from '../in-flight.ts'
import { type Figure, reported } from '../result.ts'

const requests = 200
const limit = 16

/** Credentials asked for, issued, delivered, verified and stored in a second: the whole of DCP issuance. */
export async function measureCredentials({ dataspace, operator }: Deployment, holder: Organisation): Promise<Figure[]> {
  const path = { participantContextId: holder.participantContextId }
  const type = 'MembershipCredential'
  const began = Date.now()
  await inFlight(requests, limit, async () => {
    const holderPid = randomUUID()
    await operator.identity.call('POST /participants/{participantContextId}/credentials/request', {
      path,
      body: {
        issuerDid: dataspace.issuerDid,
        holderPid,
        credentials: [{ id: 'membership-credential-def', type, format: 'vc11-sl2021/jwt' }],
      },
    })
    await until(`the credential of ${holderPid}`, 60_000, async () => {
      const { body } = await operator.identity.call(
        'GET /participants/{participantContextId}/credentials/request/{holderPid}',
        { path: { ...path, holderPid } },
      )
      if (body.status === 'ERROR') throw new Error(`${holderPid}: ${body.error?.code}`)
      return body.status === 'ISSUED'
    })
  })
  return [reported('credentials requested, issued and stored', '/s', requests / ((Date.now() - began) / 1000))]
}

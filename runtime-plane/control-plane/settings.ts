import { secretText } from '@weft/foundation/settings'
import { type Static, Type } from 'typebox'

const minute = 60_000
const day = 24 * 60 * minute

/** Settings of the control plane. */
export const controlPlaneSettings = Type.Object({
  publicUrl: Type.String({ description: 'Public address of the cell; DSP bases and callbacks are made from it.' }),
  stsUrl: Type.String({ description: 'Where the identity hub makes tokens by the batch: {internal}/sts/tokens.' }),
  workload: Type.Object({
    tokenUrl: Type.String({ description: 'Token endpoint of the identity provider.' }),
    clientId: Type.String(),
    clientSecret: secretText(),
  }),
  retry: Type.Object({
    limit: Type.Integer({ minimum: 1, default: 8, description: 'Tries of one step, in all.' }),
    baseMs: Type.Integer({ minimum: 1, default: 500, description: 'Wait before the second try; doubled each time.' }),
    maxMs: Type.Integer({ minimum: 1, default: 30_000 }),
  }),
  deadlines: Type.Object({
    negotiationMs: Type.Integer({
      minimum: 1,
      default: 10 * minute,
      description: 'How long the counterparty may take for its next step of a negotiation.',
    }),
    decisionMs: Type.Integer({
      minimum: 1,
      default: 7 * day,
      description: 'How long a negotiation that waits for people, here or at the counterparty, may stay in one state.',
    }),
    transferMs: Type.Integer({
      minimum: 1,
      default: 10 * minute,
      description: 'How long the counterparty or a data plane may take for its next step of a transfer.',
    }),
  }),
})

export type ControlPlaneSettings = Static<typeof controlPlaneSettings>

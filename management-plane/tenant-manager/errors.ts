import { errorCatalogue } from '@weft/foundation/errors'

/** What the tenant manager refuses, and how a deployment can fail on its side. */
export const tenantErrors = errorCatalogue('tenant-manager', {
  'predicate-syntax': {
    status: 400,
    side: 'caller',
    title: 'The predicate cannot be read.',
    remedy: "Write conditions as path = value, joined by AND, or 'true'.",
  },
  'predicate-unsupported': {
    status: 400,
    side: 'caller',
    title: 'The predicate uses a part of the language that is not supported.',
    remedy: 'Use = and AND only.',
  },
  'predicate-field': {
    status: 400,
    side: 'caller',
    title: 'The predicate names a field that cannot be queried, or compares it with a value of another type.',
    remedy: 'Use the fields that the API reference lists for this query.',
  },
  'tenant-in-use': {
    status: 400,
    side: 'caller',
    title: 'Bad request: cannot delete tenant with participants',
    remedy: 'Remove the participant profiles of the tenant first.',
  },
  'cell-in-use': {
    status: 409,
    side: 'caller',
    title: 'Participants or dataspace profiles are deployed to this cell.',
    remedy: 'Move or remove them first.',
  },
  'dataspace-profile-in-use': {
    status: 409,
    side: 'caller',
    title: 'Participants are deployed under this dataspace profile.',
    remedy: 'Remove those participants first.',
  },
  'external-id-taken': {
    status: 409,
    side: 'caller',
    title: 'Another cell has this external id.',
    remedy: 'Choose another external id, or use the cell that exists.',
  },
  'identifier-taken': {
    status: 409,
    side: 'caller',
    title: 'Another participant profile has this identifier.',
    remedy: 'Use the profile that exists, or another DID.',
  },
  'unknown-dataspace-profile': {
    status: 400,
    side: 'caller',
    title: 'The request names a dataspace profile that does not exist or is not among those chosen.',
    remedy: 'List the dataspace profiles and use one of their ids.',
  },
  'no-dataspace-profile': {
    status: 409,
    side: 'caller',
    title: 'There is no dataspace profile that a participant could join.',
    remedy: 'Create a dataspace profile and deploy it to an active cell first.',
  },
  'unknown-cell': {
    status: 400,
    side: 'caller',
    title: 'The request names a cell that does not exist.',
    remedy: 'List the cells and use one of their ids, or leave the field out.',
  },
  'no-active-cell': {
    status: 409,
    side: 'caller',
    title: 'No active cell has one of the dataspace profiles deployed.',
    remedy: 'Deploy the dataspace profile to an active cell first.',
  },
  'deployment-failed': {
    status: 500,
    side: 'ours',
    title: 'A deployment failed and the provision manager gave no reason.',
    remedy: 'Look into the orchestration of the profile at the provision manager.',
  },
  'deployment-timeout': {
    status: 504,
    side: 'ours',
    title: 'A deployment was not finished within its time.',
    remedy: 'Check that the provision manager and its agents run.',
  },
})

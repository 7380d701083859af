import { errorCatalogue } from '@weft/foundation/errors'

/** What the provision manager refuses, and how an orchestration can fail on its side. */
export const provisionErrors = errorCatalogue('provision-manager', {
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
  'unknown-activity-type': {
    status: 400,
    side: 'caller',
    title: 'An activity has a type that nobody defined.',
    remedy: 'Create the activity definition first, or correct the type.',
  },
  'invalid-graph': {
    status: 400,
    side: 'caller',
    title: 'The activities form no graph that could be run.',
    remedy: 'Give each activity its own id, let dependsOn name ids of the same list, and break cycles.',
  },
  'activity-definition-in-use': {
    status: 400,
    side: 'caller',
    title: 'The activity type is referenced by an orchestration definition.',
    remedy: 'Delete or change the orchestration definition first.',
  },
  'orchestration-definition-in-use': {
    status: 400,
    side: 'caller',
    title: 'The orchestration definition has ongoing orchestrations.',
    remedy: 'Wait until they ended.',
  },
  'unknown-orchestration-type': {
    status: 400,
    side: 'caller',
    title: 'There is no orchestration definition of this type.',
    remedy: 'Create the orchestration definition first, or correct the type.',
  },
  'orchestration-timeout': {
    status: 504,
    side: 'ours',
    title: 'The orchestration was not finished within its time.',
    remedy: 'Check that the agents of the activities that are not completed run.',
  },
})

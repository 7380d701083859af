import { errorCatalogue } from '@weft/foundation/errors'

/** What can be wrong with a policy, and what a decision under one can end in. */
export const policyErrors = errorCatalogue('policy', {
  malformed: {
    status: 400,
    side: 'caller',
    title: 'The policy is not a well-formed ODRL policy of the Dataspace Protocol.',
    remedy: 'Correct the member that the answer names.',
  },
  'too-large': {
    status: 400,
    side: 'caller',
    title: 'The policy has more rules, constraints, nesting or text than is accepted.',
    remedy: 'Split or simplify the policy.',
  },
  unsupported: {
    status: 400,
    side: 'caller',
    title: 'The policy uses a part of ODRL that is not evaluated here.',
    remedy: 'Remove the member that the answer names, or express it as a constraint.',
  },
  'no-rule': {
    status: 400,
    side: 'caller',
    title: 'The policy has neither a permission nor a prohibition.',
    remedy: 'Add a permission; one with the action "use" and no constraint permits everything.',
  },
  'unknown-operand': {
    status: 400,
    side: 'caller',
    title: 'No function is known for a left operand of the policy.',
    remedy:
      'Use "dateTime", a credential type, a claim path such as "MembershipCredential.level", or a registered operand.',
  },
  'unknown-operator': {
    status: 400,
    side: 'caller',
    title: 'A constraint uses an operator that its left operand does not take.',
    remedy: 'Use one of the operators that the answer names.',
  },
  'unknown-duty': {
    status: 400,
    side: 'caller',
    title: 'Nobody can tell whether a duty of the policy is fulfilled.',
    remedy: 'Use the action of the permission, or express the duty as a constraint.',
  },
  'invalid-right-operand': {
    status: 400,
    side: 'caller',
    title: 'The right operand of a constraint cannot be compared with its left operand.',
    remedy: 'Give a value of the type that the answer names.',
  },
  'operand-unavailable': {
    status: 400,
    side: 'caller',
    title: 'A left operand of the policy has no value in a phase in which the policy is evaluated.',
    remedy: 'Use an operand that is available in that phase.',
  },
  'not-satisfied': {
    status: 400,
    side: 'caller',
    title: 'The policy is not satisfied.',
    remedy:
      'Compare the policy of the offer with the credentials that you present; the provider sees the full explanation.',
  },
})
